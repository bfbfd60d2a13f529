"""The `slackoms` command."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.events import iso
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import create_key, create_workspace, find_workspace, list_keys, revoke_key
from graphql_api.oms.migrations import migrate as migrate_database
from graphql_api.oms.reconcile import Reconciliation
from graphql_api.oms.refusals import Refused
from graphql_api.oms.words import KeyRole
from graphql_api.settings import Settings

app = typer.Typer(
    help="SlackOMS: paper trading for a team, in Slack and over GraphQL. Start with: slackoms run",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")
slack = typer.Typer(help="See whether Slack takes what the bot shows.", no_args_is_help=True)
app.add_typer(slack, name="slack")

Workspace = Annotated[str, typer.Option(help="The team that the key belongs to.")]
KEEP_ALIVE_SECONDS = 75
"""Longer than any client or proxy keeps an idle connection: one that is closed while a request is on its way
fails the request, and nobody knows whether the trade was made."""


def main() -> None:
    """Run the command line. Mistakes are sentences and exit codes, not tracebacks."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "httpx2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        app()
    except Refused as refused:
        _fail(str(refused))
    except ValidationError as invalid:
        told = "; ".join(
            f"{'.'.join(map(str, error['loc'])).upper()}: {error['msg']}".lstrip(": ")
            for error in invalid.errors()
        )
        _fail(f"The settings cannot be used. {told}")
    except SQLAlchemyError as failed:
        _fail(f"The database cannot be used: {str(failed.__cause__ or failed).strip().splitlines()[0]}")


def _fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


@contextmanager
def _database(url: str | None = None) -> Iterator[Database]:
    database = Database(url or Settings().database_url, pool_size=1)
    try:
        yield database
    finally:
        database.close()


@app.command()
def run() -> None:
    """Start everything: database, API, worker, the bot, and without Slack's tokens a playground for it.

    The first time it makes the workspace main, an ADMIN key (shown this once) and a demo portfolio.
    """
    from graphql_api.running import run_everything  # noqa: PLC0415 - the other commands start faster
    from slack_client.cli import missing_settings  # noqa: PLC0415

    missing = missing_settings()
    sys.exit(
        run_everything(
            Settings(), has_tokens="SLACK_BOT_TOKEN" not in missing, makes_bot_key="OMS_API_KEY" in missing
        )
    )


@app.command()
def api(
    host: Annotated[str | None, typer.Option(help="The address to listen on (HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on (PORT).")] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes share the port.")] = 1,
) -> None:
    """Serve the GraphQL API until it is told to stop."""
    import uvicorn  # noqa: PLC0415

    from graphql_api.websocket import MAX_MESSAGE_BYTES, WebSocketProtocol  # noqa: PLC0415

    settings = Settings()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn stops on these and raises them again afterwards
    uvicorn.run(
        "graphql_api.app:create_app",
        factory=True,
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=workers,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=8,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
    )


@app.command()
def worker() -> None:
    """Match resting orders and prove the books until it is told to stop. Several may run."""
    from graphql_api.app import make_desk  # noqa: PLC0415 - the other commands start faster
    from graphql_api.worker import work  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    desk = make_desk(Settings())
    try:
        work(desk, stop)
    finally:
        desk.close()


@app.command()
def bot(
    port: Annotated[int | None, typer.Option(help="The port to listen on; PORT, else 3000.")] = None,
) -> None:
    """Run the Slack bot: over HTTP, or in Socket Mode where SLACK_APP_TOKEN is set."""
    from slack_client.cli import run_bot  # noqa: PLC0415

    run_bot(port)


@app.command()
def playground(
    port: Annotated[int, typer.Option(help="The port to listen on, of this machine only.")] = 3001,
    bot: Annotated[str, typer.Option(help="Where the bot is.")] = "http://127.0.0.1:3000",
) -> None:
    """Run a stand-in for Slack with a page to try the bot on; both read the same tokens."""
    from slack_client.cli import run_playground  # noqa: PLC0415

    run_playground(port, bot)


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="Where Slack reaches the bot, https://...")] = None,
    socket: Annotated[bool, typer.Option("--socket", help="Socket Mode: the bot needs no address.")] = False,
    oauth: Annotated[bool, typer.Option("--oauth", help="Any workspace can install it; with --url.")] = False,
) -> None:
    """Print the manifest of the Slack app, to paste at api.slack.com/apps."""
    from slack_client.cli import print_manifest  # noqa: PLC0415

    sys.exit(print_manifest(url, socket, oauth))


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date. Safe to run twice, and from two places at once."""
    settings = Settings()
    with _database(settings.database_direct_url or settings.database_url) as database:
        was_behind = migrate_database(database)
    print("The database is up to date now." if was_behind else "The database was up to date.")


@app.command()
def reconcile() -> None:
    """Fold every trade, transfer and event again and compare with the books. Exit 1 where they differ."""
    with _database() as database:
        reconciliation = Reconciliation(database)
        differences = list(reconciliation.differences())
    for difference in differences:
        print(difference)
    books = f"{reconciliation.portfolios} portfolio{'' if reconciliation.portfolios == 1 else 's'}"
    if differences:
        _fail(f"{len(differences)} differences in {books}.")
    print(f"The books of {books} are right to the last decimal.")


@app.command()
def schema(
    check: Annotated[Path | None, typer.Option(help="A file that must be what would be printed.")] = None,
) -> None:
    """Print the API's GraphQL schema."""
    from graphql_api.schema import schema as public  # noqa: PLC0415

    text = public.as_str() + "\n"
    if check is None:
        sys.stdout.write(text)
    elif check.read_text() != text:
        _fail(f"{check} is not what the API prints: run make schema and look at the difference.")
    else:
        print(f"{check} is what the API prints.")


@keys.command("create")
def create(
    name: Annotated[str, typer.Option(help="Orders given with the key are by key:NAME.")],
    role: Annotated[
        KeyRole,
        typer.Option(
            help="VIEWER reads, TRADER trades, ADMIN manages, SERVICE is a bot, INSTALLER makes workspaces."
        ),
    ],
    workspace: Workspace = "main",
    expires_at: Annotated[datetime | None, typer.Option(help="When it stops working, in UTC.")] = None,
) -> None:
    """Make a key, and the workspace if it is new. The key alone is printed, this once."""
    with _database() as database:
        actor = console(create_workspace(database, workspace), workspace)
        print(create_key(database, actor, name, role, expires_at and expires_at.replace(tzinfo=UTC)).secret)


@keys.command("list")
def list_(workspace: Workspace = "main") -> None:
    """List the keys of a workspace, without their secrets."""
    with _database() as database:
        actor = console(find_workspace(database, workspace), workspace)
        with database.snapshot() as session:
            rows = list_keys(session, actor)
    for row in rows:
        state = f"revoked {iso(row.revoked_at)}" if row.revoked_at else "live"
        print(f"{to_text(row.id)}  {row.prefix}...  {row.role:9}  {row.name}  {state}")


@keys.command()
def revoke(
    id: Annotated[str, typer.Argument(help="The id that list shows.")], workspace: Workspace = "main"
) -> None:
    """Revoke a key. It stops working on every process within a second."""
    with _database() as database:
        row = revoke_key(database, console(find_workspace(database, workspace), workspace), id)
    print(f"The key {row.name} ({row.prefix}...) is revoked.")


@slack.command("check")
def check_slack() -> None:
    """Let Slack check every message, form and Home that the bot can draw. Nothing is shown to anybody.

    All is drawn from made-up answers and sent to Slack's blocks.validate.

    SLACK_BOT_TOKEN, in the environment or in .env, is the token. It takes minutes where Slack asks to wait.

    Exit 0: Slack takes all. 1: it refuses some; each is printed with its place. 2: Slack cannot be asked.
    """
    from slack_client.cli import check_payloads  # noqa: PLC0415

    sys.exit(check_payloads())


if __name__ == "__main__":
    main()
