"""What is still wanting to needs that were promised a part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from domain.actors import Actor
from graph.columns import integer, text
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.needs import VISIBLE, visible_to
from graph.scope import scope_paths, view_of

_OF: LiteralString = "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) WHERE " + VISIBLE
_PLACES = Statement(
    _OF
    + """
    OPTIONAL MATCH (s:NeedSlot) WHERE s.need_id = n.id
    OPTIONAL MATCH (h:SlotHold {id: s.id})
    RETURN n.id AS id, count(s.id) - count(h.id) AS places,
      coalesce(n.amount_fen, 0) - coalesce(n.policy_aid_fen, 0) - coalesce(n.insurance_fen, 0) AS gap_fen
    """,
    Access.READ,
)
_ASKED = Statement(
    _OF + " MATCH (i:NeedItem) WHERE i.need_id = n.id RETURN n.id AS id, sum(i.quantity) AS quantity",
    Access.READ,
)
_PROMISED = Statement(
    _OF
    + """
    MATCH (p:Proposal) WHERE p.need_id = n.id AND p.state IN ['ACCEPTED', 'CONFIRMED']
    RETURN n.id AS id, sum(p.amount_fen) AS amount_fen, sum(p.quantity) AS quantity
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRow:
    """Places for people, units of goods and money that nobody has promised yet."""

    places: int
    quantity: int
    amount_fen: int


async def missing_of_needs(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, MissingRow]:
    """Give what is wanting to each visible need; nothing that was promised or given is asked for again."""
    if not ids:
        return {}
    asked = {"ids": sorted(set(ids)), "scope_paths": scope_paths(actor), **visible_to(view_of(actor))}
    items = {text(record, "id"): integer(record, "quantity") for record in await tx.run(_ASKED, **asked)}
    promised = {
        text(record, "id"): (integer(record, "amount_fen"), integer(record, "quantity"))
        for record in await tx.run(_PROMISED, **asked)
    }
    rows: dict[str, MissingRow] = {}
    for record in await tx.run(_PLACES, **asked):
        key = text(record, "id")
        amount_fen, quantity = promised.get(key, (0, 0))
        rows[key] = MissingRow(
            places=integer(record, "places"),
            quantity=max(0, items.get(key, 0) - quantity),
            amount_fen=max(0, integer(record, "gap_fen") - amount_fen),
        )
    return rows
