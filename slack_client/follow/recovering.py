"""Submissions that a bot left when it died are taken up, so that each trader gets an answer.

See `store/submissions.py` for which are sent again and which are only looked for.
"""

import asyncio
import logging
from typing import assert_never

from slack_client.bot import Bot
from slack_client.delivery import Address, Delivery
from slack_client.follow.confirming import conclude, confirm
from slack_client.oms import OmsError
from slack_client.operations import PlaceOrderInput
from slack_client.outcomes import (
    OrderPlaced,
    OrderRejected,
)
from slack_client.pauses import rest
from slack_client.problems import log_unknown_outcome
from slack_client.store.submissions import Abandoned

ROUND_SECONDS = 10.0
GRACE_SECONDS = 15
"""How much older than a living bot's patience a submission is before it counts as left."""
NOT_THERE_SECONDS = 60
"""How old a submission is before the OMS is believed that there is nothing of it."""
GIVE_UP_SECONDS = 600
"""How long the OMS is asked before the trader is told that nobody knows; and how old an order may be to be
sent again: after that the trader has not waited for it."""
_log = logging.getLogger(__name__)


async def recover(bot: Bot, team_id: str) -> None:
    """Take up what was left in a workspace, until cancelled."""
    recovery = Recovery(bot, team_id)
    while True:
        await recovery.take_up()
        await rest(ROUND_SECONDS)


class Recovery:
    """Knows since when the OMS has been asked about each submission."""

    def __init__(self, bot: Bot, team_id: str) -> None:
        self._bot = bot
        self._team_id = team_id
        self._asked_since: dict[str, float] = {}

    async def take_up(self) -> None:
        """Take up every submission that was left."""
        left_after = int(self._bot.patience_seconds) + GRACE_SECONDS
        left = await self._bot.store.submissions.abandoned(self._team_id, left_after)
        for each in left:
            async with self._bot.duties.step():
                await self._finish(each)
        ids = {each.submitted.order.client_order_id for each in left}
        self._asked_since = {id: since for id, since in self._asked_since.items() if id in ids}

    async def _finish(self, left: Abandoned) -> None:
        submitted, trader = left.submitted, left.submitted.trader
        address = Address(trader.user_id, submitted.channel_id)
        try:
            result = await self._ask(left)
        except OmsError as error:
            if self._is_hopeless(submitted.order):
                text = log_unknown_outcome(error, trader.name, submitted.order.client_order_id)
                await conclude(self._bot, submitted, text, address)
            return
        match result:
            case OrderPlaced():
                delivery = await confirm(self._bot, submitted, result, address)
                if delivery is Delivery.REFUSED and left.age_seconds >= GIVE_UP_SECONDS:
                    _log.error("Slack takes no confirmation of order %s", result.order.id)
                    await self._bot.store.submissions.end(self._team_id, submitted.order.client_order_id)
            case OrderRejected():
                await conclude(self._bot, submitted, f"Nothing was traded: {result.message}", address)
            case None if submitted.is_promised:
                await conclude(self._bot, submitted, _not_sent(submitted.order), address)
            case None:
                if left.age_seconds >= NOT_THERE_SECONDS:
                    _log.info("%s placed no order %s", trader.name, submitted.order.client_order_id)
                    await self._bot.store.submissions.end(self._team_id, submitted.order.client_order_id)
            case _:
                assert_never(result)

    async def _ask(self, left: Abandoned) -> OrderPlaced | OrderRejected | None:
        """What came of an order, which is sent again where that was promised and is not too late."""
        order, trader = left.submitted.order, left.submitted.trader.name
        if left.submitted.is_promised and left.age_seconds < GIVE_UP_SECONDS:
            return await self._bot.oms.place_order(order, trader)
        return await self._bot.oms.placed_order(order, trader)

    def _is_hopeless(self, order: PlaceOrderInput) -> bool:
        now = asyncio.get_running_loop().time()
        return now - self._asked_since.setdefault(order.client_order_id, now) >= GIVE_UP_SECONDS


def _not_sent(order: PlaceOrderInput) -> str:
    return (
        f"Nothing was traded: I was away too long to send your order to {order.side.lower()} {order.symbol} "
        "again. Place it anew if you still want it."
    )
