"""App Home, published when it is opened, refreshed, and after what was done in it."""

import logging

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import sentence
from slack_client.oms import OmsError
from slack_client.pages.home_pages import (
    ORDERS_SHOWN,
    PORTFOLIOS_SHOWN,
    REFRESH_HOME_ACTION,
    TRADES_SHOWN,
    home_view,
    problem_home,
)
from slack_client.problems import log_unanswered, log_unread
from slack_client.trader import Trader

NOT_PUBLISHED = "Slack did not take your Home just now. Try again in a minute."
_log = logging.getLogger(__name__)


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the opening of Home and to its refresh button."""

    @app.event("app_home_opened")
    async def home_opened(body: Json) -> None:
        if body["event"].get("tab") == "home":
            start_home(bot, Trader.of_event(body))

    @app.action(REFRESH_HOME_ACTION)
    async def refresh(ack: AsyncAck, body: Json) -> None:
        trader = Trader.of_interaction(body)
        await ack()
        start_home(bot, trader, is_waited_for=True)


def is_in_home(body: Json) -> bool:
    """Whether something was pressed in App Home."""
    return (body.get("view") or {}).get("type") == "home"


def start_home(bot: Bot, trader: Trader, *, is_waited_for: bool = False) -> None:
    """Publish a trader's Home after the ack; a Home that cannot be drawn says so itself.

    Whoever waits for it is told elsewhere where Slack does not take it.
    """

    async def publish() -> None:
        is_published = await publish_home(bot, trader)
        if is_waited_for and not is_published:
            await bot.messenger.whisper(sentence(NOT_PUBLISHED), Address(trader.user_id))

    bot.background.start(
        publish(),
        tell=lambda text: _publish(bot, trader, problem_home(text)),
        stopped=lambda: log_unanswered(trader.name),
    )


async def publish_home(bot: Bot, trader: Trader, notice: str = "") -> bool:
    """Publish a trader's Home as things stand, with what there is to tell. A newer one ends one without.

    What Slack or the OMS does not do is not raised: it stands in Home or in the log. False where Slack did
    not take it.
    """
    change = bot.live_views.begin(f"home of {trader.name}")  # it has no id before it is published
    try:
        view = await _draw(bot, trader, notice)
        if notice or bot.live_views.is_newest(change):
            return await _publish(bot, trader, view)
        return True
    finally:
        bot.live_views.end(change)


async def _draw(bot: Bot, trader: Trader, notice: str) -> Json:
    try:
        home = await bot.oms.home(
            trader.name, portfolios=PORTFOLIOS_SHOWN, orders=ORDERS_SHOWN, trades=TRADES_SHOWN
        )
    except OmsError as error:
        return problem_home(log_unread(error, trader.name), notice)
    return home_view(home.viewer.portfolios, home.market, trader, notice)


async def _publish(bot: Bot, trader: Trader, view: Json) -> bool:
    try:
        await bot.slack.views_publish(user_id=trader.user_id, view=view)
    except SlackApiError as refusal:
        _log.error("views.publish: %s", refusal)
        return False
    except (TimeoutError, aiohttp.ClientError) as error:
        _log.warning("views.publish: %r", error)
        return False
    return True
