"""Who may change a portfolio, and from when on."""

import pytest

from tests.api.conftest import Book
from tests.api.test_not_yours import answers, nowhere
from tests.api.test_portfolio_rules import events_of
from tests.api.updating import ADA, BOB, EVERYTHING, MANAGER, change, changed, refusal
from tests.conftest import NewWorkspace, Workspace


@pytest.mark.parametrize(
    ("role", "place", "told"),
    [
        ("ADMIN", None, None),
        ("ADMIN", "VIEWER", None),
        ("TRADER", "MANAGER", None),
        ("TRADER", "TRADER", ("NOT_PERMITTED", "portfolioId")),
        ("TRADER", "VIEWER", ("NOT_PERMITTED", "portfolioId")),
        ("TRADER", None, ("UNKNOWN_PORTFOLIO", "portfolioId")),
        ("SERVICE", "MANAGER", None),
        ("SERVICE", "TRADER", ("NOT_PERMITTED", "portfolioId")),
        ("SERVICE", "VIEWER", ("NOT_PERMITTED", "portfolioId")),
        ("SERVICE", None, ("UNKNOWN_PORTFOLIO", "portfolioId")),
        ("VIEWER", "MANAGER", ("NOT_PERMITTED", "X-API-Key")),
        ("VIEWER", None, ("NOT_PERMITTED", "X-API-Key")),
    ],
)
def test_who_may_change_a_portfolio(
    workspace: Workspace, role: str, place: str | None, told: tuple[str, str] | None
) -> None:
    behalf = ADA if role == "SERVICE" else None
    trader = behalf or f"key:{role.lower()}"
    places = [{"trader": trader, "role": place}] if place else []
    key = workspace.admin_key if role == "ADMIN" else workspace.key(role)
    book = Book(workspace, workspace.portfolio(members=places), key, behalf)
    members = [{"trader": BOB, "role": "VIEWER"}, {"trader": trader, "role": "MANAGER"}]
    before = workspace.query(EVERYTHING)
    for asked in (
        {"name": "Value"},
        {"state": "HALTED"},
        {"rules": {"slippageBps": "1"}},
        {"members": members},
        {"archived": True},
    ):
        answer = change(book, **asked)
        if told is not None:
            assert refusal(answer) == told
            assert workspace.query(EVERYTHING) == before
            continue
        assert answer["__typename"] == "PortfolioUpdated"
        (event,) = events_of(book)[-1:]
        assert (event["type"], event["trader"], event["data"].keys()) == (
            "portfolio:updated",
            trader,
            asked.keys(),
        )


@pytest.mark.parametrize(
    ("role", "behalf"), [("SERVICE", None), ("ADMIN", ADA), ("TRADER", ADA), ("VIEWER", ADA)]
)
def test_acting_for_nobody_or_without_the_right_changes_nothing(
    workspace: Workspace, role: str, behalf: str | None
) -> None:
    place = {"trader": f"key:{role.lower()}", "role": "MANAGER"}
    book = Book(workspace, workspace.portfolio(members=[place]), workspace.key(role), behalf)
    before = workspace.query(EVERYTHING)
    assert refusal(change(book, name="Value")) == ("NOT_PERMITTED", "X-On-Behalf-Of")
    assert workspace.query(EVERYTHING) == before


@pytest.mark.parametrize(
    "input", ['name: "Value"', "name: null", 'rules: {slippageBps: "-1"}', "archived: true", ""]
)
def test_what_is_not_yours_is_as_what_does_not_exist(
    book: Book, new_workspace: NewWorkspace, input: str
) -> None:
    document = f"""mutation ($id: ID!) {{ updatePortfolio(input: {{portfolioId: $id, {input}}}) {{ __typename
        ... on InputRejected {{ code field message }} }} }}"""
    before = book.workspace.query(EVERYTHING)
    stranger = new_workspace()
    stranger.portfolio()
    for role in ("ADMIN", "TRADER", "VIEWER", "SERVICE"):
        behalf = "key:admin" if role == "SERVICE" else None
        found = answers(stranger, document, [book.id, nowhere(), "nonsense"], stranger.key(role), behalf)
        assert len(found) == 1, role
        if role != "ADMIN":
            key = book.workspace.key(role)
            assert len(answers(book.workspace, document, [book.id, nowhere()], key, behalf)) == 1, role
            before = book.workspace.query(EVERYTHING)
    assert book.workspace.query(EVERYTHING) == before


def test_an_admin_may_leave_a_portfolio_without_members(workspace: Workspace) -> None:
    book = Book(workspace, workspace.portfolio(members=[MANAGER]))
    assert changed(book, members=[{"trader": BOB, "role": "VIEWER"}])["members"] == [
        {"trader": BOB, "role": "VIEWER"}
    ]
    assert changed(book, members=[])["members"] == []


def test_a_place_counts_from_the_moment_it_is_given_or_taken(workspace: Workspace) -> None:
    manager, service = {"trader": ADA, "role": "MANAGER"}, workspace.key("SERVICE")
    ada = Book(workspace, workspace.portfolio(members=[manager]), service, ADA)
    bob = Book(workspace, ada.id, service, BOB)
    assert bob.trade("BUY", "AAPL", "1")["code"] == "UNKNOWN_PORTFOLIO"
    changed(ada, members=[manager, {"trader": BOB, "role": "VIEWER"}])
    assert bob.trade("BUY", "AAPL", "1")["code"] == "NOT_PERMITTED"
    changed(ada, members=[manager, {"trader": BOB, "role": "TRADER"}])
    bob.fill("BUY", "AAPL", "1")
    assert refusal(change(bob, name="Bob's")) == ("NOT_PERMITTED", "portfolioId")
    changed(ada, members=[manager, {"trader": BOB, "role": "MANAGER"}])
    assert changed(bob, name="Bob's", members=[{"trader": BOB, "role": "MANAGER"}])["name"] == "Bob's"
    assert refusal(change(ada, name="Ada's")) == ("UNKNOWN_PORTFOLIO", "portfolioId")
    assert ada.trade("SELL", "AAPL", "1")["code"] == "UNKNOWN_PORTFOLIO"


def test_who_gives_up_their_place_is_told_what_the_portfolio_is_then(workspace: Workspace) -> None:
    key = workspace.key("TRADER")
    book = Book(workspace, workspace.portfolio(members=[MANAGER]), key)
    after = changed(book, members=[{"trader": BOB, "role": "MANAGER"}])
    assert after["members"] == [{"trader": BOB, "role": "MANAGER"}]
    assert after["events"]["edges"][-1] == {"node": {"type": "portfolio:updated"}}
    document = "query ($id: ID!) { portfolio(id: $id) { id } }"
    assert workspace.data(document, {"id": book.id}, key) is None
