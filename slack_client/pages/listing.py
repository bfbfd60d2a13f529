"""`/orders`: what still works in the portfolios that the trader sees; and the pages of every list."""

import asyncio
import re
from collections.abc import Sequence

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answering import start_answer
from slack_client.answers import MemberPortfolio
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import SHOW_ORDERS_ACTION, Message, sentence, usage
from slack_client.oms import OmsError
from slack_client.pages.order_pages import orders_message
from slack_client.pages.page import NEXT_PAGE_ACTION, PREVIOUS_PAGE_ACTION, Listing, Page
from slack_client.pages.showing import NOT_YOURS, show_portfolio
from slack_client.portfolios import may_cancel
from slack_client.problems import log_unread
from slack_client.trader import Trader
from slack_client.words import ORDERS_COMMAND

PORTFOLIOS_READ = 20
NO_PORTFOLIO = "You have no portfolio yet, so no order is working. /trade makes you one."
_TURNS = re.compile(f"{NEXT_PAGE_ACTION}|{PREVIOUS_PAGE_ACTION}")


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the command, to the button that does the same, and to the buttons that turn pages."""

    @app.command(ORDERS_COMMAND)
    async def list_orders(ack: AsyncAck, body: Json) -> None:
        name = str(body.get("text") or "").strip()
        if name.casefold() == "help":
            await ack(usage().private())
            return
        trader, address = Trader.of_command(body), Address.of_command(body)
        await ack()
        start_answer(bot, show_named_orders(bot, trader, address, name), trader, address)

    @app.action(SHOW_ORDERS_ACTION)
    async def list_orders_of(ack: AsyncAck, body: Json) -> None:
        await _turn(bot, ack, body, in_place=False)

    @app.action(_TURNS)
    async def turn(ack: AsyncAck, body: Json) -> None:
        await _turn(bot, ack, body, in_place=True)


async def _turn(bot: Bot, ack: AsyncAck, body: Json, *, in_place: bool) -> None:
    """Show the page that the pressed button names. Raises ValueError before the ack where it names none."""
    page = Page.read(str(body["actions"][0].get("value")))
    if page is None:
        raise ValueError("a button that turns pages names none")
    trader, address = Trader.of_interaction(body), Address.of_interaction(body)
    await ack()
    start_answer(bot, show_page(bot, trader, address, page, in_place=in_place), trader, address)


async def show_page(bot: Bot, trader: Trader, address: Address, page: Page, *, in_place: bool = True) -> None:
    """Draw a page of a list as it is now."""
    if page.listing is Listing.PORTFOLIO and page.portfolio_id is not None:
        await show_portfolio(bot, trader, address, page.portfolio_id, start=page.start, in_place=in_place)
        return
    try:
        message = await _read_page(bot, trader, page)
    except OmsError as error:
        message, in_place = sentence(log_unread(error, trader.name)), False
    await bot.messenger.show(lambda _: message, address, in_place=in_place)


async def show_named_orders(bot: Bot, trader: Trader, address: Address, name: str) -> None:
    """Show the working orders of the portfolio of this name, or of all where there is none."""
    try:
        portfolios = await bot.oms.trader_portfolios(trader.name)
        message = await _draw_named(bot, trader, portfolios, name)
    except OmsError as error:
        message = sentence(log_unread(error, trader.name))
    await bot.messenger.whisper(message, address)


async def _draw_named(bot: Bot, trader: Trader, portfolios: Sequence[MemberPortfolio], name: str) -> Message:
    if not portfolios:
        return sentence(NO_PORTFOLIO)
    if not name:
        return await _draw(bot, trader, portfolios, Page(Listing.ORDERS))
    named = next((each for each in portfolios if each.name.casefold() == name.casefold()), None)
    if named is None:
        names = ", ".join(f"“{each.name}”" for each in portfolios[:PORTFOLIOS_READ])
        return sentence(f"You see no portfolio called “{name}”. There is {names}.")
    return await _draw(bot, trader, [named], Page(Listing.ORDERS, named.id))


async def _read_page(bot: Bot, trader: Trader, page: Page) -> Message:
    portfolios = await bot.oms.trader_portfolios(trader.name)
    if page.portfolio_id is not None:
        portfolios = [each for each in portfolios if each.id == page.portfolio_id]
    return await _draw(bot, trader, portfolios, page) if portfolios else sentence(NOT_YOURS)


async def _draw(bot: Bot, trader: Trader, portfolios: Sequence[MemberPortfolio], page: Page) -> Message:
    """Read the orders of each portfolio at once, and put the newest first."""
    read = portfolios[:PORTFOLIOS_READ]
    found = await asyncio.gather(*(bot.oms.working_orders(each.id, trader.name) for each in read))
    members = {each.id: each.members for each in read}
    orders = sorted(
        (order for orders in found for order in orders), key=lambda order: order.created_at, reverse=True
    )
    notices = []
    if len(read) < len(portfolios):
        notices.append(
            f"These are the orders of {len(read)} of your {len(portfolios)} portfolios: "
            f"{ORDERS_COMMAND} and a portfolio's name shows another's."
        )
    return orders_message(
        orders, trader, lambda order: may_cancel(trader, order, members[order.portfolio.id]), page, notices
    )
