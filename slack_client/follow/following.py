"""What becomes of orders, followed event by event: messages are redrawn, and traders told, each thing once.

The cursor of a workspace moves when an event is told, so that a bot goes on where it was. Of several bots
that follow, the one that claims an event tells it, and the others wait for that: so the messages of an order
are drawn in the order of its events, and the cursor passes none that is not told. A bot that dies in the
middle leaves its claim, which is taken over when it is old: see `store/claims.py`.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from slack_client.answers import Order, OrderEvent
from slack_client.bot import Bot
from slack_client.delivery import Delivery, NotNow
from slack_client.follow.drawing import show
from slack_client.follow.notices import TOGETHER, ending_notice, is_ending
from slack_client.oms import OmsError, OmsRefusedInput
from slack_client.pauses import Pauses, rest
from slack_client.store.order_messages import OrderMessage
from slack_client.trader import Trader

EVENTS_AHEAD = 1000
"""How many events are read ahead of those that are told."""
STEADY_SECONDS = 2.0
"""How long a connection stands before it is called back."""
_PLACINGS = frozenset({"order:accepted", "order:placed"})
"""Events that a message cannot be older than."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """An event of an order and whom it concerns: the messages to draw, and its trader, told of an ending."""

    event: OrderEvent
    order: Order
    trader: Trader
    messages: Sequence[OrderMessage]
    is_ending: bool

    @property
    def what(self) -> str:
        """What is claimed by whoever tells it."""
        return f"event:{self.event.id}"

    def may_join(self, others: Sequence["News"]) -> bool:
        """Whether this is told in one notice with others: of one trader, and with nothing to draw, so that
        all is done long before a claim is old."""
        return not others or (
            len(others) < TOGETHER
            and others[-1].trader == self.trader
            and not any(news.messages for news in (*others, self))
        )


async def follow(bot: Bot, team_id: str) -> None:
    """Follow a workspace until cancelled, on from the last event that was told, or from now."""
    ahead: asyncio.Queue[OrderEvent] = asyncio.Queue(EVENTS_AHEAD)
    after = await bot.store.cursors.read(team_id)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_Reader(bot, after, ahead).read())
        tasks.create_task(_tell_all(bot, team_id, ahead))


class _Reader:
    """Reads events ahead of those that are told, and connects again whenever the OMS is lost."""

    def __init__(self, bot: Bot, after: str | None, ahead: asyncio.Queue[OrderEvent]) -> None:
        self._bot = bot
        self._after = after
        self._ahead = ahead
        self._pauses = Pauses()
        self._is_lost = False

    async def read(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read_until_full()
            except OmsError as error:
                self._note_loss(error)
                await rest(self._pauses.next())
            else:
                await self._ahead.join()

    async def _read_until_full(self) -> None:
        """Read until there is too much to tell: the OMS keeps the rest better than this process."""
        loop = asyncio.get_running_loop()
        steady: list[asyncio.TimerHandle] = []

        def opened() -> None:
            steady.append(loop.call_later(STEADY_SECONDS, self._note_return))

        try:
            async with aclosing(self._bot.oms.order_events(self._after, opened)) as events:
                async for event in events:
                    self._note_return()
                    self._ahead.put_nowait(event)
                    self._after = event.cursor
                    if self._ahead.full():
                        return
        finally:
            for timer in steady:
                timer.cancel()

    def _note_loss(self, error: OmsError) -> None:
        if isinstance(error, OmsRefusedInput) and self._after is not None:
            _log.error("the OMS does not know the last event told: it is followed from now on (%s)", error)
            self._after = None
        elif not self._is_lost:
            _log.warning("orders are not followed until the OMS is back: %s", error)
        self._is_lost = True

    def _note_return(self) -> None:
        self._pauses.reset()
        if self._is_lost:
            _log.info("the OMS is back, orders are followed")
        self._is_lost = False


async def _tell_all(bot: Bot, team_id: str, ahead: asyncio.Queue[OrderEvent]) -> None:
    while True:
        received = [await ahead.get()]
        while not ahead.empty():
            received.append(ahead.get_nowait())
        await _tell_received(bot, team_id, received)
        for _ in received:
            ahead.task_done()


async def _tell_received(bot: Bot, team_id: str, events: Sequence[OrderEvent]) -> None:
    """Tell events in their order. An order that several of them are about is drawn for the newest alone."""
    newest = {event.order.id: event.id for event in events if event.order is not None}
    shown = await bot.store.order_messages.of_each(team_id, newest.keys())
    passed: str | None = None
    together: list[News] = []
    for event in events:
        news = _read_news(event, team_id, shown)
        if news is not None:
            if newest[news.order.id] != event.id:
                news = replace(news, messages=())
            if not news.may_join(together):
                passed = await _pass(bot, team_id, together, passed)
                together = []
            together.append(news)
        if not together:
            passed = event.cursor
    await _pass(bot, team_id, together, passed)
    await bot.store.cursors.move(team_id, events[-1].cursor)


async def _pass(bot: Bot, team_id: str, together: Sequence[News], passed: str | None) -> str | None:
    """Tell what is told together, and return up to where all is told now."""
    if not together:
        return passed
    if passed is not None:
        await bot.store.cursors.move(team_id, passed)
    await _tell_once(bot, together)
    return together[-1].event.cursor


def _read_news(event: OrderEvent, team_id: str, shown: Mapping[str, Sequence[OrderMessage]]) -> News | None:
    """What an event means for this workspace; None where it concerns nobody here."""
    order = event.order
    trader = None if order is None else Trader.named(order.trader, team_id)
    if order is None or trader is None or event.type in _PLACINGS:
        return None
    ends = is_ending(event.type) and event.trader != order.trader
    messages = shown[order.id]
    return News(event, order, trader, messages, ends) if messages or ends else None


async def _tell_once(bot: Bot, together: Sequence[News]) -> None:
    """Tell what another bot has not told. While Slack will not take it, the claims are free for others."""
    claims, team_id = bot.store.claims, together[0].trader.team_id
    pauses = Pauses()
    while True:
        async with bot.duties.step():
            ours = [news for news in together if await claims.claim(team_id, news.what)]
            try:
                await _tell(bot, ours)
            except (NotNow, OmsError) as error:
                for news in ours:
                    await claims.release(team_id, news.what)
                _log.warning("%s waits: %s", ours[0].what, error)
                after_seconds = error.after_seconds if isinstance(error, NotNow) else None
            else:
                for news in ours:
                    await claims.told(team_id, news.what)
                return
        await rest(pauses.next() if after_seconds is None else after_seconds)


async def _tell(bot: Bot, told: Sequence[News]) -> None:
    """Draw the messages, which may be done again, and then write to the trader, which may not."""
    for news in told:
        for shown in news.messages:
            await show(bot, news.trader, news.order, shown)
    endings = [(news.event.type, news.order) for news in told if news.is_ending]
    if endings:
        trader = told[0].trader
        delivery = await bot.messenger.notify(ending_notice(endings, trader.team_id), trader.user_id)
        if delivery is not Delivery.SENT:
            ids = ", ".join(order.id for _, order in endings)
            _log.warning("telling %s of order %s: %s", trader.name, ids, delivery.value)
