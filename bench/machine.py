"""Where something was measured: a figure means nothing without it."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from bench.server import ask


def describe(url: str, what: str) -> list[str]:
    """Two lines on what is measured, when, and on which machine."""
    postgres = ask(url, "SELECT split_part(version(), ' ', 2)")
    durable = ask(url, "SHOW synchronous_commit")
    return [
        f"SlackOMS bench, {what}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, "
        f"load average {os.getloadavg()[0]:.1f}",
        f"{os.cpu_count()} cores {_processor()}; Python {platform.python_version()}, PostgreSQL {postgres} "
        f"(synchronous_commit {durable})",
    ]


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
