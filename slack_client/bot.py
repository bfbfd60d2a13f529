"""What every listener works with."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from slack_client.background import Background
from slack_client.delivery import Messenger
from slack_client.duties import Duties
from slack_client.oms import Oms
from slack_client.store.channels import ChannelPortfolios
from slack_client.store.claims import Claims
from slack_client.store.cursors import Cursors
from slack_client.store.database import BotDatabase
from slack_client.store.order_messages import OrderMessages
from slack_client.store.submissions import Submissions
from slack_client.trade.symbols import Symbols
from slack_client.views import LiveViews


@dataclass(frozen=True)
class Store:
    """The bot's own database, a table each."""

    claims: Claims
    submissions: Submissions
    order_messages: OrderMessages
    cursors: Cursors
    channels: ChannelPortfolios

    @classmethod
    def of(cls, database: BotDatabase) -> "Store":
        """All tables of a database."""
        return cls(
            claims=Claims(database),
            submissions=Submissions(database),
            order_messages=OrderMessages(database),
            cursors=Cursors(database),
            channels=ChannelPortfolios(database),
        )


@dataclass(frozen=True)
class Bot:
    """The bot's connections. `patience_seconds`: how long it asks after an order's unknown outcome."""

    slack: AsyncWebClient
    messenger: Messenger
    oms: Oms
    store: Store
    symbols: Symbols
    live_views: LiveViews
    background: Background
    duties: Duties
    patience_seconds: float
