"""What somebody can do on the page, and how it is done: each deed becomes what Slack would send."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from slack_client.playground.doors import ACK_SECONDS, Reply
from slack_client.playground.inputs import Json, empty_inputs
from slack_client.playground.messages import add_human_message
from slack_client.playground.person import Person
from slack_client.playground.screen import find_place
from slack_client.playground.slack import OpenView, Place
from slack_client.words import COMMANDS

EMPTY = "Please fill this in."
"""What stands under an input that Slack keeps a submission back for."""
_Name = Annotated[str, Field(min_length=1, max_length=255)]
_Value = Annotated[str, Field(max_length=3000)] | list[_Name] | None


class Deed(BaseModel):
    """Something that somebody does in a channel. `place` is a message's ts, a modal's id or Home's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    async def do(self, person: Person) -> Json:
        """Do it, and say what the page must show at once. Raises ValueError for what cannot be done."""


class Say(Deed):
    """Send what stands in the message box: a command or a message."""

    text: Annotated[str, Field(min_length=1, max_length=3000)]

    async def do(self, person: Person) -> Json:
        """A command goes to the bot, a message only to those who read along."""
        command, _, words = self.text.strip().partition(" ")
        if not command.startswith("/"):
            add_human_message(person.slack, person.channel_id, person.user_id, self.text)
            await person.slack.changed()
            return {}
        if command not in COMMANDS:
            raise ValueError(f"{command} is not a command here. Those of the bot are {', '.join(COMMANDS)}.")
        reply = await person.command(words.strip(), command)
        return _notice(reply, f"{command} failed")


class Shortcut(Deed):
    """Choose a shortcut of the app's."""

    callback_id: _Name

    async def do(self, person: Person) -> Json:
        """Tell the bot."""
        return _notice(await person.shortcut(self.callback_id), "The shortcut failed")


class Home(Deed):
    """Click the app, so that its Home shows."""

    async def do(self, person: Person) -> Json:
        """Tell the bot."""
        return _notice(await person.open_home(), "Home could not be opened")


class Choose(Deed):
    """Type or choose in a modal; `texts` is what stands in its text inputs by now, by block id."""

    place: _Name
    name: _Name
    value: _Value
    texts: Mapping[str, str] = {}

    async def do(self, person: Person) -> Json:
        """Tell the bot where it wants to hear of it."""
        modal = _find_modal(person, self.place)
        _fill_texts(person, modal, self.texts)
        replies = await person.type(modal, **{self.name: self.value})
        return _notice(replies[0], "The bot did not take that") if replies else {}


class Search(Deed):
    """Type into a menu whose choices come from the bot."""

    place: _Name
    name: _Name
    query: Annotated[str, Field(max_length=255)]

    async def do(self, person: Person) -> Json:
        """Ask the bot for choices."""
        place = find_place(person.slack, person.user_id, self.place)
        return {"options": await person.suggest(place, self.name, self.query)}


class Press(Deed):
    """Press a button, or choose from a menu outside of an input."""

    place: _Name
    action_id: _Name
    block_id: _Name
    value: _Value = None
    texts: Mapping[str, str] = {}

    async def do(self, person: Person) -> Json:
        """Tell the bot. A dialog that asks first has been answered with yes."""
        place = find_place(person.slack, person.user_id, self.place)
        if isinstance(place, OpenView):
            _fill_texts(person, place, self.texts)
        reply = await person.press(place, self.action_id, self.value, self.block_id)
        return _notice(reply, "The button failed") if reply else {}


class Submit(Deed):
    """Press a modal's own button; `texts` is what stands in its text inputs, by block id."""

    place: _Name
    texts: Mapping[str, str] = {}

    async def do(self, person: Person) -> Json:
        """Send it, unless something that must be filled in is empty."""
        modal = _find_modal(person, self.place)
        _fill_texts(person, modal, self.texts)
        if empty := empty_inputs(modal.blocks, modal.inputs):
            return {"errors": dict.fromkeys(empty, EMPTY)}
        reply = await person.submit(modal)
        return {"errors": reply.errors} if reply.is_taken else _notice(reply, "It was not sent")


class Close(Deed):
    """Close the modal on top."""

    place: _Name

    async def do(self, person: Person) -> Json:
        """Close it; the bot is told where it wants to hear of it."""
        await person.close(_find_modal(person, self.place))
        return {}


DEEDS: Mapping[str, type[Deed]] = {
    kind.__name__.lower(): kind for kind in (Say, Shortcut, Home, Choose, Search, Press, Submit, Close)
}
"""By the name in their address."""


def _find_modal(person: Person, place_id: str) -> OpenView:
    place: Place = find_place(person.slack, person.user_id, place_id)
    if not isinstance(place, OpenView) or place is person.home():
        raise ValueError("place: this is no modal.")
    return place


def _fill_texts(person: Person, modal: OpenView, texts: Mapping[str, str]) -> None:
    """Take over what was typed; an input that the bot has taken away meanwhile is left out."""
    there = {block_id for block_id, _ in modal.inputs}
    person.fill(modal, **{block_id: text for block_id, text in texts.items() if block_id in there})


def _notice(reply: Reply, failed: str) -> Json:
    """What Slack says where the bot did not ack, or too late."""
    if reply.is_taken:
        return {}
    why = f"no ack within {ACK_SECONDS} s" if reply.late else f"the bot answered {reply.status}"
    return {"notice": f"{failed}: {why}."}
