"""How far a check is: one line that counts on a terminal, elsewhere a line now and then."""

from dataclasses import dataclass
from typing import TextIO

_STEP = 25
_ERASE = "\r\x1b[K"


@dataclass
class CheckProgress:
    """What is said of a check of so many payloads while it runs."""

    total: int
    screen: TextIO
    done: int = 0

    def advance(self) -> None:
        """One more is checked."""
        self.done += 1
        if self.screen.isatty() or self.done % _STEP == 0:
            self._say(f"{self.done} of {self.total} payloads checked")

    def wait(self, seconds: int) -> None:
        """Slack wants to be left alone for so long."""
        self._say(f"{self.done} of {self.total} payloads checked; Slack asks to wait {seconds} s")

    def clear(self) -> None:
        """Make room for other words on a terminal."""
        if self.screen.isatty():
            print(_ERASE, end="", file=self.screen, flush=True)

    def _say(self, text: str) -> None:
        if self.screen.isatty():
            print(f"{_ERASE}{text}", end="", file=self.screen, flush=True)
        else:
            print(text, file=self.screen, flush=True)
