"""The market that the settings name."""

from graphql_api.market.alpaca import Alpaca
from graphql_api.market.finnhub import Finnhub
from graphql_api.market.quotes import Market
from graphql_api.market.remote import Feed, RemoteMarket
from graphql_api.market.simulated import SimulatedMarket
from graphql_api.market.yahoo import Yahoo
from graphql_api.settings import Settings


def make_market(settings: Settings) -> Market | None:
    """The source of quotes; None is the manual market, where each workspace has a board of its own."""
    feed: Feed
    match settings.market:
        case "simulated":
            return SimulatedMarket(settings.market_seed)
        case "manual":
            return None
        case "alpaca":
            secret = settings.alpaca_api_secret
            feed = Alpaca(settings.alpaca_api_key or "", secret.get_secret_value() if secret else "")
            return RemoteMarket(feed, settings.alpaca_url)
        case "finnhub":
            key = settings.finnhub_api_key
            feed = Finnhub(key.get_secret_value() if key else "")
            return RemoteMarket(feed, settings.finnhub_url)
        case "yahoo":
            return RemoteMarket(Yahoo(), settings.yahoo_url)
