"""The page that a browser sees at /graphql: GraphiQL, with the key's header ready and examples that run."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources


@cache
def page() -> str:
    return resources.files("graphql_api").joinpath("explorer.html").read_text(encoding="utf-8")


def cdn_files() -> list[str]:
    """What the page loads from elsewhere; it names each file's hash too, and browsers check it."""
    return sorted(set(re.findall(r'"(https://unpkg\.com/[^"]+)"', page())))


@cache
def content_security_policy() -> str:
    """Lets the page run its own script and the pinned ones, and talk to this API alone."""
    own_script = re.findall(r"<script>(.*?)</script>", page(), re.DOTALL)
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in own_script
    )
    cdn = " ".join(cdn_files())
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {hashes} {cdn}",
            f"style-src 'unsafe-inline' {cdn}",
            "font-src data:",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
