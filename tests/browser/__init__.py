"""GraphiQL in a real Chromium: what these tests need of the fixtures in tests/conftest.py."""

from typing import Any, Protocol


class Market(Protocol):
    def set(self, symbol: str, *, bid: str, ask: str, last: str) -> None: ...


class Api(Protocol):
    url: str
    market: Market


class Workspace(Protocol):
    admin_key: str

    def query(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]: ...
