"""
Needs that come inside a purpose, or fall out of it, when it changes.

The two walls are compared by the graph itself, inside the reader's scope and masked as every need is for them.
"""

from dataclasses import dataclass
from datetime import date
from typing import LiteralString

from domain.actors import Actor
from domain.needs import OVER, SubjectKind
from domain.purposes import REGISTERED_SITUATIONS, BeneficiaryScope, Purpose, QualifyingChange
from graph.columns import integer, text
from graph.ports import Access, ReadTransaction, Statement, Value
from graph.reads.needs import NEED_COLUMNS, VISIBLE, NeedRow, need_of, visible_to
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import listed, scope_paths, view_of

LIST_NAME = "qualifying"

_TOWN_STEPS = 5
"""System, province, city, county, town: a path's first steps, by which needs are counted."""

# Walls are written out twice: a statement is a literal, its parameters' names cannot be made up.
_AFTER: LiteralString = """(
  ($after_any_category OR n.category IN $after_categories)
  AND ($after_any_situation OR coalesce(any(s IN $after_situations WHERE s IN n.situations), false))
  AND any(r IN $after_regions WHERE n.region_path STARTS WITH r)
  AND n.subject_kind IN $after_subjects
  AND (NOT $after_registered OR coalesce(any(s IN $registered WHERE s IN n.situations), false))
  AND $after_open)"""
_BEFORE: LiteralString = """(
  ($before_any_category OR n.category IN $before_categories)
  AND ($before_any_situation OR coalesce(any(s IN $before_situations WHERE s IN n.situations), false))
  AND any(r IN $before_regions WHERE n.region_path STARTS WITH r)
  AND n.subject_kind IN $before_subjects
  AND (NOT $before_registered OR coalesce(any(s IN $registered WHERE s IN n.situations), false))
  AND $before_open)"""
_CHANGED: LiteralString = (
    "MATCH (n:Need) WHERE "
    + VISIBLE
    + " AND NOT n.state IN $over AND coalesce(n.amount_fen, 0) > 0 AND "
    + _AFTER
    + " AND NOT "
    + _BEFORE
)
_PAGE = Statement(_CHANGED + " AND n.id > $after_id" + NEED_COLUMNS + "ORDER BY id LIMIT $limit", Access.READ)
_COUNT = Statement(_CHANGED + " RETURN count(*) AS total", Access.READ)
_PLACES = Statement(
    _CHANGED
    + " RETURN n.region_path AS region_path, count(*) AS needs, sum(n.amount_fen) AS amount_fen"
    + " ORDER BY region_path",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WallChange:
    """A purpose as it was and as it will be, compared on one day; None allows nothing."""

    before: Purpose | None
    after: Purpose | None
    day: date

    def going(self, change: QualifyingChange) -> "WallChange":
        """Give the walls so that what changes comes inside ``after``."""
        if change is QualifyingChange.NEWLY:
            return self
        return WallChange(before=self.after, after=self.before, day=self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class TownCount:
    """How many needs of a town, and what they ask for in fen before aid and insurance."""

    region_path: str
    needs: int
    amount_fen: int


def _wall(name: str, given: Purpose | None, day: date) -> dict[str, Value]:
    purpose = given or Purpose()
    own = purpose.restriction
    subjects = {
        BeneficiaryScope.ANYONE: frozenset(SubjectKind),
        BeneficiaryScope.INSTITUTIONS: frozenset({SubjectKind.INSTITUTION}),
    }.get(purpose.beneficiary_scope, frozenset({SubjectKind.HOUSEHOLD}))
    return {
        f"{name}_any_category": not own.categories,
        f"{name}_categories": listed([category.value for category in own.categories]),
        f"{name}_any_situation": not own.situations,
        f"{name}_situations": listed([situation.value for situation in own.situations]),
        f"{name}_regions": sorted(own.regions) or ["/"],
        f"{name}_subjects": listed([subject.value for subject in subjects]),
        f"{name}_registered": purpose.beneficiary_scope is BeneficiaryScope.REGISTERED,
        f"{name}_open": given is not None and own.validity.holds_on(day),
    }


def _parameters(actor: Actor, walls: WallChange) -> dict[str, Value]:
    return {
        "scope_paths": scope_paths(actor),
        **visible_to(view_of(actor)),
        "over": sorted(state.value for state in OVER),
        "registered": sorted(situation.value for situation in REGISTERED_SITUATIONS),
        **_wall("before", walls.before, walls.day),
        **_wall("after", walls.after, walls.day),
    }


async def page_of_changed_needs(
    tx: ReadTransaction,
    actor: Actor,
    walls: WallChange,
    change: QualifyingChange,
    *,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[NeedRow]:
    """Give open needs of money that come inside, or fall out, by id."""
    view = view_of(actor)
    parameters = _parameters(actor, walls.going(change))
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **parameters, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(_COUNT, **parameters))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=lambda record: need_of(record, view), sort_column="id")


async def towns_of_changed_needs(
    tx: ReadTransaction, actor: Actor, walls: WallChange, change: QualifyingChange
) -> list[TownCount]:
    """Count them by town, in path order; what names no town counts at the place it names."""
    counted: dict[str, tuple[int, int]] = {}
    for record in await tx.run(_PLACES, **_parameters(actor, walls.going(change))):
        steps = text(record, "region_path").split("/")[1 : _TOWN_STEPS + 1]
        path = f"/{'/'.join(step for step in steps if step)}/"
        needs, amount = counted.get(path, (0, 0))
        counted[path] = (needs + integer(record, "needs"), amount + integer(record, "amount_fen"))
    return [
        TownCount(region_path=path, needs=needs, amount_fen=amount)
        for path, (needs, amount) in sorted(counted.items())
    ]
