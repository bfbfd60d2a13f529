"""When a source is left alone: after failures in a row, or for as long as it has asked for itself."""

import logging
from collections.abc import Callable
from threading import Lock

FAILURES_IN_A_ROW = 5
REST_SECONDS = 10.0

_log = logging.getLogger(__name__)


class Circuit:
    """Says whether a source may be asked. Safe to ask from several threads at once.

    It opens after `FAILURES_IN_A_ROW`, or at once by `rest`. When the rest is over one request may try:
    its success closes the circuit, its failure opens it again. `timer` gives seconds that never go back.
    """

    def __init__(self, source: str, timer: Callable[[], float]) -> None:
        self._source = source
        self._timer = timer
        self._lock = Lock()
        self._failures = 0
        self._rests_until = timer()
        self._is_tried = False
        self._reason: str | None = None

    def admits(self) -> bool:
        """Whether a request may be sent now. Who sends one says how it went: `succeed`, `fail` or `rest`."""
        with self._lock:
            if self._timer() < self._rests_until or self._is_tried:
                return False
            self._is_tried = self._reason is not None
            return True

    def succeed(self) -> None:
        """The source has answered."""
        with self._lock:
            self._failures = 0
            self._is_tried = False
            if self._reason is None or self._timer() < self._rests_until:
                return
            self._reason = None
        _log.info("%s gives quotes again", self._source)

    def fail(self, reason: str) -> None:
        """The source `reason`, such as "did not answer in time"."""
        with self._lock:
            self._failures += 1
            is_trial, self._is_tried = self._is_tried, False
            opens = is_trial or self._failures >= FAILURES_IN_A_ROW
        if opens:
            self.rest(REST_SECONDS, reason)

    def rest(self, seconds: float, reason: str) -> None:
        """Leave the source alone for so long: it `reason`, such as "refuses the API key"."""
        with self._lock:
            self._rests_until = max(self._rests_until, self._timer() + seconds)
            self._is_tried = False
            is_news, self._reason = self._reason != reason, reason
        if is_news:
            _log.warning("no quotes: %s %s; next request in %.0f s", self._source, reason, seconds)

    def trouble(self) -> str | None:
        """Why the source is left alone now, in a sentence; None as soon as a request may try again."""
        with self._lock:
            if self._reason is None or self._timer() >= self._rests_until:
                return None
            return f"{self._source} {self._reason}."
