"""What becomes of resting orders: the message follows the order, and its trader is told once."""

from datetime import timedelta

from slack_client.playground.person import Person
from tests.slack.conftest import Stage, loaded_form, text_of
from tests.slack.resting import cancel, meet_market, next_order_is_told, notices, orders, place, quote, rest


async def test_a_resting_order_that_fills_is_redrawn_and_told_once(stage: Stage, ada: Person) -> None:
    posted = await rest(stage, ada)
    assert "Waits for an ask of 140" in text_of(posted.body)
    quote(stage, "139.95")

    await meet_market(stage)

    await stage.slack.until(lambda: len(notices(stage)) == 1)
    [notice] = notices(stage)
    said = "Your order to buy 10 AAPL, limit $140.00, day, was filled at $140.00: $1,400.00."
    assert said in text_of(notice.body)
    assert said in notice.body["text"]
    assert "bought 10 AAPL at $140.00" in text_of(posted.body)
    assert "Cancel" not in text_of(posted.body)
    assert [message.seen_by for message in stage.slack.messages] == [None, "U0ADA"]


def fill_by_size(stage: Stage) -> None:
    """Give ada a portfolio whose fills are no larger than what is quoted."""
    members = [{"trader": stage.trader("ada"), "role": "TRADER"}]
    stage.workspace.portfolio("Growth", members=members, rules={"liquidity": "SIZE"})


async def test_a_partial_fill_is_drawn_and_told_to_nobody(stage: Stage, ada: Person) -> None:
    fill_by_size(stage)
    posted = await rest(stage, ada)
    quote(stage, "140", size="4")
    await meet_market(stage)
    await stage.slack.until(lambda: "4 of 10 filled" in text_of(posted.body))
    assert "Cancel" in text_of(posted.body)

    quote(stage, "139", size="1000")
    await meet_market(stage)

    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "bought 10 AAPL" in text_of(posted.body)
    assert len(posted.earlier) == 2


async def test_an_order_that_the_session_ends_has_expired(stage: Stage, ada: Person) -> None:
    posted = await rest(stage, ada)
    await meet_market(stage, later=timedelta(days=1))
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "has expired" in text_of(notices(stage)[0].body)
    assert "Expired." in text_of(posted.body)
    assert stage.trades() == []


async def test_an_order_that_a_manager_cancels_is_told_to_its_trader_alone(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="TRADER", grace="MANAGER")
    posted = await rest(stage, ada)
    cancel(stage, orders(stage)[0]["id"], "grace")
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "was canceled" in text_of(notices(stage)[0].body)
    assert "<@U0GRACE>" in text_of(notices(stage)[0].body)
    assert "Canceled." in text_of(posted.body)
    assert notices(stage, "grace") == []


async def test_what_a_trader_does_is_drawn_and_not_told_to_them(stage: Stage, ada: Person) -> None:
    posted = await rest(stage, ada)
    cancel(stage, orders(stage)[0]["id"], "ada")
    await stage.slack.until(lambda: "Canceled." in text_of(posted.body))
    await next_order_is_told(stage, ada)
    assert len(notices(stage)) == 1


async def test_an_order_that_fills_at_once_is_told_by_its_confirmation_alone(
    stage: Stage, ada: Person
) -> None:
    posted = await rest(stage, ada, "buy 10 AAPL limit 200")
    assert "bought 10 AAPL" in text_of(posted.body)
    await next_order_is_told(stage, ada)
    assert len(notices(stage)) == 1
    assert posted.earlier == []


async def test_nobody_of_another_team_is_told(stage: Stage, ada: Person) -> None:
    await loaded_form(ada)
    [portfolio] = stage.portfolios()
    members = [*portfolio["members"], {"trader": "slack:T0OTHER/U0ADA", "role": "TRADER"}]
    stage.workspace.data(
        """mutation ($input: UpdatePortfolioInput!) { updatePortfolio(input: $input) { __typename } }""",
        {"input": {"portfolioId": portfolio["id"], "members": members}},
    )
    place(stage, portfolio["id"], "slack:T0OTHER/U0ADA")
    quote(stage, "139")
    await meet_market(stage)
    await next_order_is_told(stage, ada)
    assert len(stage.trades()) == 2
    assert len(notices(stage)) == 1


async def test_two_bots_that_follow_tell_once(stage: Stage) -> None:
    async with stage.bot() as first, stage.bot("socket"):
        ada = stage.person(first)
        posted = [await rest(stage, ada, f"buy {number} AAPL limit 140") for number in range(1, 6)]
        quote(stage, "139")
        await meet_market(stage)
        await stage.slack.until(lambda: len(notices(stage)) >= 5)
        await next_order_is_told(stage, ada)
    assert len(notices(stage)) == 6
    assert all("at $140.00" in text_of(message.body) for message in posted)
    assert [len(message.earlier) for message in posted] == [1] * 5


async def test_a_bot_that_starts_again_goes_on_where_it_was(stage: Stage) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        first, second = await rest(stage, ada), await rest(stage, ada, "buy 1 AAPL limit 130")
        quote(stage, "139")
        await meet_market(stage)
        await stage.slack.until(lambda: len(notices(stage)) == 1)
    quote(stage, "129", size="1000")
    await meet_market(stage)
    assert len(notices(stage)) == 1

    async with stage.bot() as door:
        await stage.slack.until(lambda: len(notices(stage)) == 2)
        await next_order_is_told(stage, stage.person(door))

    assert len(notices(stage)) == 3
    assert "bought 1 AAPL at $130.00" in text_of(second.body)
    assert [len(message.earlier) for message in (first, second)] == [1, 1]


async def test_an_order_of_many_events_is_drawn_once_for_the_newest(stage: Stage) -> None:
    fill_by_size(stage)
    async with stage.bot() as door:
        posted = await rest(stage, stage.person(door))
    for number in range(5):
        quote(stage, f"{139 - number}", size="2")
        await meet_market(stage)
    async with stage.bot():
        await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "bought 10 AAPL" in text_of(posted.body)
    assert len(posted.earlier) == 1
