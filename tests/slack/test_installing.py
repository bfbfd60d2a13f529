"""Many Slack workspaces install one bot: each trades in a workspace of its own, comes again and goes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.keys import find_workspace, list_keys
from slack_client.install.teams import ONE_AT_A_TIME
from slack_client.playground import accounts
from slack_client.playground.slack import Json, Slack
from slack_client.playground.web_api import Playground, Sockets
from tests.api.test_installing import make_installer
from tests.conftest import Api, Workspace
from tests.slack.conftest import has_input, text_of
from tests.slack.house import USER_ID, House, new_team
from tests.slack.served import eventually

BEGIN = "open /slack/install"
NOT_HERE = "SlackOMS is not installed in this workspace. Ask one of its admins to install it again."


@pytest.fixture
async def house(
    session: aiohttp.ClientSession,
    fresh_database_url: str,
    api: Api,
    workspace: Workspace,
    database: Database,
) -> AsyncIterator[House]:
    """Two teams and the OMS. When the bot has stopped, Slack must have had nothing to complain of."""
    teams = [new_team("Acme"), new_team("Globex & Sons")]
    playground = Playground(teams[0], Sockets())
    playground.teams.append(teams[1])
    async with playground.serve() as slack_url:
        yield House(
            teams=teams,
            slack_url=slack_url,
            session=session,
            workspace=workspace,
            oms_url=api.url,
            installer_key=make_installer(workspace, database).secret,
            database_url=fresh_database_url.replace("postgresql://", "postgresql+psycopg2://"),
        )
    assert [slack.complaints for slack in teams] == [[], []]


async def test_the_same_user_id_in_two_teams_is_two_traders(house: House) -> None:
    acme, globex = house.teams
    async with house.bot() as site:
        for slack, said in ((acme, "in Acme to"), (globex, "in Globex &amp; Sons to")):
            page = await site.browser.install(slack)
            assert page.status == 200
            assert said in page.text
        await site.trade(acme, "3")
        await site.trade(globex, "5")
        await site.trade(acme, "4")
    assert [len(slack.messages) for slack in house.teams] == [2, 1]
    held = [house.holdings(slack, await house.key_of(slack)) for slack in house.teams]
    assert [each["workspace"] for each in held] == [f"slack:{slack.team_id}" for slack in house.teams]
    [[first], [second]] = [each["portfolios"] for each in held]
    assert first["positions"] == [{"symbol": "AAPL", "quantity": "7"}]
    assert second["positions"] == [{"symbol": "AAPL", "quantity": "5"}]
    assert first["id"] != second["id"]
    assert [first["members"], second["members"]] == [
        [{"trader": f"slack:{slack.team_id}/{USER_ID}"}] for slack in house.teams
    ]


async def test_no_token_and_no_key_can_be_read_in_the_database_or_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    acme, _ = house.teams
    async with house.bot() as site:
        await site.browser.install(acme)
        await site.trade(acme, "1")
        await site.browser.install(acme)
    key = await house.key_of(acme)
    stored = house.stored()
    assert acme.team_id in stored
    for secret in (acme.bot_token, key.get_secret_value()):
        assert secret not in stored
        assert secret not in caplog.text
    assert house.installer_key not in caplog.text


async def test_a_team_that_has_not_installed_is_told_so(house: House) -> None:
    acme, globex = house.teams
    async with house.bot() as site:
        await site.browser.install(acme)
        reply = await site.person(globex).command("AAPL")
        assert (reply.status, reply.body) == (200, {"response_type": "ephemeral", "text": NOT_HERE})
    assert globex.views == {}
    assert globex.calls == []


async def test_whoever_uninstalls_is_forgotten_and_the_other_team_trades_on(house: House) -> None:
    acme, globex = house.teams
    async with house.bot() as site:
        for slack in house.teams:
            await site.browser.install(slack)
            await site.trade(slack, "1")
        key = await house.key_of(acme)
        person = site.person(acme)
        await person.command("AAPL")
        modal = await person.modal()
        acme.revoke_token()
        assert (await site.tell(acme, "app_uninstalled")).status == 200
        await eventually(lambda: not house.works(key))

        assert (await person.command("AAPL")).body["text"] == NOT_HERE
        person.fill(modal, quantity="1")
        assert (await person.submit(modal)).errors == {"symbol": NOT_HERE}
        await site.trade(globex, "2")
    assert await house.find(acme) is None
    assert acme.team_id not in house.stored()
    assert "bought" not in acme.messages[-1].body["text"]


async def test_a_revoked_bot_token_ends_an_installation_and_a_persons_does_not(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as site:
        await site.browser.install(acme)
        key = await house.key_of(acme)
        await site.tell(acme, "tokens_revoked", tokens={"oauth": [USER_ID]})
        await site.trade(acme, "1")
        await site.tell(acme, "tokens_revoked", tokens={"oauth": [], "bot": [acme.bot_user_id]})
        await eventually(lambda: not house.works(key))
        assert (await site.person(acme).command("AAPL")).body["text"] == NOT_HERE
    assert await house.find(acme) is None


async def test_an_uninstall_that_is_told_late_does_not_end_the_next_installation(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as site:
        await site.browser.install(acme)
        await site.tell(acme, "app_uninstalled", after_seconds=-60)
        await site.trade(acme, "1")
    assert house.works(await house.key_of(acme))


async def test_an_uninstall_that_is_told_twice_is_done_once(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as site:
        await site.browser.install(acme)
        key = await house.key_of(acme)
        for _ in range(2):
            assert (await site.tell(acme, "app_uninstalled")).status == 200
        await eventually(lambda: not house.works(key))
        await site.browser.install(acme)
        await site.trade(acme, "1")


async def test_installing_again_changes_the_key_and_keeps_the_portfolio(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as site:
        await site.browser.install(acme)
        await site.trade(acme, "1")
        old = await house.key_of(acme)
        acme.revoke_token()
        assert (await site.browser.install(acme)).status == 200
        new = await house.key_of(acme)
        await site.trade(acme, "2")
    assert old != new
    assert (house.works(old), house.works(new)) == (False, True)
    [portfolio] = house.holdings(acme, new)["portfolios"]
    assert portfolio["positions"] == [{"symbol": "AAPL", "quantity": "3"}]


async def test_a_state_is_good_once(house: House) -> None:
    acme, globex = house.teams
    async with house.bot() as site:
        visit = await site.browser.begin()
        assert (await site.browser.come_back(visit, acme.new_oauth_code(USER_ID))).status == 200
        page = await site.browser.come_back(visit, globex.new_oauth_code(USER_ID))
        assert page.status == 401
        assert BEGIN in page.text
    assert await house.find(globex) is None


async def test_an_old_state_is_refused(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as site:
        visit = await site.browser.begin()
        engine = create_engine(house.database_url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE slack_oauth_states SET expire_at = '2020-01-01 00:00:00'"))
        engine.dispose()
        page = await site.browser.come_back(visit, acme.new_oauth_code(USER_ID))
        assert page.status == 401
        assert "ten minutes" in page.text
    assert await house.find(acme) is None


async def test_another_browser_cannot_finish_an_installation(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as site:
        visit, others = await site.browser.begin(), await site.browser.begin()
        path = f"/slack/oauth_redirect?code={acme.new_oauth_code(USER_ID)}&state={visit.state}"
        for cookie in ("", others.cookie):
            page = await site.browser.get(path, cookie)
            assert page.status == 400
            assert "another browser" in page.text
    assert await house.find(acme) is None


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("error=access_denied", 200, "You did not allow it"),
        ("error=%3Cscript%3Ealert(1)%3C/script%3E", 200, "Slack refused it"),
        ("code=unknown&state={state}", 401, "used up or too old"),
        ("state={state}", 401, "no code"),
        ("", 400, "another browser"),
    ],
)
async def test_what_slack_brings_back_without_a_code_installs_nothing(
    house: House, query: str, status: int, said: str
) -> None:
    async with house.bot() as site:
        visit = await site.browser.begin()
        page = await site.browser.get(
            f"/slack/oauth_redirect?{query.format(state=visit.state)}", visit.cookie
        )
        assert page.status == status
        assert said in page.text
        assert BEGIN in page.text
        assert "<script" not in page.text
    assert all(slack.team_id not in house.stored() for slack in house.teams)


async def test_an_installation_for_a_whole_organization_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, _ = house.teams
    monkeypatch.setattr(accounts, "exchange_code", _exchange_for_all)
    async with house.bot() as site:
        page = await site.browser.install(acme)
        assert page.status == 409
        assert ONE_AT_A_TIME in page.text
    assert await house.find(acme) is None


async def test_one_workspace_of_an_organization_installs_for_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, globex = house.teams
    in_organization = accounts.exchange_code

    def exchange_code(*asked: Any) -> Json:
        return in_organization(*asked) | {"enterprise": {"id": "E1", "name": "All"}}

    monkeypatch.setattr(accounts, "exchange_code", exchange_code)
    async with house.bot() as site:
        for slack in house.teams:
            assert (await site.browser.install(slack)).status == 200
            await site.trade(slack, "1")
        await site.tell(acme, "app_uninstalled")
        await eventually(lambda: acme.team_id not in house.stored())
        await site.trade(globex, "1")


def _exchange_for_all(teams: list[Slack], *_: object) -> Json:
    return {
        "access_token": teams[0].bot_token,
        "app_id": "A0PLAYGRND",
        "enterprise": {"id": "E1", "name": "All"},
        "team": None,
        "authed_user": {"id": USER_ID},
        "is_enterprise_install": True,
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"oms_url": "http://127.0.0.1:9"}, "The OMS gave no answer"),
        ({"oms_installer_key": "oms_wrong"}, "OMS_INSTALLER_KEY"),
    ],
)
async def test_without_the_oms_nothing_is_installed(
    house: House, changes: dict[str, object], said: str
) -> None:
    acme, _ = house.teams
    async with house.bot(**changes) as site:
        page = await site.browser.install(acme)
        assert page.status == 409
        assert said in page.text
        assert "problem" in page.text
        assert (await site.person(acme).command("AAPL")).body["text"] == NOT_HERE
    assert await house.find(acme) is None


async def test_a_workspace_that_belongs_to_another_bot_is_not_taken(house: House, database: Database) -> None:
    acme, _ = house.teams
    other = make_installer(house.workspace, database, "another bot")
    theirs = other.install(f"slack:{acme.team_id}")
    async with house.bot() as site:
        page = await site.browser.install(acme)
        assert page.status == 409
        assert "it is not yours" in page.text
    assert await house.find(acme) is None
    assert other.works(theirs["secret"])


async def test_slack_that_does_not_answer_installs_nothing(house: House) -> None:
    acme, _ = house.teams
    async with house.bot(slack_api_url="http://127.0.0.1:9/api/") as site:
        page = await site.browser.install(acme)
        assert page.status == 502
        assert "Slack did not answer" in page.text
    assert await house.find(acme) is None


async def test_a_team_installed_at_one_process_trades_at_another(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as first, house.bot() as second:
        await first.browser.install(acme)
        await second.trade(acme, "1")
        await first.trade(acme, "2")
    [portfolio] = house.holdings(acme, await house.key_of(acme))["portfolios"]
    assert portfolio["positions"] == [{"symbol": "AAPL", "quantity": "3"}]


async def test_a_process_that_knows_a_replaced_key_finds_the_new_one(house: House) -> None:
    acme, _ = house.teams
    async with house.bot() as first, house.bot() as second:
        for site in (first, second):
            await site.browser.install(acme)
            await site.trade(acme, "1")
        person = first.person(acme)
        await person.command("AAPL")
        form = await person.modal()
        # Refused, unless something in the background was refused before it.
        await acme.until(lambda: "refuses the bot's key" in text_of(form) or has_input(form, "portfolioId"))
        await first.trade(acme, "1")


async def test_a_state_that_two_bring_back_at_once_is_good_for_one(house: House) -> None:
    async with house.bot() as first, house.bot() as second:
        for _ in range(5):
            visit = await first.browser.begin()
            pages = await asyncio.gather(
                *(
                    site.browser.come_back(visit, slack.new_oauth_code(USER_ID))
                    for site, slack in zip((first, second), house.teams, strict=True)
                )
            )
            assert sorted(page.status for page in pages) == [200, 401]


async def test_a_key_that_cannot_be_kept_is_revoked(house: House, database: Database) -> None:
    acme, _ = house.teams
    async with house.bot() as site:
        engine = create_engine(house.database_url)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE bindings"))
        engine.dispose()
        page = await site.browser.install(acme)
        assert page.status == 409
        assert "Something went wrong" in page.text
    name = f"slack:{acme.team_id}"
    with database.snapshot() as session:
        [key] = list_keys(session, console(find_workspace(database, name), name))
    assert key.revoked_at is not None


async def test_the_key_of_the_tokens_is_changed_without_installing_again(house: House) -> None:
    acme, _ = house.teams
    old, new = house.token_keys[0], Fernet.generate_key().decode()
    async with house.bot() as site:
        await site.browser.install(acme)
    for keys in ([new, old], [new]):
        house.token_keys = keys
        async with house.bot() as site:
            await site.trade(acme, "1")


async def test_a_teams_key_shows_nothing_of_another_team(house: House) -> None:
    acme, globex = house.teams
    async with house.bot() as site:
        for slack in house.teams:
            await site.browser.install(slack)
        await site.trade(globex, "1")
        await site.trade(acme, "1")
    keys = [await house.key_of(slack) for slack in house.teams]
    assert keys[0] != keys[1]
    assert house.holdings(acme, keys[1])["portfolios"] == []
    assert house.holdings(globex, keys[0])["portfolios"] == []
