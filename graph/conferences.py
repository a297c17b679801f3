"""Case conferences: people who sit together on a need that is stuck."""

from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from graph.columns import integer, text
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths

CREATE = Statement(
    """
    CREATE (:CaseConference {id: $id, need_id: $need_id, state: 'OPEN', reason: $reason, owner_id: $owner_id,
      members: $members, opened_by: $opened_by, opened_at: $opened_at, due_at: $due_at,
      region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:CaseConference {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.need_id AS need_id, n.state AS state, n.version AS version,"
    " n.opened_by AS opened_by",
    Access.WRITE,
)
DECIDE = Statement(
    "MATCH (n:CaseConference {id: $id}) SET n.state = 'DECIDED', n.decision = $decision, n.minutes = $minutes,"
    " n.decided_by = $decided_by, n.decided_at = $at",
    Access.WRITE,
)
OWNER_OF_NEED = Statement(
    "MATCH (n:CaseConference) WHERE n.need_id = $need_id AND n.state = 'OPEN'"
    " RETURN n.owner_id AS owner_id ORDER BY n.opened_at DESC LIMIT 1",
    Access.READ,
)

IS_OPEN = Statement(
    "MATCH (n:CaseConference {id: $id}) WHERE n.state = 'OPEN' RETURN n.id AS id", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedConference:
    """A conference taken for deciding."""

    id: str
    need_id: str
    state: str
    opened_by: str


async def create_conference(
    tx: WriteTransaction,
    conference_id: str,
    *,
    need_id: str,
    reason: str,
    owner_id: str,
    members: tuple[str, ...],
    opened_by: str,
    due_at: datetime,
    region_path: str,
    at: datetime,
) -> None:
    """Write a conference that is to be decided until ``due_at``."""
    await tx.run(
        CREATE,
        id=conference_id,
        need_id=need_id,
        reason=reason,
        owner_id=owner_id,
        members=list(members) or [owner_id],
        opened_by=opened_by,
        opened_at=at,
        due_at=due_at,
        region_path=region_path,
    )


async def lock_conference(
    tx: WriteTransaction, actor: Actor, conference_id: str, *, expected_version: int
) -> LockedConference:
    """
    Take a conference for deciding.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=conference_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such conference", kind="conference", id=conference_id)
    seen = integer(found[0], "version") - 1
    if seen != expected_version:
        raise StaleVersionError(
            "the conference has changed since it was read",
            id=conference_id,
            expected=expected_version,
            found=seen,
        )
    return LockedConference(
        id=conference_id,
        need_id=text(found[0], "need_id"),
        state=text(found[0], "state"),
        opened_by=text(found[0], "opened_by"),
    )


async def owner_of_conference(tx: ReadTransaction, need_id: str) -> str | None:
    """Give who owns the open conference on a need, or None."""
    found = await tx.run(OWNER_OF_NEED, need_id=need_id)
    return text(found[0], "owner_id") if found else None


async def is_open(tx: ReadTransaction, conference_id: str) -> bool:
    """Whether a conference has yet to decide."""
    return bool(await tx.run(IS_OPEN, id=conference_id))
