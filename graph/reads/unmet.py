"""Needs that a round left without, with what bound: for the desk and the office, and for federations once published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString, cast

from domain.actors import Actor
from domain.needs import NeedCategory, NeedKind, Urgency
from graph.columns import flag, integer, text
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.needs import VISIBLE, visible_to
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.reads.rounds import reason_parameters_of
from graph.scope import View, listed, scope_paths, view_of

LIST_NAME = "unmet_needs"

_UNMET: LiteralString = (
    "MATCH (r:Round {id: $round_id}) WHERE $sees_all OR ($sees_published AND r.state = 'PUBLISHED')"
    " MATCH (o:NeedOutcome) WHERE o.round_id = r.id AND NOT o.fulfilled"
    " MATCH (n:Need {id: o.need_id}) WHERE "
    + VISIBLE
    + " AND n.region_path STARTS WITH $region_path AND n.category IN $categories"
    " AND ($any_reason OR o.reason_code IN $reasons)"
)
_GAP: LiteralString = (
    "CASE WHEN coalesce(n.amount_fen, 0) > coalesce(n.policy_aid_fen, 0) + coalesce(n.insurance_fen, 0)"
    " THEN coalesce(n.amount_fen, 0) - coalesce(n.policy_aid_fen, 0) - coalesce(n.insurance_fen, 0) ELSE 0 END"
)
_PAGE = Statement(
    _UNMET
    + " AND n.id > $after_id RETURN n.id AS id, n.category AS category, n.kind AS kind, n.urgency AS urgency,"
    " n.region_path AS region_path, o.reason_code AS reason_code, o.reason_parameters AS reason_parameters,"
    " o.need_version = n.version AS unchanged, " + _GAP + " AS gap_fen ORDER BY id LIMIT $limit",
    Access.READ,
)
_TOTAL = Statement(_UNMET + " RETURN count(*) AS total", Access.READ)
_BY_REASON = Statement(
    _UNMET
    + " RETURN o.reason_code AS reason_code, n.category AS category, count(*) AS needs, sum("
    + _GAP
    + ") AS gap_fen",
    Access.READ,
)
_GIVEN = Statement(
    "MATCH (p:Proposal) WHERE p.round_id = $round_id AND p.kind = 'MONEY' AND p.need_id IN $ids"
    " RETURN p.need_id AS need_id, sum(p.amount_fen) AS given_fen",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetFilter:
    """What the list is narrowed to; empty axes narrow nothing."""

    reasons: tuple[str, ...] = ()
    categories: tuple[NeedCategory, ...] = ()
    region_path: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetRow:
    """
    One need that went without, all of it or a part.

    Parameters
    ----------
    gap_fen
        Money left to charity after policy aid and insurance.
    given_fen
        What the round proposed of it.
    helps
        Changes that would let it be met, those that were tried out first; ``code``, ``parameters``, ``confirmed``.
    unchanged
        Whether the need is as the round saw it.
    """

    need_id: str
    category: NeedCategory
    kind: NeedKind
    urgency: Urgency
    region_path: str
    reason_code: str
    reason_parameters: Mapping[str, str | int]
    helps: tuple[Mapping[str, object], ...]
    gap_fen: int
    given_fen: int
    unchanged: bool

    @property
    def short_fen(self) -> int:
        """Money that is still missing."""
        return max(0, self.gap_fen - self.given_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetCount:
    """Unmet needs of one reason and category, and the money they ask for."""

    reason_code: str
    category: NeedCategory
    needs: int
    gap_fen: int


def _asked(actor: Actor, round_id: str, narrowed: UnmetFilter) -> dict[str, list[str] | str | bool]:
    view = view_of(actor)
    return {
        **visible_to(view),
        "scope_paths": scope_paths(actor),
        "round_id": round_id,
        "sees_all": view.desk or view.office,
        "sees_published": view.federation,
        "region_path": narrowed.region_path,
        "categories": [category.value for category in narrowed.categories or NeedCategory],
        "any_reason": not narrowed.reasons,
        "reasons": listed(narrowed.reasons),
    }


async def page_of_unmet(
    tx: ReadTransaction,
    actor: Actor,
    *,
    round_id: str,
    filter: UnmetFilter = UnmetFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[UnmetRow]:
    """Give needs that a round left without, by id. A volunteer is spoken of to the desk and the office alone."""
    asked = _asked(actor, round_id, filter)
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **asked, after_id=after_id, limit=page_size(first) + 1)
    given = await _given(tx, round_id, [text(record, "id") for record in records])
    total = integer((await tx.run(_TOTAL, **asked))[0], "total") if with_total else None
    view = view_of(actor)
    return page(
        LIST_NAME,
        records,
        first,
        total,
        row=lambda record: _row(record, view, given),
        sort_column="id",
    )


async def unmet_counts(
    tx: ReadTransaction, actor: Actor, *, round_id: str, filter: UnmetFilter = UnmetFilter()
) -> list[UnmetCount]:
    """Count them by reason and category, most first."""
    found = [
        UnmetCount(
            reason_code=text(record, "reason_code"),
            category=NeedCategory(text(record, "category")),
            needs=integer(record, "needs"),
            gap_fen=integer(record, "gap_fen"),
        )
        for record in await tx.run(_BY_REASON, **_asked(actor, round_id, filter))
    ]
    return sorted(found, key=lambda count: (-count.needs, count.reason_code, count.category))


async def _given(tx: ReadTransaction, round_id: str, ids: Sequence[str]) -> dict[str, int]:
    if not ids:
        return {}
    records = await tx.run(_GIVEN, round_id=round_id, ids=list(ids))
    return {text(record, "need_id"): integer(record, "given_fen") for record in records}


def _row(record: Record, view: View, given: Mapping[str, int]) -> UnmetRow:
    said = cast("dict[str, object]", dict(reason_parameters_of(record)))
    helps = cast("list[Mapping[str, object]]", said.pop("helps", []))
    said.pop("contest", None)
    if not (view.desk or view.office):
        said.pop("volunteer", None)
        helps = [
            each for each in helps if "volunteer" not in cast("Mapping[str, object]", each["parameters"])
        ]
    return UnmetRow(
        need_id=text(record, "id"),
        category=NeedCategory(text(record, "category")),
        kind=NeedKind(text(record, "kind")),
        urgency=Urgency(text(record, "urgency")),
        region_path=text(record, "region_path"),
        reason_code=text(record, "reason_code"),
        reason_parameters=cast("dict[str, str | int]", said),
        helps=tuple(sorted(helps, key=lambda each: not each["confirmed"])),
        gap_fen=integer(record, "gap_fen"),
        given_fen=given.get(text(record, "id"), 0),
        unchanged=flag(record, "unchanged"),
    )
