"""Books that are walked back are what they were, whatever was filled and moved in between."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms.accounting import Holding, book_fill, cash_change
from graphql_api.oms.history import Books, Fill, Flow, undo_fill
from graphql_api.oms.words import Side

START = datetime(2026, 3, 9, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SYMBOLS = st.sampled_from(["AAPL", "BRK.B"])
FEES = st.decimals("0", "10", places=2)
FILLS = st.lists(
    st.tuples(
        SYMBOLS,
        st.sampled_from(Side),
        st.one_of(st.decimals("0.000000001", "1000", places=9), st.integers(1, 5).map(Decimal)),
        st.decimals("0.000001", "5000", places=6),
        FEES,
    ),
    max_size=12,
)
FLOWS = st.decimals("-1000", "1000", places=6)


@given(FILLS)
def test_undoing_a_fill_gives_the_holding_from_before_it(
    fills: list[tuple[str, Side, Decimal, Decimal, Decimal]],
) -> None:
    holding = Holding()
    for number, (symbol, side, quantity, price, fee) in enumerate(fills):
        booking = book_fill(holding, side, quantity, price)
        fill = Fill(START, number, symbol, side, quantity, price, booking.value, fee, booking.realized_pnl)
        assert undo_fill(booking.holding, fill) == holding
        holding = booking.holding


@given(FILLS, st.lists(FLOWS, max_size=12), st.integers(0, 12))
def test_going_back_undoes_what_happened_from_a_time_on_and_nothing_before(
    fills: list[tuple[str, Side, Decimal, Decimal, Decimal]], flows: list[Decimal], seconds: int
) -> None:
    books, before = Books(Decimal(100), Decimal(0), {}), (Decimal(100), Decimal(0), dict[str, Holding]())
    for number in range(max(len(fills), len(flows))):
        at = START + number * SECOND
        if number == seconds:
            before = (books.cash, books.flows, books.held())
        if number < len(fills):
            symbol, side, quantity, price, fee = fills[number]
            booking = book_fill(books.holdings.get(symbol, Holding()), side, quantity, price)
            books.holdings[symbol] = booking.holding
            books.cash += cash_change(side, booking.value, fee)
            books.entries.append(
                Fill(at, number, symbol, side, quantity, price, booking.value, fee, booking.realized_pnl)
            )
        if number < len(flows):
            books.cash += flows[number]
            books.flows += flows[number]
            books.entries.append(Flow(at, number, flows[number]))
    if seconds >= max(len(fills), len(flows)):
        before = (books.cash, books.flows, books.held())
    books.go_back(START + seconds * SECOND)
    assert (books.cash, books.flows, books.held()) == before
