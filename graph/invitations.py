"""Invitations to become a volunteer, and the volunteer that comes of one."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.engagement import InvitationState
from domain.errors import NotFoundError
from domain.provenance import MANUAL_SOURCE
from graph.columns import integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths

_COLUMNS: LiteralString = """
RETURN n.id AS id, n.name AS name, n.region_id AS region_id, n.region_path AS region_path,
  n.organisation_id AS organisation_id, n.invited_by AS invited_by, n.state AS state,
  n.invited_at AS invited_at, n.expires_at AS expires_at, n.answered_at AS answered_at, n.version AS version
"""
CREATE = Statement(
    """
    CREATE (:Invitation {id: $id, name: $name, region_id: $region_id, region_path: $region_path,
      organisation_id: $organisation_id, invited_by: $invited_by, code_hash: $code_hash, state: 'OPEN',
      invited_at: $invited_at, expires_at: $expires_at, version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement("MATCH (n:Invitation {id: $id}) SET n.version = n.version + 1" + _COLUMNS, Access.WRITE)
CODE = Statement("MATCH (n:Invitation {id: $id}) RETURN n.code_hash AS code_hash", Access.READ)
SET_STATE = Statement(
    "MATCH (n:Invitation {id: $id}) SET n.state = $state, n.answered_at = $at, n.volunteer_id = $volunteer_id",
    Access.WRITE,
)
OVERDUE = Statement(
    "MATCH (n:Invitation) WHERE n.state = 'OPEN' AND n.expires_at <= $now RETURN n.id AS id ORDER BY id",
    Access.READ,
)
REGION = Statement(
    "MATCH (n:Region {id: $id}) WHERE " + IN_SCOPE + " RETURN n.region_path AS region_path", Access.READ
)
CREATE_VOLUNTEER = Statement(
    """
    CREATE (:Volunteer {id: $id, name: $name, birth_date: $birth_date, region_id: $region_id,
      region_path: $region_path, status: 'DRAFT', skills: $skills, availability: $availability,
      declined_categories: $declined_categories, radius_m: $radius_m, weekly_minutes: $weekly_minutes,
      verified_minutes: 0, physical_limit: $physical_limit, guardian_consent: false, team_id: $team_id,
      consent_basis: 'OWN_ACT',
      version: 1, source_id: $source_id, source_row: 0, recorded_at: $at})
    """,
    Access.WRITE,
)
LOCATE = Statement(
    "MATCH (v:Volunteer {id: $id}) MATCH (r:Region {id: $region_id})"
    " CREATE (v)-[:LOCATED_IN {source_id: $source_id}]->(r)",
    Access.WRITE,
)
SET_STATUS = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.status = $status, n.version = n.version + 1 RETURN n.version AS version",
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """Somebody was asked to become a volunteer. Its id is the volunteer's, if they say yes."""

    id: str
    name: str
    region_id: str
    region_path: str
    organisation_id: str | None
    invited_by: str
    state: InvitationState
    invited_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What somebody says of themselves when they become a volunteer."""

    birth_date: date
    skills: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    declined_categories: tuple[str, ...] = ()
    radius_m: int = 5_000
    weekly_minutes: int = 240
    physical_limit: bool = False


def _invitation(record: Record) -> InvitationRow:
    return InvitationRow(
        id=text(record, "id"),
        name=text(record, "name"),
        region_id=text(record, "region_id"),
        region_path=text(record, "region_path"),
        organisation_id=text_or_none(record, "organisation_id"),
        invited_by=text(record, "invited_by"),
        state=InvitationState(text(record, "state")),
        invited_at=moment(record, "invited_at"),
        expires_at=moment(record, "expires_at"),
        answered_at=moment_or_none(record, "answered_at"),
        version=integer(record, "version"),
    )


async def region_path_of(tx: ReadTransaction, actor: Actor, region_id: str) -> str:
    """
    Give the path of a division in the actor's scope.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = await tx.run(REGION, id=region_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such region", kind="region", id=region_id)
    return text(found[0], "region_path")


async def create_invitation(tx: WriteTransaction, row: InvitationRow, *, code_hash: str) -> None:
    """Write an invitation down; of its code only the hash is kept."""
    await tx.run(
        CREATE,
        id=row.id,
        name=row.name,
        region_id=row.region_id,
        region_path=row.region_path,
        organisation_id=row.organisation_id,
        invited_by=row.invited_by,
        code_hash=code_hash,
        invited_at=row.invited_at,
        expires_at=row.expires_at,
    )


async def lock_invitation(tx: WriteTransaction, invitation_id: str) -> tuple[InvitationRow, str]:
    """
    Take an invitation for answering, and give the hash of its code.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await tx.run(LOCK, id=invitation_id)
    if not found:
        raise NotFoundError("no such invitation", kind="invitation", id=invitation_id)
    (code,) = await tx.run(CODE, id=invitation_id)
    return _invitation(found[0]), text(code, "code_hash")


async def answer_invitation(
    tx: WriteTransaction, row: InvitationRow, state: InvitationState, *, at: datetime
) -> InvitationRow:
    """Note the answer to a locked, open invitation."""
    volunteer_id = row.id if state is InvitationState.ACCEPTED else None
    await tx.run(SET_STATE, id=row.id, state=state.value, at=at, volunteer_id=volunteer_id)
    return replace(row, state=state, answered_at=at)


async def create_volunteer(
    tx: WriteTransaction, row: InvitationRow, said: Introduction, *, at: datetime
) -> None:
    """Write down who has said that they volunteer; their name has yet to be verified."""
    await tx.run(
        CREATE_VOLUNTEER,
        id=row.id,
        name=row.name,
        birth_date=said.birth_date,
        region_id=row.region_id,
        region_path=row.region_path,
        skills=list(said.skills),
        availability=list(said.availability),
        declined_categories=list(said.declined_categories),
        radius_m=said.radius_m,
        weekly_minutes=said.weekly_minutes,
        physical_limit=said.physical_limit,
        team_id=row.organisation_id,
        source_id=MANUAL_SOURCE,
        at=at,
    )
    await tx.run(LOCATE, id=row.id, region_id=row.region_id, source_id=MANUAL_SOURCE)


async def set_status(tx: WriteTransaction, actor: Actor, volunteer_id: str, status: str) -> int:
    """
    Change where a volunteer of the actor's regions stands, and give the new version.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = await tx.run(SET_STATUS, id=volunteer_id, status=status, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such volunteer", kind="volunteer", id=volunteer_id)
    return integer(found[0], "version")


async def close_overdue(tx: WriteTransaction, now: datetime) -> list[str]:
    """Close the open invitations whose time is over, and give them."""
    overdue = [text(record, "id") for record in await tx.run(OVERDUE, now=now)]
    for invitation_id in overdue:
        await tx.run(
            SET_STATE,
            id=invitation_id,
            state=InvitationState.EXPIRED.value,
            at=now,
            volunteer_id=None,
        )
    return overdue
