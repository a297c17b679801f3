"""
What charities hold, listed by id: who sees it, and how a page of it is read.

An officer of a federation sees what the organisations of their scope hold; the desk and auditors see what lies in
their regions; volunteers see none of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, LiteralString, TypeVar

from domain.actors import Actor
from graph.columns import integer, text
from graph.ports import ReadTransaction, Record, Statement, Value
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_organisations, scope_paths, view_of

RowT = TypeVar("RowT")

HELD: LiteralString = (
    "(($by_region AND " + IN_SCOPE + ") OR ($by_organisation AND n.organisation_id IN $scope_organisations))"
)
"""Of a node ``n`` that names its organisation."""

OF_HELD_FUND: LiteralString = (
    " MATCH (f:Fund {id: n.fund_id}) WHERE (($by_region AND "
    + IN_SCOPE
    + ") OR ($by_organisation AND f.organisation_id IN $scope_organisations))"
)
"""Of a node ``n`` that names its fund."""

IN_ORDER: LiteralString = " AND n.id > $after_id"
FIRST_ONES: LiteralString = " ORDER BY id LIMIT $limit"
TOTAL: LiteralString = " RETURN count(*) AS total"


def held_by(actor: Actor) -> dict[str, list[str] | bool]:
    """Give the parameters of ``HELD`` and ``OF_HELD_FUND``."""
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "scope_organisations": scope_organisations(actor),
        "by_region": view.desk or view.office,
        "by_organisation": view.desk or view.office or view.federation,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldList(Generic[RowT]):
    """One list: its name, its statements, and what a record of it is read as."""

    name: str
    page: Statement
    count: Statement
    by_ids: Statement
    row: Callable[[Record], RowT]

    async def read(
        self,
        tx: ReadTransaction,
        actor: Actor,
        narrowed: dict[str, Value],
        *,
        first: int,
        after: KeysetPosition | None,
        with_total: bool,
    ) -> Page[RowT]:
        """Give a page by id."""
        parameters = {**held_by(actor), **narrowed}
        _, after_id = start_of(self.name, after)
        records = await tx.run(self.page, **parameters, after_id=after_id, limit=page_size(first) + 1)
        total = integer((await tx.run(self.count, **parameters))[0], "total") if with_total else None
        return page(self.name, records, first, total, row=self.row, sort_column="id")

    async def some(self, tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, RowT]:
        """Give those among ``ids`` that the actor may see."""
        records = await tx.run(self.by_ids, **held_by(actor), ids=listed(list(set(ids))))
        return {text(record, "id"): self.row(record) for record in records}
