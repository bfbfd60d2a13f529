"""A real Chromium that sees the API, the playground and, in unpkg.com's place, npm's files. Nothing else."""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from graphql_api import explorer
from tests.browser import Api
from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.town import Town, open_town
from tests.conftest import Workspace

CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "slackoms-tests" / "unpkg.com"
UNPKG = "https://unpkg.com/"


@pytest.fixture(scope="session")
def cdn() -> Path:
    """The files that the page asks unpkg.com for, out of npm's packages, fetched once a machine.

    Nothing is compared here: the page names each file's hash, and the browser holds npm's files to it.
    """
    for url in explorer.cdn_files():
        file = CACHE / url.removeprefix(UNPKG)
        if not file.exists():
            found = re.fullmatch(r"((?:@[^/]+/)?[^/]+)/(.+)", url.removeprefix(UNPKG))
            assert found is not None
            content = _file_of_npm(package=found[1], path=found[2])
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f"{file.name}.{os.getpid()}")
            part.write_bytes(content)
            part.replace(file)  # at once: another run may be reading
    return CACHE


def _file_of_npm(package: str, path: str) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: it brings GraphiQL's scripts (apt-get install npm)")
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            [npm, "pack", package, "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if packed.returncode != 0:
            pytest.skip(f"npm could not fetch {package}: {packed.stderr.strip()[-300:]}")
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            member = tar.extractfile(f"package/{path}")
            assert member is not None
            return member.read()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = find_chromium(playwright)
        if chromium is None:
            pytest.skip("no Chromium is installed (apt-get install chromium, or playwright install chromium)")
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser, cdn: Path, api: Api) -> AsyncIterator[Page]:
    """A page of a new visitor. Afterwards: no script has failed, and nobody else was asked for anything."""
    troubles: list[str] = []

    async def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        if route.request.url.startswith(api.url):
            await route.continue_()
        elif url.hostname == "unpkg.com":
            await route.fulfill(path=cdn / url.path.lstrip("/"), headers={"Access-Control-Allow-Origin": "*"})
        else:
            troubles.append(f"asked {route.request.url}")
            await route.abort()

    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    await context.route("**/*", answer)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: troubles.append(f"failed with {error}"))
    page.on(
        "console",
        lambda message: troubles.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    await context.close()
    assert troubles == []


@pytest.fixture
async def town(browser: Browser, api: Api, workspace: Workspace, tmp_path: Path) -> AsyncIterator[Town]:
    """The playground with the real bot behind it, and traders at their browsers."""
    async with open_town(browser, workspace, f"sqlite:///{tmp_path / 'bot.db'}") as town:
        yield town
