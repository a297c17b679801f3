"""Packs that charities publish: lists for their people, and the published ones for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.disclosure_packs import DisclosurePack, PackState, Period, PeriodKind
from domain.errors import NotFoundError
from graph.columns import day, moment, text, text_or_none
from graph.disclosure_packs import PACK_COLUMNS, pack_of
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.held import FIRST_ONES, HELD, IN_ORDER, TOTAL, HeldList
from graph.reads.pages import KeysetPosition, Page
from graph.scope import listed

_NARROWED: LiteralString = (
    " AND ($organisation_id = '' OR n.organisation_id = $organisation_id) AND n.state IN $states"
)
_LIST = HeldList(
    name="disclosure_packs",
    page=Statement(
        "MATCH (n:DisclosurePack)" + " WHERE " + HELD + _NARROWED + IN_ORDER + PACK_COLUMNS + FIRST_ONES,
        Access.READ,
    ),
    count=Statement("MATCH (n:DisclosurePack)" + " WHERE " + HELD + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:DisclosurePack {id: wanted})" + " WHERE " + HELD + PACK_COLUMNS,
        Access.READ,
    ),
    row=pack_of,
)
_SUCCESSORS = Statement(
    "MATCH (n:DisclosurePack) WHERE n.corrects_id IN $ids AND n.state = 'PUBLISHED'"
    " RETURN n.corrects_id AS corrects_id, n.id AS id",
    Access.READ,
)
_PUBLISHED = Statement(
    "MATCH (n:DisclosurePack {id: $id}) WHERE n.organisation_id = $organisation_id AND n.state = 'PUBLISHED'"
    + PACK_COLUMNS,
    Access.READ,
)
_PUBLISHED_OF = Statement(
    "MATCH (n:DisclosurePack) WHERE n.organisation_id = $organisation_id AND n.state = 'PUBLISHED'"
    " RETURN n.id AS id, n.period_kind AS period_kind, n.first_day AS first_day, n.end_day AS end_day,"
    " n.digest AS digest, n.corrects_id AS corrects_id, n.published_at AS published_at"
    " ORDER BY published_at DESC, id LIMIT $limit",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPack:
    """A published pack in the list that everybody may read."""

    id: str
    period: Period
    digest: str
    corrects_id: str | None
    published_at: datetime


async def page_of_disclosure_packs(
    tx: ReadTransaction,
    actor: Actor,
    *,
    organisation_id: str = "",
    states: Sequence[PackState] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[DisclosurePack]:
    """Give packs by id, of one organisation where one is named."""
    return await _LIST.read(
        tx,
        actor,
        {
            "organisation_id": organisation_id,
            "states": [state.value for state in states or PackState],
        },
        first=first,
        after=after,
        with_total=with_total,
    )


async def disclosure_packs_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, DisclosurePack]:
    """Give the packs among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)


async def disclosure_pack_by_id(tx: ReadTransaction, actor: Actor, pack_id: str) -> DisclosurePack:
    """
    Give one pack.

    Raises
    ------
    NotFoundError
        Outside what the actor may see as for an id that does not exist.
    """
    found = await disclosure_packs_by_ids(tx, actor, [pack_id])
    if pack_id not in found:
        raise NotFoundError("no such pack", kind="disclosure_pack", id=pack_id)
    return found[pack_id]


async def successors_of_packs(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, str]:
    """Give the published packs that took the place of those among ``ids``: public, as all that is published."""
    return {
        text(record, "corrects_id"): text(record, "id")
        for record in await tx.run(_SUCCESSORS, ids=listed(list(set(ids))))
    }


async def published_pack(tx: ReadTransaction, organisation_id: str, pack_id: str) -> DisclosurePack | None:
    """Give a published pack of an organisation, to whoever asks."""
    found = await tx.run(_PUBLISHED, id=pack_id, organisation_id=organisation_id)
    return pack_of(found[0]) if found else None


async def published_packs(
    tx: ReadTransaction, organisation_id: str, *, limit: int = 200
) -> list[PublishedPack]:
    """Give the published packs of an organisation, the newest first, to whoever asks."""
    return [
        PublishedPack(
            id=text(record, "id"),
            period=Period(
                kind=PeriodKind(text(record, "period_kind")),
                start=day(record, "first_day"),
                end=day(record, "end_day"),
            ),
            digest=text(record, "digest"),
            corrects_id=text_or_none(record, "corrects_id"),
            published_at=moment(record, "published_at"),
        )
        for record in await tx.run(_PUBLISHED_OF, organisation_id=organisation_id, limit=limit)
    ]
