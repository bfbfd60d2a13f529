"""What the playground's page asks the stand-in for, and what it is refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from slack_client.blocks import Json
from slack_client.playground.doors import Reply, Retry
from slack_client.playground.events import InsistentDoor
from slack_client.playground.running import open_playground
from slack_client.playground.slack import Slack
from slack_client.playground.town import found_town
from slack_client.playground.web_api import Sockets
from tests.slack.conftest import SIGNING_SECRET
from tests.slack.listener import Listener
from tests.slack.scene import FORM, OPTIONS, actions, button
from tests.slack.served import free_port

TRADES, RANDOM = "C0TRADES", "C0RANDOM"


@dataclass
class Visit:
    """A browser before the page's address, and the bot that only listens."""

    slack: Slack
    url: str
    bot: Listener
    session: aiohttp.ClientSession
    client: AsyncWebClient

    async def do(
        self, deed: str, user: str = "U0ADA", channel: str = TRADES, **body: object
    ) -> tuple[int, Json]:
        """Do something on the page; the status and what is to be shown."""
        async with self.session.post(f"{self.url}/do/{user}/{channel}/{deed}", json=body) as response:
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else {}

    async def screen(self, user: str = "U0ADA") -> Json:
        """What a trader sees now."""
        async with self.session.get(f"{self.url}/screen/{user}") as response:
            return await read_news(response)

    async def open(self) -> str:
        """Open a form on ada's screen and return its id."""
        await self.client.views_open(trigger_id=self.slack.new_trigger("U0ADA"), view=FORM)
        return str((await self.screen())["modal"]["id"])


async def read_news(response: aiohttp.ClientResponse) -> Json:
    """The next screen of a stream."""
    async for line in response.content:
        if line.startswith(b"data: "):
            news: Json = json.loads(line.removeprefix(b"data: "))
            return news
    raise AssertionError("the stream has ended")


@asynccontextmanager
async def visit_bot(port: int) -> AsyncIterator[Visit]:
    """The playground for a bot at this port, which is not there yet."""
    slack = found_town("xoxb-page")
    async with (
        open_playground(slack, f"http://127.0.0.1:{port}/slack/events", SIGNING_SECRET) as url,
        aiohttp.ClientSession() as session,
    ):
        client = AsyncWebClient(token=slack.bot_token, base_url=f"{url}/api/")
        yield Visit(slack, url, Listener(), session, client)


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    port = free_port()
    async with visit_bot(port) as visit, visit.bot.listen("http", visit.slack, Sockets(), visit.url, port):
        yield visit


async def test_a_command_is_sent_as_slack_sends_it_and_its_answer_shown(visit: Visit) -> None:
    visit.bot.answer = {"text": "Hello."}
    assert await visit.do("say", text="/trade  AAPL ", channel=RANDOM) == (200, {})
    heard = visit.bot.last
    assert (heard["command"], heard["text"], heard["user_name"]) == ("/trade", "AAPL", "ada")
    assert (heard["channel_id"], heard["channel_name"]) == (RANDOM, "random")
    [message] = (await visit.screen())["messages"]
    assert (message["channel"], message["text"], message["is_ephemeral"]) == (RANDOM, "Hello.", True)
    assert (await visit.screen("U0GRACE"))["messages"] == []


async def test_a_bot_that_connects_over_socket_mode_is_played_with_too() -> None:
    slack, sockets, bot = found_town("xoxb-page", "xapp-page"), Sockets(), Listener()
    bot.answer = {"text": "Hello."}
    async with (
        open_playground(slack, "", None, sockets=sockets) as url,
        aiohttp.ClientSession() as session,
    ):
        visit = Visit(slack, url, bot, session, AsyncWebClient(token=slack.bot_token, base_url=f"{url}/api/"))
        status, _ = await visit.do("say", text="/trade AAPL")
        assert (status, bot.heard) == (200, []), "no bot is connected yet, and the page says so"
        async with bot.listen("socket", slack, sockets, url):
            await visit.do("say", text="/trade AAPL")
    assert (bot.last["command"], bot.last["text"]) == ("/trade", "AAPL")
    assert slack.messages[-1].body["text"] == "Hello."


async def test_a_form_takes_what_is_typed_and_shows_what_is_refused(visit: Visit) -> None:
    modal = await visit.open()
    assert await visit.do("choose", place=modal, name="quantity", value="10", texts={"note": "n"}) == (
        200,
        {},
    )
    values = visit.bot.last["view"]["state"]["values"]
    assert (values["quantity"]["quantity"]["value"], values["note"]["note"]["value"]) == ("10", "n")

    status, answer = await visit.do("submit", place=modal)
    assert (status, list(answer["errors"])) == (200, ["side", "symbol", "owner"])
    assert visit.bot.last["type"] == "block_actions"

    await visit.do("choose", place=modal, name="side", value="MSFT")
    await visit.do("choose", place=modal, name="owner", value="U0ALAN")
    visit.bot.answer = {"options": OPTIONS}
    _, found = await visit.do("search", place=modal, name="symbol", query="ms")
    assert found == {"options": OPTIONS}
    visit.bot.answer = {}
    await visit.do("choose", place=modal, name="symbol", value="MSFT")
    visit.bot.answer = {"response_action": "errors", "errors": {"note": "Too short."}}
    assert await visit.do("submit", place=modal) == (200, {"errors": {"note": "Too short."}})
    assert (await visit.screen())["modal"]["values"]["note"]["note"]["value"] == "n"
    visit.bot.answer = {}
    assert await visit.do("close", place=modal) == (200, {})
    assert (await visit.screen())["modal"] is None


async def test_nobody_sees_or_presses_what_is_anothers(visit: Visit) -> None:
    modal = await visit.open()
    row = actions(button("cancel"))
    await visit.client.chat_postMessage(channel="U0ADA", text="x", blocks=[row])
    await visit.client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": [row]})
    ada, grace = await visit.screen(), await visit.screen("U0GRACE")
    assert (grace["messages"], grace["modal"], grace["home"]) == ([], None, None)
    for place in (ada["messages"][0]["id"], modal, ada["home"]["id"]):
        pressed = {"place": place, "action_id": "cancel", "block_id": "row"}
        status, answer = await visit.do("press", user="U0GRACE", **pressed)
        assert (status, answer) == (409, {"notice": "This is not on the screen any more."})
    assert (await visit.do("say", user="U0GRACE", channel="D0ADA", text="hi"))[0] == 404
    assert visit.bot.heard == []
    assert len(visit.slack.messages) == 1


@pytest.mark.parametrize(
    ("deed", "body", "status", "said"),
    [
        ("say", {"text": ""}, 400, "text: "),
        ("say", {}, 400, "text: Field required."),
        ("say", {"text": "x", "more": 1}, 400, "more: "),
        ("say", {"text": "/buy"}, 409, "/buy is not a command here."),
        ("choose", {"place": "V1", "name": "n", "value": "v"}, 409, "not on the screen"),
        ("press", {"place": "V1", "action_id": "a"}, 400, "block_id: Field required."),
        ("dance", {}, 404, None),
    ],
)
async def test_bad_input_is_answered_in_a_sentence_and_not_sent(
    visit: Visit, deed: str, body: Json, status: int, said: str | None
) -> None:
    answered, answer = await visit.do(deed, **body)
    assert answered == status
    assert said is None or said in answer["notice"]
    assert visit.bot.heard == []
    assert visit.slack.messages == []


async def test_a_website_can_neither_act_nor_read_along(visit: Visit) -> None:
    headers = {"Content-Type": "text/plain"}  # what a browser sends elsewhere without asking first
    say, body = f"{visit.url}/do/U0ADA/{TRADES}/say", json.dumps({"text": "/trade AAPL"})
    async with visit.session.post(say, data=body, headers=headers) as response:
        assert response.status == 415
    for path in ("/", "/screen/U0ADA", "/journal/call-0"):  # a name of theirs that leads to this machine
        async with visit.session.get(visit.url + path, headers={"Host": "evil.example"}) as response:
            assert response.status == 403
    async with visit.session.post(say, json={"text": "/trade"}, headers={"Host": "evil.example"}) as response:
        assert response.status == 403
    async with visit.session.get(visit.url) as response:
        assert "default-src 'none'; script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "It is not Slack" in await response.text()
    assert visit.bot.heard == []


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fpage.py", "..%2F..%2Fsettings.py", "%2Fetc%2Fpasswd.js", "__init__.py"]
)
async def test_only_the_pages_own_files_are_served(visit: Visit, name: str) -> None:
    async with visit.session.get(URL(f"{visit.url}/page/{name}", encoded=True)) as response:
        assert response.status == 404


async def test_the_stream_tells_each_change_once(visit: Visit) -> None:
    async with visit.session.get(f"{visit.url}/screen/U0GRACE") as stream:
        assert (await read_news(stream))["messages"] == []
        await visit.do("say", text="Hello")
        assert [message["text"] for message in (await read_news(stream))["messages"]] == ["Hello"]
        await visit.do("say", text="Again")
        assert len((await read_news(stream))["messages"]) == 2


async def test_the_journal_keeps_both_sides(visit: Visit) -> None:
    await visit.client.auth_test()
    await visit.do("say", text="/trade AAPL")
    called, sent = (await visit.screen())["journal"]
    assert (called["from"], called["name"]) == ("bot", "auth.test")
    assert (sent["from"], sent["name"], sent["status"], sent["is_taken"]) == (
        "slack",
        "/trade AAPL",
        200,
        True,
    )
    assert sent["milliseconds"] < 3000
    async with visit.session.get(f"{visit.url}/journal/{sent['id']}") as response:
        assert (await response.json())["sent"]["text"] == "AAPL"
    async with visit.session.get(f"{visit.url}/journal/delivery-99") as response:
        assert response.status == 404


async def test_a_bot_that_is_not_there_is_said() -> None:
    async with visit_bot(free_port()) as visit:
        status, answer = await visit.do("say", text="/trade AAPL")
        assert (status, answer) == (200, {"notice": "/trade failed: the bot answered 503."})
        [line] = (await visit.screen())["journal"]
        assert (line["status"], line["is_taken"]) == (503, False)


async def test_a_late_ack_is_said_and_changes_nothing(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slack_client.playground.doors.ACK_SECONDS", 0.05)
    visit.bot.seconds, visit.bot.answer = 0.1, {"text": "Too late."}
    _, answer = await visit.do("say", text="/trade AAPL")
    assert answer == {"notice": "/trade failed: no ack within 3 s."}
    assert (await visit.screen())["messages"] == []


async def test_an_event_comes_again_until_it_is_acked() -> None:
    came: list[Retry | None] = []
    done = asyncio.Event()

    class Ajar:
        async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Reply:
            came.append(retry)
            if len(came) == 3:
                done.set()
            return Reply(200 if len(came) == 3 else 500, {}, 0.1)

    door = InsistentDoor(Ajar(), pauses=(0, 0, 0))
    assert (await door.deliver("events_api", {})).status == 500
    await asyncio.wait_for(done.wait(), 5)
    await door.close()
    assert came == [None, Retry(1), Retry(2)]
    await door.deliver("slash_commands", {})
    assert len(came) == 4, "a command is not sent again"
