"""What Slack's Web API says where it does not do what it was asked for."""

from slack_sdk.errors import SlackApiError


def error_of(refusal: SlackApiError) -> str | None:
    """Slack's word for why; None where the answer was not Slack's, but a proxy's page or half an answer."""
    data = getattr(refusal.response, "data", None)
    return data.get("error") if isinstance(data, dict) else None
