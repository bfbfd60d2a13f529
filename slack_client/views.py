"""Views drawn anew while their user goes on using them.

A view that changed since it was read is left alone: Slack compares its hash. Several changes of one view
in this process come one after the other, and only the newest draws, on what the one before has drawn.
"""

import asyncio
import logging
from dataclasses import dataclass, field

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from slack_client.blocks import Json

_CLOSED_OR_CHANGED = frozenset({"hash_conflict", "not_found", "view_not_found"})
_log = logging.getLogger(__name__)


async def update_view(
    slack: AsyncWebClient, view_id: str, view: Json, view_hash: str | None = None
) -> Json | None:
    """Redraw a view and return it as Slack has it now; None where the trader has closed it or it has changed
    since `view_hash`.

    Raises nothing: what stood there before can still be used, and what matters is said in a message too.
    """
    try:
        updated = await slack.views_update(view_id=view_id, view=view, hash=view_hash)
    except SlackApiError as error:
        if error.response.get("error") not in _CLOSED_OR_CHANGED:
            _log.error("views.update: %s", error.response.data)
        return None
    except (TimeoutError, aiohttp.ClientError) as error:
        _log.warning("views.update: %r", error)
        return None
    drawn: Json = updated["view"]
    return drawn


@dataclass
class _Live:
    """A view that is being drawn: its newest change, and its hash as this process has drawn it last."""

    newest: "ViewChange"
    view_hash: str | None = None
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, eq=False)
class ViewChange:
    """One change of a view, made by its user or by its opening."""

    view_id: str


class LiveViews:
    """The views that are being drawn in this process."""

    def __init__(self, slack: AsyncWebClient) -> None:
        self._slack = slack
        self._live: dict[str, _Live] = {}

    def begin(self, view_id: str) -> ViewChange:
        """Make a change the newest of its view."""
        change = ViewChange(view_id)
        live = self._live.setdefault(view_id, _Live(change))
        live.newest = change
        return change

    def is_newest(self, change: ViewChange) -> bool:
        """Whether no other change of the view came after this one."""
        live = self._live.get(change.view_id)
        return live is not None and live.newest is change

    async def draw(self, change: ViewChange, view: Json, view_hash: str, *, insists: bool = False) -> bool:
        """Draw the view as the change left it, unless a newer change came. `view_hash` is the view's when the
        change was made. One that `insists` draws over what another process has drawn since.
        """
        live = self._live.get(change.view_id)
        if live is None:
            return False
        async with live.drawing:
            if live.newest is not change:
                return False
            drawn = await update_view(self._slack, change.view_id, view, live.view_hash or view_hash)
            if drawn is None and insists:
                drawn = await update_view(self._slack, change.view_id, view)
            if drawn is not None:
                live.view_hash = drawn["hash"]
            return drawn is not None

    def end(self, change: ViewChange) -> None:
        """Forget a view when its newest change is done."""
        if self.is_newest(change):
            del self._live[change.view_id]
