"""What is being done, for whoever waits for the bench."""

import sys


def say(what: str) -> None:
    """Name what is measured now, on stderr."""
    print(f"measuring {what} ...", file=sys.stderr, flush=True)
