"""The worker: what happens without anybody asking.

Every second resting orders meet the quotes and the clock; every half a minute the books are proved. Several
workers may run: they share the work.
"""

import logging
import threading
import time
from collections.abc import Callable

from graphql_api.oms.desk import Desk
from graphql_api.oms.matching import match
from graphql_api.oms.reconcile import Reconciliation
from graphql_api.oms.resting import workspaces_with_orders

MATCH_EVERY_SECONDS = 1
RECONCILE_EVERY_SECONDS = 30

_log = logging.getLogger("graphql_api.worker")


def work(desk: Desk, stop: threading.Event) -> None:
    """Do what is due, again and again, until `stop` is set. What fails is logged and done again."""
    reconciliation = Reconciliation(desk.database)
    tasks = [
        _Task("matching", lambda: match_all(desk), MATCH_EVERY_SECONDS),
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
    """Let the orders of every workspace meet the market. What fails in one does not stop the others."""
    with desk.database.snapshot() as session:
        workspaces = workspaces_with_orders(session.connection())
    for workspace_id in workspaces:
        try:
            match(desk, workspace_id, waits=False)
        except Exception:  # noqa: BLE001 - the next round tries again
            _log.exception("the orders of workspace %s could not be matched", workspace_id)


def _prove(reconciliation: Reconciliation) -> None:
    for difference in reconciliation.differences():
        _log.error("the books differ: %s", difference)
