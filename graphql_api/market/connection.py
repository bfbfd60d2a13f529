"""The wire to a source: one HTTP client for all threads, and an end to every request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import httpx2

MOST_BYTES = 4 * 2**20
"""A hundred snapshots are about 100 kB; what is longer than this is none."""


class UnansweredError(Exception):
    """A request without a whole answer: the source "did not answer in time". Never an address or a header."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with their names in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Sends GET requests to one base URL with the same headers. Safe to use from several threads at once.

    Raises ValueError where `url` is no http or https address. Redirects are not followed: a header with a
    secret goes to no other host.
    """

    def __init__(self, url: str, headers: Mapping[str, str], most_at_once: int) -> None:
        self._client = httpx2.Client(
            base_url=_check_url(url),
            headers={"Accept": "application/json", **headers},
            limits=httpx2.Limits(max_connections=most_at_once),
        )

    def get(self, path: str, parameters: Mapping[str, str], seconds: float) -> Answer:
        """The answer, of whatever status. Raises UnansweredError where it is not whole after `seconds`.

        A name server that does not answer may hold it up for longer.
        """
        if seconds <= 0:
            raise UnansweredError("did not answer in time")
        gives_up_at = monotonic() + seconds
        body = bytearray()
        try:
            with self._client.stream("GET", path, params=parameters, timeout=seconds) as response:
                for part in response.iter_bytes():
                    body += part
                    if monotonic() > gives_up_at:
                        raise UnansweredError("did not answer in time")
                    if len(body) > MOST_BYTES:
                        raise UnansweredError("answered more than was asked for")
        except httpx2.TimeoutException:
            raise UnansweredError("did not answer in time") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UnansweredError(f"could not be asked ({type(error).__name__})") from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, bytes(body))

    def close(self) -> None:
        """Give the sockets back."""
        self._client.close()


def check_key(setting: str, value: str) -> str:
    """The key that was set, without the space around it that copying leaves.

    Raises ValueError, which names the setting and never the value, where no key can be so.
    """
    key = value.strip()
    if not re.fullmatch(r"[!-~]+", key):
        raise ValueError(f"{setting} is empty or has characters that no key has")
    return key


def _check_url(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url.strip())
    except httpx2.InvalidURL:
        parsed = httpx2.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("the address of a source of quotes starts with http:// or https:// and names a host")
    return parsed
