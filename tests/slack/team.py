"""A team around portfolios: who is in them, and the forms that change that."""

from slack_client.playground.doors import Reply
from slack_client.playground.person import Person
from slack_client.playground.slack import Json, OpenView
from tests.slack.conftest import Stage, text_of

COMMAND = "/portfolio"
WEIRD = "<!channel> *bold* _it_ ~no~ `code` & שלום"
ROLES = ("managers", "traders", "viewers")


async def ask(person: Person, text: str) -> Json:
    """Type the command, and wait for the message that answers it."""
    before = len(person.messages())
    reply = await person.command(text, COMMAND)
    assert reply.status == 200
    await person.slack.until(lambda: len(person.messages()) > before)
    return person.messages()[-1]


async def open_form(person: Person, text: str, field: str = "name") -> OpenView:
    """Type the command, and wait for a form that has this field."""
    views = len(person.slack.views)
    await person.command(text, COMMAND)
    await person.slack.until(lambda: len(person.slack.views) > views)
    modal = await person.modal()
    await person.slack.until(lambda: has_field(modal, field))
    return modal


async def open_members(person: Person, name: str) -> OpenView:
    """Open the form of a portfolio's members."""
    return await open_form(person, f"members {name}", "managers")


async def open_saying(person: Person, text: str, said: str) -> OpenView:
    """Type the command, and wait for a modal that says this."""
    views = len(person.slack.views)
    await person.command(text, COMMAND)
    await person.slack.until(lambda: len(person.slack.views) > views)
    modal = await person.modal()
    await person.slack.until(lambda: said in text_of(modal))
    return modal


def block_id(modal: OpenView, field: str) -> str:
    """The id of a field's block."""
    return next(each for each in _inputs(modal) if each.partition(".")[0] == field)


def has_field(modal: OpenView, field: str) -> bool:
    """Whether a form has a field; its block's id may end in a fingerprint."""
    return any(each.partition(".")[0] == field for each in _inputs(modal))


def _inputs(modal: OpenView) -> list[str]:
    return [block["block_id"] for block in modal.blocks if block["type"] == "input"]


def fill(person: Person, modal: OpenView, **typed: str | list[str]) -> None:
    """Fill in fields, people by their names."""
    for field, value in typed.items():
        chosen = value if isinstance(value, str) else [f"U0{name.upper()}" for name in value]
        person.fill(modal, **{block_id(modal, field): chosen})


def shown(modal: OpenView) -> dict[str, list[str]]:
    """The people who stand in a form, by field."""
    return {
        field: next(
            block["element"].get("initial_users", [])
            for block in modal.blocks
            if block.get("block_id") == block_id(modal, field)
        )
        for field in ROLES
    }


def errors(reply: Reply) -> dict[str, str]:
    """What a submission was refused for, by field."""
    return {name.partition(".")[0]: said for name, said in reply.errors.items()}


def members_of(stage: Stage, name: str) -> dict[str, str]:
    """Everybody's role in a portfolio, by trader, as the admin sees it."""
    portfolio = next(each for each in stage.portfolios() if each["name"] == name)
    return {member["trader"]: member["role"] for member in portfolio["members"]}


def roles(stage: Stage, **by_name: str) -> dict[str, str]:
    """What `members_of` answers for these people."""
    return {stage.trader(name): role for name, role in by_name.items()}


def names_of(stage: Stage) -> list[str]:
    """The names of all portfolios that are not archived."""
    return sorted(portfolio["name"] for portfolio in stage.portfolios())


async def told(person: Person, said: str) -> Json:
    """Wait for a message that says this."""
    await person.slack.until(lambda: any(said in text_of(each) for each in person.messages()), within=20)
    return next(each for each in person.messages() if said in text_of(each))


def update(stage: Stage, portfolio_id: str, **change: object) -> None:
    """Change a portfolio as the admin."""
    document = """mutation ($input: UpdatePortfolioInput!) {
        updatePortfolio(input: $input) { ... on InputRejected { message } } }"""
    assert stage.workspace.data(document, {"input": {"portfolioId": portfolio_id, **change}}) == {}


def listed(stage: Stage, **by_name: str) -> list[dict[str, str]]:
    """Members as the API takes them."""
    return [{"trader": trader, "role": role} for trader, role in roles(stage, **by_name).items()]
