"""The audit trail: every change is an event, chained by its hash to the one before.

A chain belongs to a portfolio, or to the workspace for what has none, such as keys. It is written in
the transaction of the change, under the lock of the row that holds its head: sequences have no gaps.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlmodel import Session

from graphql_api.oms.actor import Actor
from graphql_api.oms.ids import to_text
from graphql_api.oms.tables import EventRow, PortfolioRow, WorkspaceRow

FIRST_HASH = "0" * 64
"""What the first event of a chain is chained to."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends now: the sequence and hash of its last event."""

    chain_id: UUID
    workspace_id: UUID
    portfolio_id: UUID | None
    sequence: int
    hash: str

    @staticmethod
    def of_portfolio(portfolio: PortfolioRow) -> "Head":
        """The head of a portfolio's chain; the portfolio's row must be locked."""
        return Head(
            portfolio.id,
            portfolio.workspace_id,
            portfolio.id,
            portfolio.event_sequence,
            portfolio.event_hash,
        )

    @staticmethod
    def of_workspace(workspace: WorkspaceRow) -> "Head":
        """The head of a workspace's own chain; the workspace's row must be locked."""
        return Head(workspace.id, workspace.id, None, workspace.event_sequence, workspace.event_hash)


class NewEvent(TypedDict):
    """The values of an event's row, but for the number that its transaction gets from the database."""

    chain_id: UUID
    sequence: int
    workspace_id: UUID
    portfolio_id: UUID | None
    order_id: UUID | None
    trade_id: UUID | None
    type: str
    at: datetime
    trader: str
    data: str
    previous_hash: str
    hash: str


def next_event(
    head: Head,
    actor: Actor,
    kind: str,
    at: datetime,
    data: Mapping[str, Any],
    order_id: UUID | None = None,
    trade_id: UUID | None = None,
) -> NewEvent:
    """The event that follows `head`. `kind` is `subject:past participle`; `at` is the database's time.

    `data` says what changed, in values that JSON has; the key and the request are added to it.
    """
    sequence = head.sequence + 1
    content = _canonical({**data, "key": to_text(actor.key_id), "request": actor.request_id})
    return NewEvent(
        chain_id=head.chain_id,
        sequence=sequence,
        workspace_id=head.workspace_id,
        portfolio_id=head.portfolio_id,
        order_id=order_id,
        trade_id=trade_id,
        type=kind,
        at=at,
        trader=actor.trader,
        data=content,
        previous_hash=head.hash,
        hash=chain_hash(head.hash, event_id(head.chain_id, sequence), kind, at, actor.trader, content),
    )


def record(
    session: Session,
    owner: PortfolioRow | WorkspaceRow,
    actor: Actor,
    kind: str,
    at: datetime,
    data: Mapping[str, Any],
) -> int:
    """Write the next event of a locked portfolio or workspace and move its head. Returns its sequence."""
    head = Head.of_portfolio(owner) if isinstance(owner, PortfolioRow) else Head.of_workspace(owner)
    event = next_event(head, actor, kind, at, data)
    session.add(EventRow(**event))
    owner.event_sequence, owner.event_hash = event["sequence"], event["hash"]
    return event["sequence"]


def event_id(chain_id: UUID, sequence: int) -> str:
    """An event's id in the public API: its chain and its place there."""
    return f"{to_text(chain_id)}_{sequence}"


def chain_hash(previous_hash: str, id: str, kind: str, at: datetime, trader: str, data: str) -> str:
    """SHA-256, in hex, of the JSON array [previousHash, id, type, at, trader, data].

    The JSON has sorted keys, no white space and ASCII only, so that anyone can compute it again
    from what the public API shows of an event; `data` is that JSON already, as the event keeps it.
    """
    content = f"{_canonical([previous_hash, id, kind, iso(at), trader])[:-1]},{data}]"
    return hashlib.sha256(content.encode()).hexdigest()


def iso(at: datetime) -> str:
    """A time as the public API writes it: ISO 8601 in UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _canonical(value: Mapping[str, Any] | list[Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
