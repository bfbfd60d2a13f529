"""The three sources of real quotes side by side: how each is made, and how its stand-in answers."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic

from graphql_api.market.alpaca import Alpaca
from graphql_api.market.circuit import FAILURES_IN_A_ROW
from graphql_api.market.finnhub import Finnhub
from graphql_api.market.quotes import Quote
from graphql_api.market.remote import Feed, RemoteMarket
from graphql_api.market.yahoo import Yahoo
from tests.market.stand_in import Clock, Reply, Request, StandIn, standing_in

KEY, SECRET = "PKTESTKEY0000000001", "s3cr3t/Of+The=Account"


@dataclass
class Source:
    """A stand-in and the market that asks it. `prices` are what it quotes, by the source's own symbols."""

    name: str
    stand_in: StandIn
    clock: Clock
    new_market: Callable[..., RemoteMarket]
    prices: dict[str, str] = field(default_factory=dict)
    quoted_at: datetime | None = None
    market: RemoteMarket = field(init=False)

    def __post_init__(self) -> None:
        self.market = self.new_market()

    def last(self, symbol: str = "AAPL") -> str | None:
        """The last price that the market has, as text."""
        quote = self.quote(symbol)
        return None if quote is None or quote.last is None else format(quote.last.normalize(), "f")

    def quote(self, symbol: str = "AAPL") -> Quote | None:
        return self.market.quotes([symbol]).get(symbol)

    @property
    def asked(self) -> int:
        """How many requests the source has got."""
        return len(self.stand_in.requests)

    def stop_being_fresh(self) -> None:
        """Let so much time pass that every quote is asked for again."""
        self.clock.pass_by(20)


FEEDS: dict[str, Callable[[], Feed]] = {
    "ALPACA": lambda: Alpaca(KEY, SECRET),
    "FINNHUB": lambda: Finnhub(SECRET),
    "YAHOO": Yahoo,
}


@contextmanager
def opened(name: str, timeout_seconds: float = 5) -> Iterator[Source]:
    """A source that quotes AAPL at 150.25 and MSFT at 300.5, as of now."""
    clock = Clock()
    with ExitStack() as stack:
        stand_in = stack.enter_context(standing_in(lambda request: ANSWERS[name](source, request)))

        def new_market(url: str = stand_in.url) -> RemoteMarket:
            market = RemoteMarket(FEEDS[name](), url, timeout_seconds, clock.now, clock.timer)
            stack.callback(market.close)
            return market

        source = Source(name, stand_in, clock, new_market, {"AAPL": "150.25", "MSFT": "300.5"})
        yield source


def answer_as_alpaca(source: Source, request: Request) -> Reply:
    if request.headers.get("apca-api-secret-key") != SECRET or request.headers.get("apca-api-key-id") != KEY:
        return Reply(403, '{"message": "forbidden."}')
    assert (request.path, request.parameters["feed"]) == ("/v2/stocks/snapshots", "iex")
    symbols = request.parameters["symbols"].split(",")
    for symbol in symbols:
        if not symbol.replace(".", "").isalpha() or len(symbol) > 6:
            return Reply(400, json.dumps({"message": f"invalid symbol: {symbol}"}))
    snapshots = (
        f'"{symbol}": {snapshot(source.prices[symbol], source.quoted_at or source.clock.at)}'
        for symbol in symbols
        if symbol in source.prices
    )
    return Reply(body="{" + ",".join(snapshots) + "}")


def snapshot(last: str, at: datetime) -> str:
    """A snapshot as documented; bid and ask lie a cent around the last price, which is two seconds older."""
    booked, traded = (time.strftime("%Y-%m-%dT%H:%M:%S.%f123Z") for time in (at, at - timedelta(seconds=2)))
    bid, ask = (Decimal(last) + Decimal(step) for step in ("-0.01", "0.01"))
    return f"""{{
      "latestTrade": {{"c": ["@"], "i": 1011, "p": {last}, "s": 160, "t": "{traded}", "x": "V", "z": "C"}},
      "latestQuote": {{"ap": {ask}, "as": 80, "ax": "V", "bp": {bid}, "bs": 240, "bx": "V", "c": ["R"],
                       "t": "{booked}", "z": "C"}},
      "minuteBar": {{"c": 172.69, "h": 172.69, "l": 172.69, "n": 3, "o": 172.69, "t": "{booked}", "v": 106,
                     "vw": 172.688113}},
      "dailyBar": null, "prevDailyBar": null}}"""


def answer_as_finnhub(source: Source, request: Request) -> Reply:
    if request.headers.get("x-finnhub-token") != SECRET:
        return Reply(401, '{"error": "Invalid API key."}')
    assert request.path == "/quote"
    price = source.prices.get(request.parameters["symbol"])
    if price is None:
        return Reply(body='{"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0}')
    second = int((source.quoted_at or source.clock.at).timestamp())
    return Reply(
        body=f'{{"c":{price},"d":1.15,"dp":0.77,"h":151.2,"l":148.3,"o":149,"pc":149.1,"t":{second}}}'
    )


def answer_as_yahoo(source: Source, request: Request) -> Reply:
    if "python" in request.headers["user-agent"]:
        return Reply(429, "Too Many Requests\r\n")
    assert request.path.startswith("/v8/finance/chart/")
    symbol = request.path.rpartition("/")[2]
    if symbol not in source.prices:
        error = '{"code":"Not Found","description":"No data found, symbol may be delisted"}'
        return Reply(404, f'{{"chart":{{"result":null,"error":{error}}}}}')
    second = int((source.quoted_at or source.clock.at).timestamp())
    meta = f"""{{"currency": "USD", "symbol": "{symbol}", "exchangeName": "NMS", "instrumentType": "EQUITY",
        "regularMarketTime": {second}, "regularMarketPrice": {source.prices[symbol]}, "priceHint": 2,
        "previousClose": 149.1, "dataGranularity": "1d", "range": "1d"}}"""
    return Reply(body=f'{{"chart":{{"result":[{{"meta":{meta},"timestamp":[{second}]}}],"error":null}}}}')


def fail_until_open(source: Source, fault: Reply) -> None:
    """Answer with the fault until the circuit opens, which it does after the last allowed failure."""
    source.stand_in.fault = fault
    for _ in range(FAILURES_IN_A_ROW):
        source.stop_being_fresh()
        assert source.market.trouble() is None
        source.quote()
    assert source.market.trouble() is not None


def ask_until_open(source: Source) -> None:
    """As above, where a late request may be counted a little after nobody waits for it any more."""
    deadline = monotonic() + 20
    while source.market.trouble() is None:
        assert monotonic() < deadline
        source.quote()


ANSWERS: dict[str, Callable[[Source, Request], Reply]] = {
    "ALPACA": answer_as_alpaca,
    "FINNHUB": answer_as_finnhub,
    "YAHOO": answer_as_yahoo,
}
