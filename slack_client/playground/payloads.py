"""What Slack sends when somebody types a command, presses, chooses, submits or closes something."""

from dataclasses import dataclass

from slack_client.playground.inputs import Key, response_channels, state_of
from slack_client.playground.messages import describe_message
from slack_client.playground.slack import APP_ID, Json, OpenView, Place, Posted, Slack
from slack_client.playground.views import describe_view

CHANNEL_NAME = "trades"
DOMAIN = "playground"


@dataclass(frozen=True)
class Hand:
    """Whoever does something, in the channel where they are; `url` is the stand-in's address."""

    slack: Slack
    url: str
    user_id: str
    user_name: str
    channel_id: str

    def command(self, command: str, text: str) -> Json:
        """A slash command, as the fields of a form."""
        return {
            "token": "unused",
            "team_id": self.slack.team_id,
            "team_domain": DOMAIN,
            "channel_id": self.channel_id,
            "channel_name": self._channel_name(self.channel_id),
            "user_id": self.user_id,
            "user_name": self.user_name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._new_response_url(self.channel_id),
            "trigger_id": self._new_trigger(),
        }

    def shortcut(self, callback_id: str) -> Json:
        """A global shortcut: of no channel, and so without a response_url."""
        return {
            **self._interaction("shortcut"),
            "action_ts": self.slack.new_ts(),
            "callback_id": callback_id,
            "trigger_id": self._new_trigger(),
        }

    def submission(self, modal: OpenView) -> Json:
        """The press of a modal's button."""
        return {
            **self._interaction("view_submission"),
            "api_app_id": APP_ID,
            "trigger_id": self._new_trigger(modal.id),
            "view": describe_view(self.slack, modal),
            "response_urls": [
                {
                    "block_id": key.block_id,
                    "action_id": key.action_id,
                    "channel_id": channel,
                    "response_url": self._new_response_url(channel),
                }
                for key, channel in response_channels(modal.blocks, modal.inputs).items()
            ],
        }

    def closing(self, modal: OpenView, *, is_cleared: bool) -> Json:
        """The closing of a modal; `is_cleared` where the whole stack goes."""
        return {
            **self._interaction("view_closed"),
            "api_app_id": APP_ID,
            "view": describe_view(self.slack, modal),
            "is_cleared": is_cleared,
        }

    def actions(self, place: Place, action: Json) -> Json:
        """The use of an element in a modal, in the Home tab or in a message."""
        payload = {
            **self._interaction("block_actions"),
            **self._place(place),
            "trigger_id": self._new_trigger(_modal_id(place)),
            "actions": [action],
        }
        if isinstance(place, Posted):
            payload |= {
                "state": state_of(place.inputs),
                "response_url": self._new_response_url(place.channel, place),
            }
        return payload

    def suggestion(self, place: Place, key: Key, query: str) -> Json:
        """A search in an external_select."""
        return {
            **self._interaction("block_suggestion"),
            **self._place(place),
            "action_id": key.action_id,
            "block_id": key.block_id,
            "value": query,
        }

    def _new_trigger(self, modal_id: str | None = None) -> str:
        return self.slack.new_trigger(self.user_id, modal_id, self.channel_id)

    def _new_response_url(self, channel: str, original: Posted | None = None) -> str:
        return self.url + self.slack.new_response_path(channel, self.user_id, original)

    def _interaction(self, kind: str) -> Json:
        return {
            "type": kind,
            "token": "unused",
            "team": {"id": self.slack.team_id, "domain": DOMAIN},
            "user": {
                "id": self.user_id,
                "username": self.user_name,
                "name": self.user_name,
                "team_id": self.slack.team_id,
            },
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _place(self, place: Place) -> Json:
        """Where it happens. Of a message that only one user sees, Slack tells no more than its ts."""
        if isinstance(place, OpenView):
            return {
                "api_app_id": APP_ID,
                "container": {"type": "view", "view_id": place.id},
                "view": describe_view(self.slack, place),
            }
        message = {} if place.is_ephemeral else {"message": describe_message(self.slack, place)}
        return {
            "api_app_id": APP_ID,
            "container": {
                "type": "message",
                "message_ts": place.ts,
                "channel_id": place.channel,
                "is_ephemeral": place.is_ephemeral,
            },
            "channel": {"id": place.channel, "name": self._channel_name(place.channel)},
            **message,
        }

    def _channel_name(self, channel: str) -> str:
        if channel == self.slack.dm_of(self.user_id):
            return "directmessage"
        return self.slack.channel_names.get(channel, CHANNEL_NAME)


def _modal_id(place: Place) -> str | None:
    return place.id if isinstance(place, OpenView) and place.view["type"] == "modal" else None
