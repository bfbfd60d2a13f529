"""Finnhub: the last price of American shares, without bid and ask.

https://finnhub.io/docs/api/quote: one symbol a request; `c` is the price and `t` its second since 1970, both
0 for a symbol that it does not know. https://finnhub.io/docs/api/rate-limit: 60 requests a minute on a free
key and 30 a second on any, 429 beyond. The key goes in the header X-Finnhub-Token, so that no address has
it: https://finnhub.io/docs/api/authentication. A wrong key is 401; 403 {"error": "You don't have access to
this resource."} is a symbol that the key's plan does not have, such as one of another country:
https://github.com/finnhubio/Finnhub-API/issues/405.
"""

import re
from collections.abc import Mapping, Sequence

from graphql_api.market.answers import member, price_of, time_of_second
from graphql_api.market.connection import check_key
from graphql_api.market.quotes import Quote

URL = "https://finnhub.io/api/v1"
NOT_IN_THE_PLAN = "have access to this resource"


class Finnhub:
    """The `Feed` of a Finnhub key. Raises ValueError where the key cannot be one."""

    source = "FINNHUB"
    symbols_a_request = 1
    requests_a_minute = 60
    burst = 24
    fresh_seconds = 15.0
    refusal = "refuses the API key: set FINNHUB_API_KEY"

    def __init__(self, api_key: str) -> None:
        self.headers: Mapping[str, str] = {"X-Finnhub-Token": check_key("FINNHUB_API_KEY", api_key)}

    def can_ask(self, symbol: str) -> bool:
        """Letters, and after a dot the class of the share; other endings are other countries' exchanges."""
        return re.fullmatch(r"[A-Z]+(\.[A-C])?", symbol) is not None

    def request(self, symbols: Sequence[str]) -> tuple[str, Mapping[str, str]]:
        """The quote of the only one."""
        return "/quote", {"symbol": symbols[0]}

    def read(self, answer: object, symbols: Sequence[str]) -> Mapping[str, Quote | None]:
        """The quote of the only one; without a readable price and its time, nothing."""
        price, second = member(answer, "c"), member(answer, "t")
        if price == second == 0:
            return {symbols[0]: None}
        last, at = price_of(price), time_of_second(second)
        if last is None or at is None:
            return {}
        return {symbols[0]: Quote(symbols[0], None, None, last, None, None, at, self.source)}

    def unknown(self, status: int, answer: object, symbols: Sequence[str]) -> Sequence[str]:
        """The symbol that the plan does not have."""
        message = member(answer, "error")
        is_missing = status == 403 and isinstance(message, str) and NOT_IN_THE_PLAN in message
        return symbols if is_missing else ()
