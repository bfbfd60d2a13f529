"""The order book by the rules alone: lists and fractions, no database. As plain as it can be."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from tests.oms.order_book.words import (
    BUY,
    SELL,
    ZERO,
    Order,
    Position,
    Quote,
    Setup,
    could_meet,
    rounded,
)


@dataclass
class Model:
    """A portfolio on the manual market, open at all hours: its session is the UTC day."""

    setup: Setup
    now: datetime
    cash: Fraction = ZERO
    fees: Fraction = ZERO
    orders: list[Order] = field(default_factory=list)
    quotes: dict[str, Quote] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    used: dict[tuple[str, int], tuple[int, Fraction]] = field(default_factory=dict)
    published: int = 0

    def __post_init__(self) -> None:
        self.cash = self.setup.cash

    # --- What a trader asks for

    def place(self, order: Order, *, is_now: bool = False) -> None:
        """Submit an order; `is_now` refuses a quote that nothing may fill on."""
        day_ends = datetime.combine(self.now.date() + timedelta(days=1), datetime.min.time(), self.now.tzinfo)
        ends = {"DAY": day_ends, "GTC": self.now + timedelta(days=90)}
        order.expires_at = ends.get(order.time_in_force)
        code = self._submit(order, None, is_now=is_now)
        if code is not None:
            order.is_triggered = False
            order.end("REJECTED", code)
        self.orders.append(order)

    def cancel(self, order: Order) -> bool:
        """Cancel a working order; False where it is too late."""
        if not order.is_working:
            return False
        order.end("CANCELED")
        return True

    def replace(
        self, original: Order, quantity: Fraction | None, limit: Fraction | None, stop: Fraction | None
    ) -> bool:
        """Put a new order in the place of a working one; False where it is too late."""
        if not original.is_working:
            return False
        wanted = original.quantity if quantity is None else quantity
        order = Order(
            original.symbol,
            original.sign,
            original.time_in_force,
            max(wanted, original.filled),
            None,
            original.limit if limit is None else limit,
            original.stop if stop is None else stop,
            is_triggered=original.is_triggered,
            filled=original.filled,
            value=original.value,
            fees=original.fees,
            expires_at=original.expires_at,
        )
        if original.money is None:
            code = self._submit(order, original, is_now=False)
        else:
            code = "TIME_IN_FORCE_NOT_ALLOWED"
        if code is None:
            original.end("REPLACED")
        else:
            order.filled, order.value, order.fees, order.is_triggered = ZERO, ZERO, ZERO, False
            order.end("REJECTED", code)
        self.orders.append(order)
        return True

    # --- What the market does

    def publish(self, quote: Quote, now: datetime) -> None:
        """Move the clock, let orders end, and let the rest meet a symbol's new quote, each in its turn."""
        self.now, self.published = now, self.published + 1
        before, is_fresh = self.quotes.get(quote.symbol), quote.at.date() == now.date()
        quote.number = self.published
        quote.session = now.date() if is_fresh else before.session if before else None
        quote.is_first = is_fresh and (before is None or before.session != quote.session)
        self.quotes[quote.symbol] = quote
        for order in self._working():
            if order.expires_at is not None and order.expires_at <= now:
                order.end("EXPIRED")
        bad = self._bad(quote)
        there = [order for order in self._working() if order.symbol == quote.symbol]
        for order in sorted(there, key=lambda order: self._turn(order, quote)):
            if bad is None:
                self._meet_again(order, quote)
            elif order.takes_any_quote:
                order.reason = bad

    def _turn(self, order: Order, quote: Quote) -> tuple[bool, int, bool, Fraction]:
        """Stops that trigger, then buys before sells, who takes any price, the best limit, the oldest."""
        triggers = self._meet(order, quote)[0] and not order.is_triggered
        waits_for_size = order.is_triggered and order.limit is None
        is_stop = triggers or waits_for_size
        return not is_stop, -order.sign, order.limit is not None, -order.sign * (order.limit or ZERO)

    def _meet_again(self, order: Order, quote: Quote) -> None:
        order.is_triggered, price, order.reason = self._meet(order, quote)
        if price is None:
            return
        quantity = min(order.leaves, self._available(order.sign, quote, order.leaves))
        if not quantity:
            return
        opens = self._opens(order, quantity, ())
        if order.limit is None and opens:
            each = price if order.sign == BUY else order.reserve
            needed = rounded(opens * each) + self._fee(order, quantity, quantity * price)
            if needed > self.buying_power(without=order):
                order.end("CANCELED", "INSUFFICIENT_BUYING_POWER")
                return
        self._fill(order, quantity, price, quote)
        if order.limit is None:
            order.reserve = self._reserve_price(order, quote)

    # --- The rules

    def _submit(self, order: Order, original: Order | None, *, is_now: bool) -> str | None:
        """Fill an order as far as it fills now and let the rest wait or end; or the code of its refusal."""
        quote = self.quotes.get(order.symbol)
        if quote is None:
            return "NO_QUOTE"
        bad = self._bad(quote)
        if is_now and bad is not None:
            return bad
        if order.money is not None:
            order.quantity = self._shares_for(order, order.money, quote)
        if not order.quantity:
            return "CROSSED_QUOTE"
        leaves, price = order.quantity - order.filled, None
        why = original.reason if original else None
        if original is None or (original.limit, original.stop) != (order.limit, order.stop):
            order.is_triggered, price, why = self._meet(order, quote, arrives=True)
        fills = ZERO if price is None else min(leaves, self._available(order.sign, quote, leaves))
        if order.time_in_force == "FOK" and fills < leaves:
            fills = ZERO
        order.reserve = self._reserve_price(order, quote)
        code = self._refusal(order, leaves, fills, price or ZERO, original)
        if code is None:
            if fills:
                self._fill(order, fills, price or ZERO, quote)
            order.begin(why)
        return code

    def _shares_for(self, order: Order, money: Fraction, quote: Quote) -> Fraction:
        """The shares that money buys at the price of a fill now, no worse than the limit; 0 at no price."""
        price = self._slipped(order.sign, quote.far(order.sign))
        if order.limit is not None:
            price = order.sign * min(order.sign * price, order.sign * order.limit)
        return Fraction(money / price * 10**9 // 1, 10**9) if price > 0 else ZERO

    def _refusal(
        self, order: Order, leaves: Fraction, fills: Fraction, price: Fraction, original: Order | None
    ) -> str | None:
        """Wash trades, then the position, then the buying power; the replaced order is left out."""
        if not leaves:
            return None
        others = [
            other for other in self._working() if other.symbol == order.symbol and other is not original
        ]
        if order.stop is None and any(could_meet(order, other) for other in others):
            return "WASH_TRADE"
        opens = self._opens(order, leaves, others)
        if order.sign == SELL and opens:
            if not self.setup.allows_short:
                return "INSUFFICIENT_POSITION"
            if opens.denominator != 1:
                return "FRACTIONAL_SHORT"
        if not opens:
            return None
        fills_opens = max(ZERO, fills - (leaves - opens))
        waiting = leaves - fills if order.waits else ZERO
        waiting_opens = min(waiting, opens - fills_opens)
        each = price if order.sign == BUY else order.reserve
        needed = rounded(fills_opens * each) + rounded(waiting_opens * order.reserve)
        needed += self._fee(order, fills + waiting, fills * price + waiting * order.reserve)
        return "INSUFFICIENT_BUYING_POWER" if needed > self.buying_power(without=original) else None

    def _meet(
        self, order: Order, quote: Quote, *, arrives: bool = False
    ) -> tuple[bool, Fraction | None, str | None]:
        """Whether its stop has triggered, the price it fills at, and why the quote is no good."""
        bad, sign = self._bad(quote), order.sign
        if bad is not None:
            return order.is_triggered, None, bad
        triggers = order.stop is not None and not order.is_triggered
        if (
            order.stop is not None
            and triggers
            and (quote.last is None or sign * quote.last < sign * order.stop)
        ):
            return False, None, None
        is_triggered, far = order.stop is not None, quote.far(sign)
        if order.limit is None:
            return is_triggered, self._slipped(sign, far), None
        if sign * far > sign * order.limit:
            return is_triggered, None, None
        return is_triggered, far if arrives or triggers or quote.is_first else order.limit, None

    def _bad(self, quote: Quote) -> str | None:
        if quote.is_crossed:
            return "CROSSED_QUOTE"
        return "STALE_QUOTE" if self.now - quote.at > timedelta(seconds=60) else None

    def _slipped(self, sign: int, price: Fraction) -> Fraction:
        return rounded(price * (1 + sign * self.setup.slippage_bps / 10_000))

    def _available(self, sign: int, quote: Quote, wanted: Fraction) -> Fraction:
        """The displayed size that is not used yet; all that is wanted where size is no limit."""
        if not self.setup.is_sized:
            return wanted
        number, used = self.used.get((quote.symbol, sign), (0, ZERO))
        displayed = (quote.ask_size if sign == BUY else quote.bid_size) or ZERO
        return max(ZERO, displayed - (used if number == quote.number else ZERO))

    def _opens(self, order: Order, quantity: Fraction, others: Iterable[Order]) -> Fraction:
        """How many of these shares close no position that others of this side leave to close."""
        closable = max(ZERO, -order.sign * self._position(order.symbol).quantity)
        held = sum(
            (
                other.leaves
                for other in others
                if (other.symbol, other.sign) == (order.symbol, order.sign) and other.is_working
            ),
            ZERO,
        )
        return max(ZERO, quantity - max(ZERO, closable - held))

    def _reserve_price(self, order: Order, quote: Quote) -> Fraction:
        if order.sign == SELL:
            return max(order.limit or ZERO, quote.reference * Fraction("1.03"))
        if order.limit is not None:
            return order.limit
        stop = None if order.is_triggered else order.stop
        return (quote.reference if stop is None else stop) * Fraction("1.05")

    def _fee(self, order: Order, quantity: Fraction, value: Fraction) -> Fraction:
        """The fee of the order with this more filled, less what it was charged."""
        rule, quantity, value = self.setup.fee, order.filled + quantity, order.value + value
        if not quantity:
            return ZERO
        fee = Fraction(rule.flat) + quantity * Fraction(rule.per_share) + value * Fraction(rule.bps) / 10_000
        fee = max(fee, Fraction(rule.minimum))
        if rule.cap_percent is not None:
            fee = min(fee, value * Fraction(rule.cap_percent) / 100)
        return rounded(fee, 2) - order.fees

    # --- The books

    def _fill(self, order: Order, quantity: Fraction, price: Fraction, quote: Quote) -> None:
        fee, value = self._fee(order, quantity, quantity * price), rounded(quantity * price)
        order.filled, order.value = order.filled + quantity, order.value + quantity * price
        order.fees += fee
        order.status = "FILLED" if order.filled == order.quantity else "PARTIALLY_FILLED"
        number, used = self.used.get((order.symbol, order.sign), (0, ZERO))
        used = used if number == quote.number else ZERO
        self.used[order.symbol, order.sign] = quote.number, used + quantity
        self.cash -= order.sign * value + fee
        self.fees += fee
        position = self.positions.setdefault(order.symbol, Position())
        held = abs(position.quantity)
        closes = min(quantity, held) if position.quantity * order.sign < 0 else ZERO
        closed_value = rounded(closes * price)
        cost_out = position.cost if closes == held else rounded(position.cost * closes / (held or 1))
        if closes:
            position.realized += -order.sign * closed_value - cost_out
            position.cost -= cost_out
        position.cost += order.sign * (value - closed_value)
        position.quantity += order.sign * quantity

    def _position(self, symbol: str) -> Position:
        return self.positions.get(symbol, Position())

    def _working(self, without: Order | None = None) -> list[Order]:
        return [order for order in self.orders if order.is_working and order is not without]

    def reserved(self, without: Order | None = None) -> Fraction:
        """What working orders reserve for what they open; the oldest closes first."""
        working, total = self._working(without), ZERO
        for number, order in enumerate(working):
            if not self.setup.is_margin and order.sign == SELL:
                continue
            opens = self._opens(order, order.leaves, working[:number])
            total += rounded(opens * order.reserve)
        return total

    def buying_power(self, without: Order | None = None) -> Fraction:
        """What may be spent; `without` leaves a reservation out."""
        if not self.setup.is_margin:
            return self.cash - self.reserved(without)
        worth = [
            rounded(position.quantity * self.quotes[symbol].mark)
            for symbol, position in self.positions.items()
        ]
        equity, gross = self.cash + sum(worth), sum(map(abs, worth))
        return 2 * equity - gross - self.reserved(without)
