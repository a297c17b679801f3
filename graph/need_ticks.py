"""Clocks of needs as the job that keeps deadlines reads and sets them."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from domain.actors import Actor
from domain.needs import OVER, NeedState, Urgency
from domain.time import Window
from graph.columns import integer, moment, moment_or_none, text, text_or_none, texts
from graph.need_clocks import armed
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import IN_SCOPE, scope_paths

UNARMED = Statement(
    "MATCH (n:Need) WHERE "
    + IN_SCOPE
    + " AND n.state_since IS NULL AND NOT n.state IN $over AND n.id > $after_id"
    " RETURN n.id AS id ORDER BY id LIMIT $limit",
    Access.READ,
)
# The write comes before the read: on a read-committed engine what is returned holds until the unit ends.
TAKE_UNARMED = Statement(
    """
    UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) SET n.clock_step = coalesce(n.clock_step, 0)
    RETURN n.id AS id, n.state AS state, n.urgency AS urgency, n.region_path AS region_path,
      n.recorded_at AS recorded_at, n.window_starts AS window_starts, n.window_ends AS window_ends,
      n.state_since AS state_since, n.verified_by AS verified_by
    """,
    Access.WRITE,
)
DUE = Statement(
    "MATCH (n:Need) WHERE "
    + IN_SCOPE
    + """ AND n.tick_at <= $now AND (n.tick_at > $after_at OR (n.tick_at = $after_at AND n.id > $after_id))
    RETURN n.id AS id, n.tick_at AS tick_at, coalesce(n.clock_step, 0) AS clock_step
    ORDER BY tick_at, id LIMIT $limit
    """,
    Access.READ,
)
# Telling people is no change of the need: its version stays, and a round that saw it may still be published.
ADVANCE = Statement(
    "MATCH (n:Need {id: $id}) SET n.clock_step = $clock_step, n.tick_at = $tick_at", Access.WRITE
)
TAKE = Statement(
    "MATCH (n:Need {id: $id}) SET n.clock_step = coalesce(n.clock_step, 0)"
    " RETURN n.tick_at AS tick_at, n.clock_step AS clock_step",
    Access.WRITE,
)
PARENT = Statement("MATCH (s:Station {id: $id}) RETURN s.parent_id AS parent_id", Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNeed:
    """A need whose clock strikes."""

    id: str
    tick_at: datetime
    clock_step: int


async def arm_page(tx: WriteTransaction, actor: Actor, *, after_id: str, limit: int) -> tuple[int, str]:
    """
    Start the clocks of a page of needs that came in without one, as from files, when they were recorded.

    That moment is also taken for their verification, where somebody verified them: files do not say when.

    Gives how many were started and the last id of the page, empty after the last page.
    """
    over = sorted(state.value for state in OVER)
    asked = {"scope_paths": scope_paths(actor), "over": over, "after_id": after_id, "limit": limit}
    ids = [text(record, "id") for record in await tx.run(UNARMED, **asked)]
    if not ids:
        return 0, ""
    rows: list[dict[str, object]] = []
    for record in await tx.run(TAKE_UNARMED, ids=ids):
        if moment_or_none(record, "state_since") is not None:
            continue
        since = moment(record, "recorded_at")
        windows = [
            Window(start=datetime.fromisoformat(a), end=datetime.fromisoformat(b))
            for a, b in zip(texts(record, "window_starts"), texts(record, "window_ends"), strict=True)
        ]
        deadline = armed(
            NeedState(text(record, "state")),
            Urgency(text(record, "urgency")),
            text(record, "region_path"),
            since=since,
            windows=windows,
        )
        rows.append(
            {
                "id": text(record, "id"),
                "state_since": since,
                "due_at": deadline.due_at,
                "tick_at": deadline.tick_at,
                "verified_at": since if text_or_none(record, "verified_by") else None,
            }
        )
    if rows:
        moment_type = pl.Datetime("us", "UTC")
        schema = {"id": pl.String, "state_since": moment_type, "due_at": moment_type, "tick_at": moment_type}
        schema["verified_at"] = moment_type
        await tx.load_nodes(NODE_TYPE_BY_LABEL["Need"], pl.DataFrame(rows, schema=schema))
    return len(rows), ids[-1] if len(ids) == limit else ""


async def due_needs(
    tx: ReadTransaction, actor: Actor, *, now: datetime, after: tuple[datetime, str], limit: int
) -> list[DueNeed]:
    """Give a page of needs whose clocks strike, the earliest first."""
    records = await tx.run(
        DUE, scope_paths=scope_paths(actor), now=now, after_at=after[0], after_id=after[1], limit=limit
    )
    return [
        DueNeed(
            id=text(record, "id"), tick_at=moment(record, "tick_at"), clock_step=integer(record, "clock_step")
        )
        for record in records
    ]


async def take_due(tx: WriteTransaction, due: DueNeed) -> bool:
    """Take a need whose clock strikes; False if it struck already or the need has moved on."""
    found = await tx.run(TAKE, id=due.id)
    return bool(found) and (moment_or_none(found[0], "tick_at"), integer(found[0], "clock_step")) == (
        due.tick_at,
        due.clock_step,
    )


async def advance(tx: WriteTransaction, need_id: str, *, clock_step: int, tick_at: datetime | None) -> None:
    """Set a taken need's clock to its next step, or stop it."""
    await tx.run(ADVANCE, id=need_id, clock_step=clock_step, tick_at=tick_at)


async def parent_station(tx: ReadTransaction, station_id: str) -> str | None:
    """Give the station above one, or None."""
    found = await tx.run(PARENT, id=station_id)
    return text_or_none(found[0], "parent_id") if found else None
