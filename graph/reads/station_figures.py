"""
What stations did in a span of time: their own needs, and with all below.

Everything is counted in the store, one row a station and measure. Child protection is in no figure (HC-25).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import LiteralString, TypeVar

from domain.actors import Actor
from domain.stations import Party
from graph.columns import flag, integer, text
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import IN_SCOPE, listed, scope_paths

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

_SUBTREES: LiteralString = (
    "UNWIND $ids AS wanted MATCH (n:Station {id: wanted}) WHERE "
    + IN_SCOPE
    + " MATCH (s:Station) WHERE s.tree_path STARTS WITH n.tree_path"
    " MATCH (d:Need) WHERE d.station_id = s.id AND d.category <> 'CHILD_PROTECT'"
)
_POSTED_AT: LiteralString = "coalesce(d.posted_at, d.recorded_at)"
_POSTED_WITHIN: LiteralString = " AND " + _POSTED_AT + " >= $span_start AND " + _POSTED_AT + " < $span_end"
_COUNTED: LiteralString = " RETURN n.id AS id, s.id = n.id AS own, count(DISTINCT d.id) AS needs"
_SEEN = Statement(
    "UNWIND $ids AS wanted MATCH (n:Station {id: wanted}) WHERE " + IN_SCOPE + " RETURN n.id AS id",
    Access.READ,
)
_MILESTONES = Statement(
    _SUBTREES
    + """
    WITH n, s, d, coalesce(d.posted_at, d.recorded_at) AS posted_at
    RETURN n.id AS id, s.id = n.id AS own,
      sum(CASE WHEN posted_at >= $span_start AND posted_at < $span_end THEN 1 ELSE 0 END) AS posted,
      sum(CASE WHEN d.verified_at >= $span_start AND d.verified_at < $span_end THEN 1 ELSE 0 END) AS verified,
      sum(CASE WHEN d.matched_at >= $span_start AND d.matched_at < $span_end THEN 1 ELSE 0 END) AS matched,
      sum(CASE WHEN d.fulfilled_at >= $span_start AND d.fulfilled_at < $span_end THEN 1 ELSE 0 END) AS fulfilled
    """,
    Access.READ,
)
# Few rows whatever the number of needs: one for each whole number of days.
_DAYS = Statement(
    _SUBTREES
    + """ AND d.fulfilled_at >= $span_start AND d.fulfilled_at < $span_end
    RETURN n.id AS id, s.id = n.id AS own, d.days_to_fulfil AS days, count(d.id) AS needs
    ORDER BY days
    """,
    Access.READ,
)
_COVERAGE = Statement(
    "UNWIND $ids AS wanted MATCH (n:Station {id: wanted}) WHERE "
    + IN_SCOPE
    + """
    MATCH (r:Region) WHERE r.level IN ['TOWN', 'VILLAGE'] AND r.valid_to IS NULL
    WITH n, r WHERE any(p IN n.territory WHERE r.region_path STARTS WITH p) AND NOT r.region_path IN n.territory
    OPTIONAL MATCH (s:Station)-[:SERVES]->(r) WHERE s.closed_at IS NULL
    WITH n.id AS id, r.id AS region_id, count(s.id) AS stations
    RETURN id, count(region_id) AS regions, sum(CASE WHEN stations > 0 THEN 1 ELSE 0 END) AS covered
    """,
    Access.READ,
)
_PARTIES: Mapping[Party, tuple[Statement, ...]] = MappingProxyType(
    {
        Party.COMMUNITY: (
            Statement(_SUBTREES + _POSTED_WITHIN + " AND d.verified_by IS NOT NULL" + _COUNTED, Access.READ),
        ),
        Party.SOCIAL_WORKER: (
            Statement(
                _SUBTREES
                + _POSTED_WITHIN
                + " MATCH (w:SocialWorker) WHERE w.station_id IN [s.id, s.parent_id]"
                + _COUNTED,
                Access.READ,
            ),
        ),
        Party.SOCIAL_ORGANISATION: (
            Statement(
                _SUBTREES
                + _POSTED_WITHIN
                + " MATCH (v:Volunteer)-[:ASSIGNED_TO]->(d) MATCH (v)-[:MEMBER_OF]->(o:Organisation)"
                + _COUNTED,
                Access.READ,
            ),
        ),
        Party.VOLUNTEER: (
            Statement(
                _SUBTREES + _POSTED_WITHIN + " MATCH (v:Volunteer)-[:ASSIGNED_TO]->(d)" + _COUNTED,
                Access.READ,
            ),
        ),
        Party.CHARITY_RESOURCE: (
            Statement(
                _SUBTREES
                + _POSTED_WITHIN
                + " AND (EXISTS { MATCH (d)-[:FUNDED_BY]->(:Fund) }"
                + " OR EXISTS { MATCH (d)-[:SUPPLIED_BY]->(:InKindOffer) })"
                + _COUNTED,
                Access.READ,
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """
    Milestones that fell into the span.

    ``parties`` counts the needs posted in the span on which each of the five parties acts;
    ``median_days`` is that of posting to fulfilment, None without any fulfilled.
    """

    posted: int = 0
    verified: int = 0
    matched: int = 0
    fulfilled: int = 0
    median_days: int | None = None
    parties: Mapping[Party, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFigures:
    """
    What a station handled itself, and with all below it.

    ``regions`` counts towns and villages inside its territory, ``covered`` those that an open station serves.
    """

    own: Counts
    whole: Counts
    regions: int = 0
    covered: int = 0

    @property
    def coverage(self) -> float | None:
        """Share of the divisions below that have a station; None where there are none."""
        return self.covered / self.regions if self.regions else None


async def figures_of_stations(
    tx: ReadTransaction,
    actor: Actor,
    ids: Sequence[str],
    *,
    start: datetime = BEGINNING,
    end: datetime = END,
) -> dict[str, StationFigures]:
    """Give the figures of the stations among ``ids`` that the actor may see, for ``[start, end)``."""
    asked = {"ids": listed(list(set(ids))), "scope_paths": scope_paths(actor)}
    span = {"span_start": start, "span_end": end}
    found: dict[str, dict[bool, Counts]] = {}
    for record in await tx.run(_MILESTONES, **asked, **span):
        counts = Counts(
            posted=integer(record, "posted"),
            verified=integer(record, "verified"),
            matched=integer(record, "matched"),
            fulfilled=integer(record, "fulfilled"),
        )
        found.setdefault(text(record, "id"), {})[flag(record, "own")] = counts
    days = await _days(tx, asked, span)
    parties = await _parties(tx, asked, span)
    nothing = StationFigures(own=Counts(), whole=Counts())
    figures = {text(record, "id"): nothing for record in await tx.run(_SEEN, **asked)}
    for record in await tx.run(_COVERAGE, **asked):
        regions, covered = integer(record, "regions"), integer(record, "covered")
        figures[text(record, "id")] = replace(nothing, regions=regions, covered=covered)
    for key, counted in figures.items():
        own, below = (found.get(key, {}).get(mine, Counts()) for mine in (True, False))
        figures[key] = replace(
            counted,
            own=_with(own, days.get((key, True), {}), parties.get((key, True), {})),
            whole=_with(
                _sum(own, below),
                _merged(days.get((key, True), {}), days.get((key, False), {})),
                _merged(parties.get((key, True), {}), parties.get((key, False), {})),
            ),
        )
    return figures


K = TypeVar("K")
_Asked = Mapping[str, list[str]]
_Span = Mapping[str, datetime]


async def _days(tx: ReadTransaction, asked: _Asked, span: _Span) -> dict[tuple[str, bool], dict[int, int]]:
    found: dict[tuple[str, bool], dict[int, int]] = {}
    for record in await tx.run(_DAYS, **asked, **span):
        of = found.setdefault((text(record, "id"), flag(record, "own")), {})
        of[integer(record, "days")] = of.get(integer(record, "days"), 0) + integer(record, "needs")
    return found


async def _parties(
    tx: ReadTransaction, asked: _Asked, span: _Span
) -> dict[tuple[str, bool], dict[Party, int]]:
    found: dict[tuple[str, bool], dict[Party, int]] = {}
    for party, statements in _PARTIES.items():
        for statement in statements:
            for record in await tx.run(statement, **asked, **span):
                of = found.setdefault((text(record, "id"), flag(record, "own")), {})
                of[party] = of.get(party, 0) + integer(record, "needs")
    return found


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(
        posted=one.posted + other.posted,
        verified=one.verified + other.verified,
        matched=one.matched + other.matched,
        fulfilled=one.fulfilled + other.fulfilled,
    )


def _merged(one: Mapping[K, int], other: Mapping[K, int]) -> dict[K, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}


def _with(counts: Counts, days: Mapping[int, int], parties: Mapping[Party, int]) -> Counts:
    return replace(counts, median_days=_median(days), parties={p: parties.get(p, 0) for p in Party})


def _median(histogram: Mapping[int, int]) -> int | None:
    """Give the lower median of a histogram."""
    half, seen = (sum(histogram.values()) + 1) // 2, 0
    for value in sorted(histogram):
        seen += histogram[value]
        if seen >= half:
            return value
    return None
