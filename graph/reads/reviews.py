"""Lists of pairs that wait for a person, whatever they are pairs of."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, LiteralString, TypeVar

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.linking import OPEN_REVIEWS, ReviewState
from graph.columns import day, integer, moment, moment_or_none, text, text_or_none
from graph.ports import ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, day_of, page, page_size, start_of
from graph.scope import listed, scope_paths, view_of

COLUMNS: LiteralString = """
RETURN n.id AS id, n.reason AS reason, n.state AS state, n.evidence AS evidence, n.opened_at AS opened_at,
  n.due_on AS due_on, n.note AS note, n.decided_by AS decided_by, n.decided_at AS decided_at, n.version AS version,
"""
NEXT_PAGE: LiteralString = (
    " AND (n.due_on > $after_day OR (n.due_on = $after_day AND n.id > $after_id))"
    " WITH n ORDER BY n.due_on, n.id LIMIT $limit "
)
IN_ORDER: LiteralString = "ORDER BY due_on, id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What every pair that waits shows; ``evidence`` says for each field how the two compare, never what they hold."""

    id: str
    state: ReviewState
    evidence: dict[str, str]
    opened_at: datetime
    due_on: date
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int


def shared_fields(record: Record) -> dict[str, Any]:
    """Read the fields of ``Review`` from a record that has ``COLUMNS``."""
    return {
        "id": text(record, "id"),
        "state": ReviewState(text(record, "state")),
        "evidence": json.loads(text_or_none(record, "evidence") or "{}"),
        "opened_at": moment(record, "opened_at"),
        "due_on": day(record, "due_on"),
        "note": text_or_none(record, "note"),
        "decided_by": text_or_none(record, "decided_by"),
        "decided_at": moment_or_none(record, "decided_at"),
        "version": integer(record, "version"),
    }


RowT = TypeVar("RowT", bound=Review)


def sees(actor: Actor) -> dict[str, bool | list[str]]:
    """Give the parameters by which a statement shows reviews: desk and office see any of their divisions."""
    view = view_of(actor)
    return {"sees_any": view.desk or view.office, "scope_paths": scope_paths(actor)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewList(Generic[RowT]):
    """
    One kind of reviews, the earliest due first.

    Parameters
    ----------
    name
        Of the list, which its cursors carry.
    kind
        Of its rows, where none is found.
    rows, count
        Statements of a page and of its length; both take what ``sees`` gives and ``states``.
    by_key
        Statement of the rows of some ``ids``.
    row
        Reads one record.
    """

    name: str
    kind: str
    rows: Statement
    count: Statement
    by_key: Statement
    row: Callable[[Record], RowT]

    async def page(
        self,
        tx: ReadTransaction,
        actor: Actor,
        *,
        first: int,
        after: KeysetPosition | None,
        with_total: bool,
        states: Sequence[ReviewState],
    ) -> Page[RowT]:
        """Give a page; without ``states`` of those that wait."""
        size = page_size(first)
        after_day, after_id = start_of(self.name, after)
        seen = {**sees(actor), "states": listed([state.value for state in states or sorted(OPEN_REVIEWS)])}
        records = await tx.run(
            self.rows,
            after_day=day_of(after_day),
            after_id=after_id,
            limit=size + 1,
            **seen,
        )
        total = integer((await tx.run(self.count, **seen))[0], "total") if with_total else None
        return page(self.name, records, size, total, row=self.row, sort_column="due_on")

    async def by_ids(self, tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, RowT]:
        """Give rows by id, those that the actor may see."""
        records = await tx.run(self.by_key, ids=listed(list(ids)), **sees(actor))
        return {row.id: row for row in map(self.row, records)}

    async def by_id(self, tx: ReadTransaction, actor: Actor, key: str) -> RowT:
        """
        Give one row.

        Raises
        ------
        NotFoundError
            None that the actor may see.
        """
        found = await self.by_ids(tx, actor, [key])
        if key not in found:
            raise NotFoundError("no such review", kind=self.kind, id=key)
        return found[key]
