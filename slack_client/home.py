"""App Home, published when it is opened, refreshed, and after what was done in it."""

import logging

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.home_pages import (
    ORDERS_SHOWN,
    PORTFOLIOS_SHOWN,
    REFRESH_HOME_ACTION,
    TRADES_SHOWN,
    home_view,
    problem_home,
)
from slack_client.oms import OmsError
from slack_client.problems import log_unanswered, log_unread
from slack_client.trader import Trader

_log = logging.getLogger(__name__)


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the opening of Home and to its refresh button."""

    @app.event("app_home_opened")
    async def home_opened(body: Json) -> None:
        if body["event"].get("tab") == "home":
            start_home(bot, Trader.of_event(body))

    @app.action(REFRESH_HOME_ACTION)
    async def refresh(ack: AsyncAck, body: Json) -> None:
        await ack()
        start_home(bot, Trader.of_interaction(body))


def is_in_home(body: Json) -> bool:
    """Whether something was pressed in App Home."""
    return (body.get("view") or {}).get("type") == "home"


def start_home(bot: Bot, trader: Trader) -> None:
    """Publish a trader's Home after the ack; a Home that cannot be drawn says so itself."""
    bot.background.start(
        publish_home(bot, trader),
        tell=lambda text: _publish(bot, trader, problem_home(text)),
        stopped=lambda: log_unanswered(trader.name),
    )


async def publish_home(bot: Bot, trader: Trader, notice: str = "") -> None:
    """Publish a trader's Home as things stand, with what there is to tell. A newer one ends one without.

    What Slack or the OMS does not do is not raised: it stands in Home or in the log.
    """
    change = bot.live_views.begin(f"home of {trader.name}")  # it has no id before it is published
    try:
        view = await _draw(bot, trader, notice)
        if notice or bot.live_views.is_newest(change):
            await _publish(bot, trader, view)
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


async def _publish(bot: Bot, trader: Trader, view: Json) -> None:
    try:
        await bot.slack.views_publish(user_id=trader.user_id, view=view)
    except SlackApiError as error:
        _log.error("views.publish: %s", error.response.data)
    except (TimeoutError, aiohttp.ClientError) as error:
        _log.warning("views.publish: %r", error)
