"""What `/portfolio` understands, and whom it shows what."""

import pytest

from slack_client.answers import MemberPortfolio
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault
from slack_client.team.command import Request, Verb, read_request
from slack_client.team.picking import Choice, pick_portfolio
from slack_client.trader import Trader
from tests.slack.conftest import CHANNEL, Stage, has_input, input_of, loaded_form, text_of
from tests.slack.samples import portfolio
from tests.slack.team import WEIRD, ask, open_form, open_saying, told, update

COMMAND_SECONDS = 3.0


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("", Request(Verb.SHOW)),
        ("  Growth of all ", Request(Verb.SHOW, "Growth of all")),
        ("NEW  Growth of all", Request(Verb.NEW, "Growth of all")),
        ("members", Request(Verb.MEMBERS)),
        ("Use none", Request(Verb.USE, "none")),
        ("help", Request(Verb.HELP)),
        ("help fund", Request(Verb.SHOW, "help fund")),
        ("show new", Request(Verb.SHOW, "new")),
        ("newton", Request(Verb.SHOW, "newton")),
        ("archive\tOld", Request(Verb.ARCHIVE, "Old")),
    ],
)
def test_the_first_word_may_say_what_to_do(text: str, request_: Request) -> None:
    assert read_request(text) == request_


def portfolios(*names: str) -> list[MemberPortfolio]:
    return [
        MemberPortfolio.model_validate(portfolio(name, id=name).model_dump(by_alias=True) | {"members": []})
        for name in names
    ]


@pytest.mark.parametrize(
    ("name", "usual", "picked"),
    [
        ("growth", None, "Growth"),
        ("BLUE  chips", None, "Blue Chips"),
        ("", "Income", "Income"),
        ("income", "Growth", "Income"),
    ],
)
def test_a_name_is_found_in_either_case(name: str, usual: str | None, picked: str) -> None:
    found = pick_portfolio(portfolios("Growth", "Income", "Blue Chips"), name, usual)
    assert isinstance(found, MemberPortfolio)
    assert found.name == picked


def test_the_exact_name_comes_before_its_twins() -> None:
    twins = portfolios("growth", "Growth")
    assert pick_portfolio(twins, "Growth", None) == twins[1]
    between = pick_portfolio(twins, "GROWTH", None)
    assert isinstance(between, Choice)
    assert between.portfolios == twins


@pytest.mark.parametrize(
    ("name", "near"),
    [("Grwoth", ["Growth"]), ("chips", ["Blue Chips"]), ("zzz", ["Growth", "Income", "Blue Chips"])],
)
def test_the_nearest_names_are_suggested(name: str, near: list[str]) -> None:
    found = pick_portfolio(portfolios("Growth", "Income", "Blue Chips"), name, None)
    assert isinstance(found, Choice)
    assert [each.name for each in found.portfolios] == near
    assert f"“{name}”" in found.said


async def test_help_explains_the_command_to_its_reader_alone(stage: Stage, ada: Person) -> None:
    message = await ask(ada, "help")
    assert message["response_type"] == "ephemeral"
    for line in ("/portfolio new Growth", "/portfolio use Growth", "/portfolio members", "no real money"):
        assert line in message["text"]


async def test_the_command_is_acked_at_once(stage: Stage, ada: Person) -> None:
    reply = await ada.command("", "/portfolio")
    assert reply.seconds < COMMAND_SECONDS
    await told(ada, "You have no portfolio yet")


async def test_the_only_portfolio_is_shown(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="VIEWER")
    stage.create_portfolio("Of others", grace="MANAGER")
    message = await ask(ada, "")
    assert message["response_type"] == "ephemeral"
    assert "Growth" in text_of(message)
    assert "Of others" not in text_of(message)


async def test_among_several_there_is_a_choice_by_buttons(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="VIEWER")
    income = stage.create_portfolio(WEIRD, ada="TRADER")
    message = await ask(ada, "")
    assert "Which portfolio?" in text_of(message)
    assert "<!channel>" not in message["text"]
    [posted] = stage.slack.messages
    await ada.press(posted, "show_portfolio", block_id=income)
    await stage.slack.until(lambda: len(stage.slack.messages) == 2)
    shown = text_of(stage.slack.messages[1].body)
    assert WEIRD in shown
    assert "Growth" not in shown
    assert stage.slack.messages[1].seen_by == ada.user_id


async def test_a_portfolio_is_shown_by_its_name(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="VIEWER")
    stage.create_portfolio("Blue Chips", ada="VIEWER")
    shown = text_of(await ask(ada, "blue chips"))
    assert "Blue Chips" in shown
    assert "Growth" not in shown


async def test_a_portfolio_of_others_is_not_there(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Secret plans", grace="MANAGER")
    stage.create_portfolio("Growth", ada="VIEWER")
    shown = text_of(await ask(ada, "Secret plans"))
    assert "You see no portfolio called “Secret plans”" in shown
    shown = text_of(await ask(ada, "Secret plan"))
    assert "Secret plans" not in shown
    shown = text_of(await open_saying(ada, "members Secret plans", "You see no portfolio"))
    assert "GRACE" not in shown


@pytest.mark.parametrize("name", ["x" * 3000, "<!channel>", "*_~`", "\u202eשלום"])
async def test_whatever_is_typed_is_said_back_as_text(stage: Stage, ada: Person, name: str) -> None:
    message = await ask(ada, name)
    assert "You see no portfolio called" in text_of(message)
    assert name[:50] in text_of(message["blocks"])
    assert "<!channel>" not in message["text"]


async def test_a_channel_has_a_portfolio_that_is_shown_and_offered_first(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="TRADER")
    income = stage.create_portfolio("Income", ada="TRADER")
    posted = await ask(ada, "use income")
    assert "<@U0ADA> chose the portfolio of this channel" in text_of(posted)
    assert "Income" in posted["text"]
    assert [each.seen_by for each in stage.slack.messages] == [None]
    assert "“Income”" in text_of(await ask(ada, "use"))

    assert "Income" in text_of(await ask(ada, ""))
    modal = await loaded_form(ada)
    assert input_of(modal, "portfolioId")["initial_option"]["value"] == income
    await ada.close(modal)

    posted = await ask(ada, "use none")
    assert "<@U0ADA>" in text_of(posted)
    assert "No portfolio of yours" in text_of(await ask(ada, "use"))
    assert "Which portfolio?" in text_of(await ask(ada, ""))


async def test_the_channels_portfolio_is_the_first_of_a_late_choice_too(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="TRADER")
    income = stage.create_portfolio("Income", ada="TRADER")
    await ask(ada, "use Income")
    stage.slack.fail_next("views.update", Fault(error="hash_conflict"), Fault(error="hash_conflict"))
    await ada.command("AAPL")
    modal = await ada.modal()
    ada.fill(modal, quantity="1")
    await ada.submit(modal)
    assert "Choose a portfolio" in text_of(modal)
    assert input_of(modal, "portfolioId")["initial_option"]["value"] == income
    assert stage.trades() == []
    await ask(ada, "use none")


async def test_who_may_not_trade_the_channels_portfolio_is_not_offered_it(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="TRADER", grace="VIEWER")
    stage.create_portfolio("Income", grace="TRADER")
    await ask(ada, "use Growth")
    grace = stage.person(ada.door, "grace")
    modal = await loaded_form(grace)
    assert "Growth" not in text_of(modal)
    assert has_input(modal, "portfolioId")

    alan = stage.person(ada.door, "alan")
    assert "You have no portfolio yet" in text_of(await ask(alan, ""))
    await ask(ada, "use none")


@pytest.mark.parametrize("role", ["VIEWER", None])
async def test_only_who_may_trade_it_makes_it_the_channels(
    stage: Stage, ada: Person, role: str | None
) -> None:
    stage.create_portfolio("Growth", grace="MANAGER", **({"ada": role} if role else {}))
    message = await ask(ada, "use Growth")
    assert message["response_type"] == "ephemeral"
    assert ("cannot" if role else "You see no portfolio") in text_of(message)
    assert await usual(stage) is None


async def test_a_halted_portfolio_does_not_become_the_channels(stage: Stage, ada: Person) -> None:
    update(stage, stage.create_portfolio("Growth", ada="MANAGER"), state="HALTED")
    assert "cannot trade “Growth” now" in text_of(await ask(ada, "use Growth"))
    assert await usual(stage) is None


async def usual(stage: Stage) -> str | None:
    """The name of the channel's portfolio, where it is of this test's workspace."""
    chosen = await stage.chosen_portfolio(CHANNEL)
    return next((each["name"] for each in stage.portfolios() if each["id"] == chosen), None)


async def test_a_channel_that_has_none_has_nothing_to_end(stage: Stage, ada: Person) -> None:
    await ada.command("use none", "/portfolio")
    await told(ada, "portfolio")
    before = len(ada.messages())
    message = await ask(ada, "use none")
    assert len(ada.messages()) == before + 1
    assert message["response_type"] == "ephemeral"
    assert "No portfolio of yours" in text_of(message)


async def test_without_a_name_a_manager_chooses_among_those_they_manage(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Seen", ada="VIEWER")
    stage.create_portfolio("Growth", ada="MANAGER")
    income = stage.create_portfolio("Income", ada="MANAGER")
    modal = await open_saying(ada, "rename", "Which portfolio?")
    assert "Seen" not in text_of(modal)
    await ada.press(modal, "portfolio_rename", block_id=income)
    on_top = await ada.modal()
    await stage.slack.until(lambda: has_input(on_top, "name"))
    assert input_of(on_top, "name")["initial_value"] == "Income"
    ada.fill(on_top, name="Revenue")
    await ada.submit(on_top)
    assert not modal.is_open
    await told(ada, "is called “Revenue” now")


async def test_who_manages_nothing_is_told_so(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Seen", ada="VIEWER")
    await open_saying(ada, "archive", "You manage no portfolio")


async def test_with_the_oms_down_the_command_says_so(stage: Stage) -> None:
    async with stage.bot(oms_url="http://127.0.0.1:9") as door:
        ada = stage.person(door)
        assert "the OMS cannot be reached" in text_of(await ask(ada, "Growth"))
        modal = await open_saying(ada, "members", "the OMS cannot be reached")
    assert "submit" not in modal.view


async def test_the_same_user_id_in_another_team_is_somebody_else(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    stage.slack.team_id = "T0OTHER"
    assert Trader("T0OTHER", ada.user_id, "ada").name == stage.trader("ada")
    assert "You see no portfolio" in text_of(await ask(ada, "Growth"))


async def test_a_new_portfolio_begins_with_a_button_too(stage: Stage, ada: Person) -> None:
    await ask(ada, "help")
    [posted] = stage.slack.messages
    await ada.press(posted, "new_portfolio")
    modal = await ada.modal()
    ada.fill(modal, name="Growth")
    await ada.submit(modal)
    await told(ada, "“Growth” is made")
    assert (await open_form(ada, "rename growth")).is_open
