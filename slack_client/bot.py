"""What every listener works with."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from slack_client.background import Background
from slack_client.delivery import Messenger
from slack_client.oms import Oms
from slack_client.store import Confirmations


@dataclass(frozen=True)
class Bot:
    """The bot's connections. `patience_seconds`: how long it asks after a trade's unknown outcome."""

    slack: AsyncWebClient
    messenger: Messenger
    oms: Oms
    confirmations: Confirmations
    background: Background
    patience_seconds: float
