"""Yahoo: the last price, without bid and ask, from the chart that its own pages draw.

Yahoo neither documents nor supports this address and allows personal use only; nobody gets it who has not
chosen it. Its form is what yfinance reads (https://github.com/ranaroussi/yfinance): one symbol a request,
`chart.result[0].meta` with the price, its second since 1970 and its currency; 404 for a symbol that it does
not know; 429 for whom it takes for a machine, such as one without a User-Agent
(https://github.com/tarkah/tickrs/pull/170). How often it may be asked nobody says; here it is once a second.
"""

import re
from collections.abc import Mapping, Sequence

from graphql_api.market.answers import member, price_of, time_of_second
from graphql_api.market.quotes import Quote

URL = "https://query1.finance.yahoo.com"
CURRENCY = "USD"


class Yahoo:
    """The `Feed` of Yahoo's charts; it needs no key."""

    source = "YAHOO"
    symbols_a_request = 1
    requests_a_minute = 60
    burst = 24
    fresh_seconds = 15.0
    refusal = "refuses to answer this machine"
    headers: Mapping[str, str] = {"User-Agent": "Mozilla/5.0 (compatible; slackoms)"}

    def can_ask(self, symbol: str) -> bool:
        """Letters, and after a dot the class of the share; Yahoo's other symbols are no American shares."""
        return re.fullmatch(r"[A-Z]+(\.[A-Z])?", symbol) is not None

    def request(self, symbols: Sequence[str]) -> tuple[str, Mapping[str, str]]:
        """Today's chart of the only one; Yahoo writes BRK.B as BRK-B."""
        return f"/v8/finance/chart/{symbols[0].replace('.', '-')}", {"interval": "1d", "range": "1d"}

    def read(self, answer: object, symbols: Sequence[str]) -> Mapping[str, Quote | None]:
        """The price of the only one; None where it is of another currency or has none."""
        results = member(answer, "chart", "result")
        if not isinstance(results, list) or not results:
            return {}
        meta = member(results[0], "meta")
        if not isinstance(meta, dict):
            return {}
        price = meta.get("regularMarketPrice")
        if price is None or meta.get("currency") != CURRENCY:
            return {symbols[0]: None}
        last, at = price_of(price), time_of_second(meta.get("regularMarketTime"))
        if last is None or at is None:
            return {}
        return {symbols[0]: Quote(symbols[0], None, None, last, None, None, at, self.source)}

    def unknown(self, status: int, _: object, symbols: Sequence[str]) -> Sequence[str]:
        """The symbol that it does not find."""
        return symbols if status == 404 else ()
