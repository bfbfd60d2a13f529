"""Who is trading: taken from the payload that Slack signed, never from a name or from metadata."""

from dataclasses import dataclass


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
