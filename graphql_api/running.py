"""`slackoms run`: the whole system on one machine, its first workspace, and what to do next."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import select

from graphql_api.app import make_desk
from graphql_api.oms.actor import Actor, console
from graphql_api.oms.desk import Desk
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import create_key, create_workspace, list_keys, revoke_key
from graphql_api.oms.migrations import migrate
from graphql_api.oms.portfolios import create_portfolio
from graphql_api.oms.tables import ApiKeyRow, PortfolioRow
from graphql_api.oms.words import KeyRole
from graphql_api.settings import Settings

WORKSPACE = "main"
PORTFOLIO = "Demo"
BOT_KEY = "slack-bot of slackoms run"
_READY_WITHIN_SECONDS = 20
_STOPPED_WITHIN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _FirstRun:
    """Secrets made at this start: the ADMIN key the first time, and the bot's."""

    admin_key: str | None
    bot_key: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    """A process of its own: what starts it, and where it answers once it is ready."""

    name: str
    command: list[str]
    address: str | None = None


def run_everything(settings: Settings, *, has_tokens: bool, makes_bot_key: bool) -> int:
    """Run until Ctrl-C or a process ends by itself. Returns the exit code.

    Without Slack's tokens the bot gets a stand-in for Slack, but not in production. `makes_bot_key` where
    nobody has given the bot a key of the API.
    """
    with_playground = not has_tokens and settings.environment != "production"
    with_bot = has_tokens or with_playground
    taken = _taken_port(settings, with_bot=with_bot, with_playground=with_playground)
    if taken is not None:
        print(taken, file=sys.stderr)
        return 1
    first = _prepare(settings, makes_bot_key=with_bot and makes_bot_key)
    environment = {**os.environ, "OMS_URL": _address(settings)}
    if first.bot_key is not None:
        environment["OMS_API_KEY"] = first.bot_key
    if with_playground:
        environment |= _playground_tokens(settings)
    parts = _parts(settings, with_bot=with_bot, with_playground=with_playground)
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    processes = {part.name: _start(part.command, environment) for part in parts}
    try:
        healthy = [_answers(part.address, processes[part.name]) for part in parts if part.address]
        if all(healthy):
            welcome = _welcome(settings, first, with_bot=with_bot, with_playground=with_playground)
            print(welcome, flush=True)
        while not stopping:
            for name, process in processes.items():
                if process.poll() is not None:
                    print(f"The {name} has ended with code {process.returncode}; stopping.", file=sys.stderr)
                    return 1
            time.sleep(0.2)
        print("\nStopping ...", flush=True)
        return 0
    finally:
        _stop(processes.values())


def _parts(settings: Settings, *, with_bot: bool, with_playground: bool) -> list[_Part]:
    parts = [_Part("API", ["api"], f"{_address(settings)}/readyz"), _Part("worker", ["worker"])]
    if with_playground:
        options = ["--port", str(settings.playground_port), "--bot", _bot_address(settings)]
        parts.append(_Part("playground", ["playground", *options], _playground_address(settings)))
    if with_bot:
        command = ["bot", "--port", str(settings.bot_port)]
        parts.append(_Part("Slack bot", command, f"{_bot_address(settings)}/healthz"))
    return parts


def _taken_port(settings: Settings, *, with_bot: bool, with_playground: bool) -> str | None:
    """What to do about a port that somebody else uses, None where all are free."""
    if not _is_free(settings.host, settings.port):
        return f"Port {settings.port} is in use. Stop what uses it, or choose another: PORT=8001 make run"
    needed = [("Slack bot", "BOT_PORT", settings.bot_port)] if with_bot else []
    if with_playground:
        needed.append(("playground", "PLAYGROUND_PORT", settings.playground_port))
    for name, variable, port in needed:
        if not _is_free("127.0.0.1", port):
            return (
                f"Port {port} is in use, and the {name} needs it. Stop what uses it, or choose another: "
                f"{variable}={port + 10} make run"
            )
    return None


def _playground_tokens(settings: Settings) -> dict[str, str]:
    """What the bot and its stand-in for Slack know each other by, made anew for each run."""
    return {
        "SLACK_BOT_TOKEN": f"xoxb-playground-{secrets.token_hex(8)}",
        "SLACK_SIGNING_SECRET": secrets.token_hex(16),
        "SLACK_API_URL": f"{_playground_address(settings)}/api/",
    }


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "graphql_api.cli", *command], env=environment, start_new_session=True
    )


def _prepare(settings: Settings, *, makes_bot_key: bool) -> _FirstRun:
    """Migrate, and make what is not there yet: the workspace, an ADMIN key, a portfolio, the bot's key."""
    desk = make_desk(settings)
    try:
        migrate(desk.database)
        actor = console(create_workspace(desk.database, WORKSPACE), WORKSPACE)
        with desk.database.snapshot() as session:
            keys = list_keys(session, actor)
            has_portfolio = session.exec(
                select(PortfolioRow.id).where(PortfolioRow.workspace_id == actor.workspace_id).limit(1)
            ).first()
        if has_portfolio is None:
            create_portfolio(desk, actor, PORTFOLIO)
        admin_key = None if keys else create_key(desk.database, actor, "admin", KeyRole.ADMIN).secret
        return _FirstRun(admin_key, _renew_bot_key(desk, actor, keys) if makes_bot_key else None)
    finally:
        desk.database.close()


def _renew_bot_key(desk: Desk, actor: Actor, keys: list[ApiKeyRow]) -> str:
    """A key for this run's bot, held in memory only; the one of the run before is revoked."""
    for key in keys:
        if key.name == BOT_KEY and key.revoked_at is None:
            revoke_key(desk.database, actor, to_text(key.id))
    return create_key(desk.database, actor, BOT_KEY, KeyRole.SERVICE).secret


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 - told apart, not bound
    return f"http://{host}:{settings.port}"


def _bot_address(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.bot_port}"


def _playground_address(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.playground_port}"


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until a process answers at an address; False where it ends or takes too long."""
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - loopback
                return True
        except OSError:
            time.sleep(0.05)
    return False


def _stop(processes: Collection[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(_STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _welcome(settings: Settings, first: _FirstRun, *, with_bot: bool, with_playground: bool) -> str:
    """What to do next."""
    address, key = _address(settings), first.admin_key
    fragment = f"#key={key}" if key else ""
    lines = ["", "SlackOMS is running. Paper trading, no real money; prices are simulated.", ""]
    if with_playground:
        lines += [
            "Try the bot in the browser, without Slack: open this and type /trade AAPL",
            f"  {_playground_address(settings)}",
            "",
        ]
    if key:
        lines += [
            "Your API key (role ADMIN, workspace main). It is shown this once and not stored:",
            f"  {key}",
            "",
        ]
    lines += ["GraphiQL, to look around and trade in the browser:", f"  {address}/graphql{fragment}", ""]
    if key:
        query = (
            'mutation { executeTrade(input: {portfolio: \\"Demo\\", symbol: \\"AAPL\\", side: BUY, '
            'quantity: \\"10\\"}) { ... on TradeExecuted { trades { price value } portfolio { cash } } '
            "... on OrderRejected { code message } } }"
        )
        lines += [
            "A trade from the shell:",
            f"  curl -s {address}/graphql -H 'X-API-Key: {key}' \\",
            f"    -H 'Content-Type: application/json' -d '{{\"query\": \"{query}\"}}'",
            "",
        ]
    else:
        lines += [
            "Your API key was shown the first time. To make another one:",
            "  .venv/bin/slackoms keys create --name me --role ADMIN",
            "",
        ]
    lines += _slack_steps(has_tokens=with_bot and not with_playground)
    return "\n".join([*lines, "", "Ctrl-C stops everything."])


def _slack_steps(*, has_tokens: bool) -> list[str]:
    if has_tokens:
        return ["The Slack bot is running: type /trade AAPL in Slack."]
    return [
        "To trade from Slack, in three steps:",
        "  1. .venv/bin/slackoms manifest --socket   prints a link that creates the Slack app; install it",
        "  2. put SLACK_BOT_TOKEN=xoxb-... and SLACK_APP_TOKEN=xapp-... into the file .env here",
        "  3. make run   again, and type /trade AAPL in Slack",
    ]
