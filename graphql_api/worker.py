"""The worker: what happens without anybody asking.

Every second resting orders meet the quotes and the clock; every ten seconds the sessions that have closed
are looked for, to keep what portfolios were worth; every half a minute the books are proved. Several workers
may run: they share the work.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from graphql_api.oms.desk import Desk
from graphql_api.oms.equity import record_closes, workspaces_with_portfolios
from graphql_api.oms.matching import match
from graphql_api.oms.reconcile import Reconciliation
from graphql_api.oms.resting import workspaces_with_orders
from graphql_api.oms.views import view_now

MATCH_EVERY_SECONDS = 1
CLOSES_EVERY_SECONDS = 10
RECONCILE_EVERY_SECONDS = 30

_log = logging.getLogger("graphql_api.worker")


def work(desk: Desk, stop: threading.Event) -> None:
    """Do what is due, again and again, until `stop` is set. What fails is logged and done again."""
    reconciliation = Reconciliation(desk.database)
    tasks = [
        _Task("matching", lambda: match_all(desk), MATCH_EVERY_SECONDS),
        _Task("recording the closes", lambda: record_all_closes(desk), CLOSES_EVERY_SECONDS),
        _Task("reconciling", lambda: _prove(reconciliation), RECONCILE_EVERY_SECONDS),
    ]
    while True:
        for task in tasks:
            task.run_if_due()
        if stop.wait(max(0, min(task.due_at for task in tasks) - time.monotonic())):
            return


class _Task:
    """Something that is done every so many seconds, from its start; a start that was missed is left out."""

    def __init__(self, name: str, do: Callable[[], None], every_seconds: float) -> None:
        self.due_at = 0.0
        self._name, self._do, self._every_seconds = name, do, every_seconds

    def run_if_due(self) -> None:
        """Do it, if its time has come."""
        began_at = time.monotonic()
        if began_at < self.due_at:
            return
        try:
            self._do()
        except Exception:  # noqa: BLE001 - the database may be back the next time
            _log.exception("%s failed; trying again in %s seconds", self._name, self._every_seconds)
        self.due_at = max(began_at + self._every_seconds, time.monotonic())


def match_all(desk: Desk) -> None:
    """Let the orders of every workspace meet the market."""
    with desk.database.snapshot() as session:
        workspaces = workspaces_with_orders(session.connection())
    for workspace_id in workspaces:
        with _alone("matching the orders", workspace_id):
            match(desk, workspace_id, waits=False)


def record_all_closes(desk: Desk) -> None:
    """Keep what the portfolios of every workspace were worth at the closes that have passed."""
    with desk.database.snapshot() as session:
        connection = session.connection()
        clocks = {id: view_now(desk, connection, id).now for id in workspaces_with_portfolios(connection)}
    for workspace_id, now in clocks.items():
        with _alone("recording the closes", workspace_id):
            record_closes(desk, workspace_id, now)


@contextmanager
def _alone(doing: str, workspace_id: UUID) -> Iterator[None]:
    """What fails in one workspace does not stop the others; the next round tries again."""
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever it is
        _log.exception("%s of workspace %s failed", doing, workspace_id)


def _prove(reconciliation: Reconciliation) -> None:
    for difference in reconciliation.differences():
        _log.error("the books differ: %s", difference)
