"""The worker: what happens without anybody asking. It proves the books again and again."""

import logging
import threading

from graphql_api.oms.db import Database
from graphql_api.oms.reconcile import Reconciliation

EVERY_SECONDS = 30

_log = logging.getLogger("graphql_api.worker")


def work(database: Database, stop: threading.Event, every_seconds: float = EVERY_SECONDS) -> None:
    """Reconcile what has changed, every so often, until `stop` is set. Differences are logged as errors."""
    reconciliation = Reconciliation(database)
    while True:
        try:
            for difference in reconciliation.differences():
                _log.error("the books differ: %s", difference)
        except Exception:  # noqa: BLE001 - the database may be back the next time
            _log.exception("the books could not be reconciled; trying again in %s seconds", every_seconds)
        if stop.wait(every_seconds):
            return
