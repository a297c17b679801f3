"""Lists of pairs that wait for a person, whatever they are pairs of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from domain.actors import Actor
from domain.linking import OPEN_REVIEWS, ReviewState
from graph.columns import integer
from graph.ports import ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import listed, scope_paths, view_of

RowT = TypeVar("RowT")


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
    rows, count
        Statements of a page and of its length; both take what ``sees`` gives and ``states``.
    row
        Reads one record.
    """

    name: str
    rows: Statement
    count: Statement
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
            after_day=date.fromisoformat(after_day) if after_day else date.min,
            after_id=after_id,
            limit=size + 1,
            **seen,
        )
        total = integer((await tx.run(self.count, **seen))[0], "total") if with_total else None
        return page(self.name, records, size, total, row=self.row, sort_column="due_on")
