"""Holders of credentials: nonces given out to them, the keys they are known by, and whom they are held against."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.protection import SealedMask
from graph.columns import (
    day_or_none,
    integer,
    text,
    text_or_none,
)
from graph.masks import mask_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths

HOLDER = Statement("MATCH (n:HolderKey {id: $id}) RETURN n.volunteer_id AS volunteer_id", Access.READ)
BIND_HOLDER = Statement(
    """
    CREATE (:HolderKey {id: $id, volunteer_id: $volunteer_id, first_case_id: $case_id, bound_at: $at,
      region_path: $region_path})
    """,
    Access.WRITE,
)
ASK = Statement(
    """
    CREATE (:PresentationRequest {id: $id, audience: $audience, purpose: $purpose, asked_by: $asked_by,
      state: 'OPEN', asked_at: $asked_at, expires_at: $expires_at, region_path: $region_path})
    """,
    Access.WRITE,
)
SPEND_NONCE = Statement(
    "MATCH (n:PresentationRequest {id: $id}) WHERE n.state = 'OPEN' AND n.audience = $audience"
    " AND n.expires_at > $now SET n.state = 'USED', n.used_at = $now RETURN n.id AS id",
    Access.WRITE,
)

OPEN_REQUESTS = Statement(
    "MATCH (n:PresentationRequest) WHERE n.asked_by = $asked_by AND n.state = 'OPEN' AND n.expires_at > $now"
    " RETURN count(*) AS total",
    Access.READ,
)


async def open_requests(tx: ReadTransaction, asked_by: str, *, now: datetime) -> int:
    """Give how many nonces of an account are open."""
    return integer((await tx.run(OPEN_REQUESTS, asked_by=asked_by, now=now))[0], "total")


async def volunteer_of_holder(tx: ReadTransaction, holder: str) -> str | None:
    """Give who a key is known to be, or None."""
    found = await tx.run(HOLDER, id=holder)
    return text(found[0], "volunteer_id") if found else None


async def bind_holder(
    tx: WriteTransaction, holder: str, *, volunteer_id: str, case_id: str, at: datetime, region_path: str
) -> None:
    """Remember that a key is a volunteer's; a key is one volunteer's for ever."""
    await tx.run(
        BIND_HOLDER, id=holder, volunteer_id=volunteer_id, case_id=case_id, at=at, region_path=region_path
    )


async def ask_for_presentation(
    tx: WriteTransaction,
    nonce: str,
    *,
    audience: str,
    purpose: str,
    asked_by: str,
    asked_at: datetime,
    expires_at: datetime,
    region_path: str,
) -> None:
    """Remember a nonce that was given out."""
    await tx.run(
        ASK,
        id=nonce,
        audience=audience,
        purpose=purpose,
        asked_by=asked_by,
        asked_at=asked_at,
        expires_at=expires_at,
        region_path=region_path,
    )


async def spend_nonce(tx: WriteTransaction, nonce: str, *, audience: str, now: datetime) -> bool:
    """Use a nonce up; whether it was there, unused and in time."""
    return bool(await tx.run(SPEND_NONCE, id=nonce, audience=audience, now=now))


FACTS = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE " + IN_SCOPE + " RETURN n.name AS name, n.birth_date AS birth_date,"
    " n.sex AS sex, n.id_number_mask AS id_mask, n.status AS status, n.region_path AS region_path",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerFacts:
    """What a credential's holder is held against."""

    name: str
    birth_date: date | None
    sex: str | None
    id_mask: SealedMask | None
    status: str
    region_path: str


async def facts_of_volunteer(tx: ReadTransaction, actor: Actor, volunteer_id: str) -> VolunteerFacts:
    """
    Give a volunteer in the actor's scope.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = await tx.run(FACTS, id=volunteer_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such volunteer", kind="volunteer", id=volunteer_id)
    return VolunteerFacts(
        name=text_or_none(found[0], "name") or "",
        birth_date=day_or_none(found[0], "birth_date"),
        sex=text_or_none(found[0], "sex"),
        id_mask=mask_or_none(found[0], "id_mask"),
        status=text(found[0], "status"),
        region_path=text(found[0], "region_path"),
    )
