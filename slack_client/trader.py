"""Who is trading: taken from the payload that Slack signed, never from a name or from metadata."""

import re
from dataclasses import dataclass

from slack_client.blocks import Json, unformatted

_NAME = re.compile(r"slack:([A-Z0-9]+)/([A-Z0-9]+)")


@dataclass(frozen=True)
class Trader:
    """A member of a Slack team: the same user id in another team is another trader.

    `user_name` is for showing only.
    """

    team_id: str
    user_id: str
    user_name: str

    @property
    def name(self) -> str:
        """The trader's name in the OMS."""
        return f"slack:{self.team_id}/{self.user_id}"

    @classmethod
    def of_command(cls, body: Json) -> "Trader":
        """Who typed a slash command."""
        user_id = str(body["user_id"])
        return cls(str(body["team_id"]), user_id, str(body.get("user_name") or user_id))

    @classmethod
    def of_interaction(cls, body: Json) -> "Trader":
        """Who pressed, chose, typed into or submitted something."""
        user = body["user"]
        team_id = (body.get("team") or {}).get("id") or user["team_id"]
        user_name = user.get("username") or user.get("name") or user["id"]
        return cls(str(team_id), str(user["id"]), str(user_name))

    @classmethod
    def of_event(cls, body: Json) -> "Trader":
        """Who did what an event tells of; events do not name people."""
        user_id = str(body["event"]["user"])
        return cls(str(body["team_id"]), user_id, user_id)

    @classmethod
    def named(cls, name: str, team_id: str) -> "Trader | None":
        """The member of this team that a trader of the OMS is; None for anybody else."""
        found = _NAME.fullmatch(name)
        if found is None or found[1] != team_id:
            return None
        return cls(team_id, found[2], found[2])


def with_mentions(text: str, team_id: str) -> str:
    """A sentence of the OMS in mrkdwn, this team's members in it mentioned."""
    return _NAME.sub(lambda name: mention(name[0], team_id), unformatted(text))


def mention(name: str, team_id: str) -> str:
    """A trader of the OMS in mrkdwn: a mention where it is a member of this team, else the name."""
    member = Trader.named(name, team_id)
    return unformatted(name) if member is None else f"<@{member.user_id}>"
