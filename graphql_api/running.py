"""`slackoms run`: the whole system on one machine, its first workspace, and what to do next."""

import os
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
BOT_PORT = 3000
_READY_WITHIN_SECONDS = 20
_STOPPED_WITHIN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _FirstRun:
    """Secrets made at this start: the ADMIN key the first time, and the bot's."""

    admin_key: str | None
    bot_key: str | None


def run_everything(settings: Settings, *, with_bot: bool, makes_bot_key: bool) -> int:
    """Run until Ctrl-C or a process ends by itself. Returns the exit code.

    `makes_bot_key` where nobody has given the bot a key of the API.
    """
    taken = _taken_port(settings, with_bot=with_bot)
    if taken is not None:
        print(taken, file=sys.stderr)
        return 1
    first = _prepare(settings, makes_bot_key=with_bot and makes_bot_key)
    environment = {**os.environ, "OMS_URL": _address(settings)}
    if first.bot_key is not None:
        environment["OMS_API_KEY"] = first.bot_key
    commands = {"API": ["api"], "worker": ["worker"]}
    addresses = {"API": f"{_address(settings)}/readyz"}
    if with_bot:
        commands["Slack bot"] = ["bot", "--port", str(BOT_PORT)]
        addresses["Slack bot"] = f"http://127.0.0.1:{BOT_PORT}/healthz"
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    processes = {name: _start(command, environment) for name, command in commands.items()}
    try:
        healthy = [_answers(address, processes[name]) for name, address in addresses.items()]
        if all(healthy):
            print(_welcome(settings, first, with_bot=with_bot), flush=True)
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


def _taken_port(settings: Settings, *, with_bot: bool) -> str | None:
    """What to do about a port that somebody else uses, None where all are free."""
    if not _is_free(settings.host, settings.port):
        return f"Port {settings.port} is in use. Stop what uses it, or choose another: PORT=8001 make run"
    if with_bot and not _is_free("127.0.0.1", BOT_PORT):
        return f"Port {BOT_PORT} is in use, and the Slack bot needs it. Stop what uses it."
    return None


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


def _welcome(settings: Settings, first: _FirstRun, *, with_bot: bool) -> str:
    """What to do next."""
    address, key = _address(settings), first.admin_key
    fragment = f"#key={key}" if key else ""
    lines = ["", "SlackOMS is running. Paper trading, no real money; prices are simulated.", ""]
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
    lines += _slack_steps(with_bot=with_bot)
    return "\n".join([*lines, "", "Ctrl-C stops everything."])


def _slack_steps(*, with_bot: bool) -> list[str]:
    if with_bot:
        return ["The Slack bot is running: type /trade AAPL in Slack."]
    return [
        "To trade from Slack, in three steps:",
        "  1. .venv/bin/slackoms manifest --socket   prints a link that creates the Slack app; install it",
        "  2. put SLACK_BOT_TOKEN=xoxb-... and SLACK_APP_TOKEN=xapp-... into the file .env here",
        "  3. make run   again, and type /trade AAPL in Slack",
    ]
