"""The sources of real quotes, each with its stand-in."""

from collections.abc import Iterator

import pytest

from tests.market.sources import FEEDS, Source, opened


@pytest.fixture(params=FEEDS)
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    """Each source in turn."""
    with opened(request.param) as source:
        yield source


@pytest.fixture
def alpaca() -> Iterator[Source]:
    with opened("ALPACA") as source:
        yield source


@pytest.fixture
def finnhub() -> Iterator[Source]:
    with opened("FINNHUB") as source:
        yield source


@pytest.fixture
def yahoo() -> Iterator[Source]:
    with opened("YAHOO") as source:
        yield source


@pytest.fixture
def hasty() -> Iterator[Source]:
    """A source whose market waits for a fraction of a second only."""
    with opened("ALPACA", timeout_seconds=0.3) as source:
        yield source
