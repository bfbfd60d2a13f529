# ruff: noqa: T201  a command line prints
"""`python -m slack_client run | check`, for those who have the bot without `slackoms`."""

import sys

from slack_client import cli


def main(arguments: list[str]) -> int:
    """Do one of the two; anything else is answered with the usage."""
    match arguments:
        case ["run"]:
            cli.run_bot(None)
            return 0
        case ["check"]:
            return cli.check_contract()
        case _:
            print("usage: python -m slack_client run | check", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
