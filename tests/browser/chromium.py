"""Which Chromium is driven, and how it is started."""

import shutil

from playwright.async_api import Playwright

FLAGS = (
    "--no-sandbox",  # Chromium's sandbox refuses root, which a container often is
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium(playwright: Playwright) -> str | None:
    """The path of an installed one, else of Playwright's own; None where there is neither."""
    return next(filter(None, map(shutil.which, (*_NAMES, playwright.chromium.executable_path))), None)
