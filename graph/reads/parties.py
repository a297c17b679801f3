"""Which of the five parties already act on a need, read from the graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import LiteralString

from domain.actors import Actor
from domain.stations import Party
from graph.columns import integer, text, texts
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.needs import VISIBLE, visible_to
from graph.scope import scope_paths, view_of

_OF: LiteralString = "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) WHERE " + VISIBLE
_NAMED: LiteralString = (
    " RETURN n.id AS id, count(DISTINCT p.id) AS acting, collect(DISTINCT coalesce(p.name, '')) AS names"
)
_COUNTED: LiteralString = " RETURN n.id AS id, count(DISTINCT p.id) AS acting"
_ACTING: Mapping[Party, tuple[Statement, ...]] = MappingProxyType(
    {
        Party.COMMUNITY: (
            Statement(_OF + " MATCH (p:Station) WHERE p.id = n.station_id" + _NAMED, Access.READ),
        ),
        Party.SOCIAL_WORKER: (
            Statement(
                _OF
                + " OPTIONAL MATCH (s:Station {id: n.station_id})"
                + " MATCH (p:SocialWorker) WHERE p.station_id IN [s.id, s.parent_id] OR EXISTS"
                + " { MATCH (w:WorkOrder) WHERE w.need_id = n.id AND w.worker_id = p.id }"
                + _COUNTED,
                Access.READ,
            ),
        ),
        Party.SOCIAL_ORGANISATION: (
            Statement(
                _OF
                + " MATCH (v:Volunteer)-[:ASSIGNED_TO]->(n) MATCH (v)-[:MEMBER_OF]->(p:Organisation)"
                + _NAMED,
                Access.READ,
            ),
        ),
        Party.VOLUNTEER: (
            Statement(_OF + " MATCH (p:Volunteer)-[:ASSIGNED_TO]->(n)" + _COUNTED, Access.READ),
        ),
        Party.CHARITY_RESOURCE: (
            Statement(_OF + " MATCH (n)-[:FUNDED_BY]->(p:Fund)" + _NAMED, Access.READ),
            Statement(
                _OF
                + " MATCH (n)-[:SUPPLIED_BY]->(i:InKindOffer) MATCH (p:Organisation) WHERE p.id = i.owner_id"
                + _NAMED,
                Access.READ,
            ),
        ),
    }
)


_SEEN = Statement(_OF + " RETURN n.id AS id", Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRow:
    """
    One party on one need: how many of it act, and who, by name.

    People are counted and never named; stations, organisations and funds are.
    """

    party: Party
    acting: int
    names: tuple[str, ...]


async def parties_of_needs(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[PartyRow, ...]]:
    """Give for each visible need all five parties in their order, those that do not act with a zero."""
    if not ids:
        return {}
    asked = {"ids": sorted(set(ids)), "scope_paths": scope_paths(actor), **visible_to(view_of(actor))}
    found: dict[str, dict[Party, PartyRow]] = {text(row, "id"): {} for row in await tx.run(_SEEN, **asked)}
    for party, statements in _ACTING.items():
        for statement in statements:
            for record in await tx.run(statement, **asked):
                of = found[text(record, "id")]
                before = of.get(party, PartyRow(party=party, acting=0, names=()))
                names = texts(record, "names") if "names" in record else ()
                of[party] = PartyRow(
                    party=party,
                    acting=before.acting + integer(record, "acting"),
                    names=tuple(sorted({*before.names, *names} - {""})),
                )
    return {
        key: tuple(of.get(party, PartyRow(party=party, acting=0, names=())) for party in Party)
        for key, of in found.items()
    }
