"""Somebody at the keyboard: types, chooses, presses and reads, through Slack's side of the wire."""

from contextlib import suppress
from dataclasses import dataclass

from slack_client.playground.doors import Door, Reply
from slack_client.playground.elements import check_suggestions, options_of
from slack_client.playground.events import deliver_event
from slack_client.playground.inputs import (
    Placed,
    Typed,
    action_of,
    choose,
    empty_inputs,
    find_element,
    placed_elements,
    press_value,
    typed_value,
)
from slack_client.playground.messages import add_human_message, add_reply, check_body
from slack_client.playground.payloads import Hand
from slack_client.playground.slack import Json, OpenView, Place, Posted, Refusal, Slack
from slack_client.playground.views import describe_view, obey_ack

MIN_QUERY_LENGTH = 3
"""Slack's own, where an external_select names none."""


@dataclass
class Person:
    """A member of the team, in one channel.

    What cannot be done on the screen (an element that is not there, a choice that is not offered) raises
    ValueError, and nothing is sent.
    """

    slack: Slack
    door: Door
    url: str
    user_id: str = "U0ADA"
    user_name: str = "ada"
    channel_id: str = "C0TRADES"

    def __post_init__(self) -> None:
        """Be known in the team and in the channel."""
        self.slack.join(self.channel_id, self.user_id, self.user_name)

    async def command(self, text: str, command: str = "/trade") -> Reply:
        """Type a command with these words."""
        reply = await self.door.deliver("slash_commands", self._hand.command(command, text))
        if reply.is_taken and reply.body:
            with suppress(Refusal):
                check_body(self.slack, reply.body)
                add_reply(self.slack, self.channel_id, self.user_id, reply.body)
            await self.slack.changed()
        return reply

    async def shortcut(self, callback_id: str) -> Reply:
        """Choose the app's global shortcut."""
        return await self.door.deliver("interactive", self._hand.shortcut(callback_id))

    async def open_home(self) -> Reply:
        """Click the app, so that its Home tab shows."""
        home = self.home()
        view = {} if home is None else {"view": describe_view(self.slack, home)}
        event = {
            "type": "app_home_opened",
            "user": self.user_id,
            "channel": self.slack.dm_of(self.user_id),
            "tab": "home",
            **view,
        }
        return await deliver_event(self.slack, self.door, event)

    def home(self) -> OpenView | None:
        """The Home tab, once it was published."""
        return self.slack.homes.get(self.user_id)

    async def say(self, text: str) -> Reply:
        """Write to the bot, in the conversation with it."""
        channel = self.slack.dm_of(self.user_id)
        posted = add_human_message(self.slack, channel, self.user_id, text)
        event = {
            "type": "message",
            "channel": channel,
            "channel_type": "im",
            "user": self.user_id,
            "text": text,
            "ts": posted.ts,
            "event_ts": posted.ts,
            "team": self.slack.team_id,
        }
        return await deliver_event(self.slack, self.door, event)

    async def modal(self) -> OpenView:
        """The modal on top of the screen, as soon as there is one."""
        await self.slack.until(lambda: self._modal() is not None)
        modal = self._modal()
        assert modal is not None  # noqa: S101  narrows
        return modal

    def fill(self, modal: OpenView, **typed: Typed) -> None:
        """Type into inputs and choose options by their value, named by block id; nothing is sent.

        True checks and False clears a box. An external_select takes what its last search has found.
        """
        for block_id, value in typed.items():
            _fill(modal, _find_input(modal, block_id, only_inputs=True), value)

    async def type(self, modal: OpenView, **typed: Typed) -> list[Reply]:
        """Fill in one after the other as `fill` does; each that the bot wants to hear of is told to it.

        An element outside an input block is named by its block id or action id, and always told. Where
        the bot asked for it, Enter is pressed at the end of a text.
        """
        _check_on_screen(modal)
        replies = []
        for name, value in typed.items():
            placed = _find_input(modal, name, only_inputs=False)
            _fill(modal, placed, value)
            if placed.dispatches:
                replies.append(await self._act(modal, placed, modal.inputs[placed.key]))
        return replies

    async def suggest(self, place: Place, block_id: str, query: str) -> list[Json]:
        """Type into an external_select and read what the bot offers.

        Empty where the query is shorter than Slack sends, or where Slack gives up waiting. What breaks
        a limit is not shown either, and becomes a complaint.
        """
        _check_on_screen(place)
        placed = _find_input(place, block_id, only_inputs=False)
        if len(query) < placed.element.get("min_query_length", MIN_QUERY_LENGTH):
            return []
        reply = await self.door.deliver("interactive", self._hand.suggestion(place, placed.key, query))
        complaints = check_suggestions(reply.body)
        self.slack.complaints += complaints
        options = options_of(reply.body) if reply.is_taken and not complaints else []
        place.suggestions[placed.key] = options
        return options

    async def press(
        self,
        place: Place,
        action_id: str,
        value: Typed = None,
        block_id: str | None = None,
        *,
        confirmed: bool = True,
    ) -> Reply | None:
        """Press a button, or choose a value from a menu, in a message, in the Home tab or in a modal.

        `confirmed` answers the dialog of an element that has one; None where it kept the press back.
        """
        _check_on_screen(place)
        placed = find_element(place.blocks, action_id, block_id)
        if placed.block["type"] == "input" and not placed.dispatches:
            raise ValueError(f"{action_id} is an input that the bot does not listen to")
        match placed.element["type"]:
            case "button":
                chosen = press_value(placed.element)
            case "overflow":
                option = choose(placed.element["options"], value or "")
                chosen = {"type": "overflow", "selected_option": option}
            case _:
                chosen = typed_value(placed.element, value, place.suggestions.get(placed.key, ()))
        if "confirm" in placed.element and not confirmed:
            return None
        if placed.is_stateful:
            place.inputs[placed.key] = chosen
        return await self._act(place, placed, chosen)

    async def submit(self, modal: OpenView) -> Reply:
        """Press the modal's button and let Slack do what the bot answers.

        Slack keeps the press back, as ValueError does here, while something that is not optional is empty.
        """
        if empty := empty_inputs(modal.blocks, modal.inputs):
            raise ValueError(f"Slack wants {', '.join(empty)} to be filled in")
        reply = await self.door.deliver("interactive", self.submission(modal))
        if reply.is_taken:
            obey_ack(self.slack, modal, reply.body)
            await self.slack.changed()
        return reply

    def submission(self, modal: OpenView) -> Json:
        """The payload of pressing the button."""
        return self._hand.submission(modal)

    async def close(self, modal: OpenView, *, whole_stack: bool = False) -> list[Reply]:
        """Close a modal, or everything on the screen; the bot is told of those that want it.

        Below the closed modal the one that it was pushed onto shows again.
        """
        cleared = whole_stack or bool(modal.view.get("clear_on_close"))
        closed = self.slack.stack(modal.root_id)[::-1] if cleared else [modal]
        for shown in closed:
            shown.is_open = False
        await self.slack.changed()
        return [
            await self.door.deliver("interactive", self._hand.closing(shown, is_cleared=cleared))
            for shown in closed
            if shown.view.get("notify_on_close")
        ]

    def messages(self) -> list[Json]:
        """What this person can read, oldest first."""
        return [
            posted.body
            for posted in self.slack.messages
            if not posted.is_deleted
            and (
                posted.seen_by == self.user_id
                or (posted.seen_by is None and posted.channel == self.channel_id)
            )
        ]

    @property
    def _hand(self) -> Hand:
        return Hand(self.slack, self.url, self.user_id, self.user_name, self.channel_id)

    async def _act(self, place: Place, placed: Placed, value: Json) -> Reply:
        action = action_of(placed, value, self.slack.new_ts())
        return await self.door.deliver("interactive", self._hand.actions(place, action))

    def _modal(self) -> OpenView | None:
        mine = [
            shown for shown in self.slack.views.values() if shown.user_id == self.user_id and shown.is_open
        ]
        return mine[-1] if mine else None


def _check_on_screen(place: Place) -> None:
    if isinstance(place, Posted):
        if place.is_deleted:
            raise ValueError("the message is deleted")
    elif not place.is_open:
        raise ValueError("the modal is closed")


def _fill(modal: OpenView, placed: Placed, value: Typed) -> None:
    found = modal.suggestions.get(placed.key, ())
    modal.inputs[placed.key] = typed_value(placed.element, value, found)


def _find_input(place: Place, name: str, *, only_inputs: bool) -> Placed:
    """The input of this block id; outside input blocks also of this action id. Raises ValueError."""
    for placed in placed_elements(place.blocks):
        in_input = placed.block["type"] == "input"
        names = {placed.key.block_id} if in_input else set(placed.key)
        if placed.is_stateful and name in names and (in_input or not only_inputs):
            return placed
    raise ValueError(f"the modal has no input {name}")
