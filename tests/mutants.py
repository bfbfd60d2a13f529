"""`make mutants`: how many changes of the core its tests have noticed. Exit 1 under 90 %."""

import json
import sys
from pathlib import Path

NOTICED_PERCENT = 90


def main() -> int:
    """Print one line, and return the exit code."""
    figures = json.loads((Path("mutants") / "mutmut-cicd-stats.json").read_text())
    noticed = figures["killed"] + figures["timeout"]
    percent = 100 * noticed / figures["total"]
    print(
        f"{noticed} of {figures['total']} mutants were noticed: {percent:.1f} %, at least {NOTICED_PERCENT} %"
    )
    return 0 if percent >= NOTICED_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
