"""A household with everything that departments say of its members, and the board of what departments send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.people import ChildSituation
from domain.protection import SealedMask
from graph.columns import (
    day_or_none,
    integer,
    integer_or_none,
    moment,
    moment_or_none,
    text,
    text_or_none,
    texts,
)
from graph.masks import mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.scope import IN_SCOPE, View, listed, scope_paths, view_of

_HOUSEHOLD = Statement(
    "MATCH (n:Household {id: $id}) WHERE $sees AND "
    + IN_SCOPE
    + """
    RETURN n.id AS id, n.file_number AS file_number, n.region_id AS region_id, n.region_path AS region_path,
      n.members AS members, n.situations AS situations, n.phone_mask AS phone_mask, n.recorded_at AS recorded_at,
      n.version AS version
    """,
    Access.READ,
)
_MEMBERS = Statement(
    """
    MATCH (r:Resident) WHERE r.household_id = $id
    RETURN r.id AS id, r.name AS name, r.birth_date AS birth_date, r.sex AS sex, r.id_number_mask AS id_number_mask,
      r.phone_mask AS phone_mask, r.region_id AS region_id, r.situations AS situations,
      r.household_role AS household_role, r.recorded_at AS recorded_at
    ORDER BY id
    """,
    Access.READ,
)
_RECORDS = Statement(
    """
    MATCH (r:Resident) WHERE r.household_id = $id
    MATCH (d:DepartmentRecord) WHERE d.resident_id = r.id
    RETURN d.id AS id, d.department AS department, d.event AS event, d.number AS number, r.id AS resident_id,
      d.amount_fen AS amount_fen, d.occurred_on AS occurred_on, d.link_rule AS link_rule
    ORDER BY department, event, occurred_on DESC, number
    """,
    Access.READ,
)
_CHANGES = Statement(
    "MATCH (c:MembershipChange) WHERE c.household_id = $id"
    " RETURN c.id AS id, c.kind AS kind, c.resident_id AS resident_id, c.seen_at AS seen_at ORDER BY seen_at, id",
    Access.READ,
)
_VERSIONS = Statement(
    """
    MATCH (n:HouseholdFileVersion) WHERE n.household_id IN $ids AND $sees AND
    """
    + IN_SCOPE
    + """
    RETURN n.id AS id, n.household_id AS household_id, n.number AS number, n.digest AS digest, n.cause AS cause,
      n.made_by AS made_by, n.at AS at ORDER BY household_id, number DESC
    """,
    Access.READ,
)
_BOARD = Statement(
    "MATCH (n:DepartmentRecord) WHERE $sees AND "
    + IN_SCOPE
    + """
    RETURN n.department AS department, n.event AS event, count(n.id) AS records, count(n.resident_id) AS linked,
      max(n.occurred_on) AS latest_on, max(n.recorded_at) AS imported_at
    ORDER BY department, event
    """,
    Access.READ,
)

CHILD_CODES = frozenset(situation.value for situation in ChildSituation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who belongs to a household, as the register says."""

    id: str
    name: str | None
    birth_date: date | None
    sex: str | None
    id_number_mask: SealedMask | None
    phone_mask: str | None
    region_id: str | None
    situations: frozenset[str]
    household_role: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentFact:
    """One line of a department's list on a member; ``link_rule`` is None where the list names the person itself."""

    id: str
    department: str
    event: str
    number: str
    resident_id: str
    amount_fen: int | None
    occurred_on: date | None
    link_rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChangeRow:
    """Somebody joined or left."""

    kind: str
    resident_id: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdFacts:
    """Everything that is said of a household."""

    id: str
    file_number: str | None
    region_id: str | None
    region_path: str
    stated_members: int | None
    situations: frozenset[str]
    phone_mask: str | None
    recorded_at: datetime
    members: tuple[Member, ...]
    facts: tuple[DepartmentFact, ...]
    changes: tuple[MembershipChangeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersionRow:
    """A stored version of a file: when, by whom and why; its digest says whether two are equal."""

    id: str
    number: int
    digest: str
    cause: str
    made_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSourceRow:
    """One list of one department: how much of it is there, linked to how many, how fresh."""

    department: str
    event: str
    records: int
    linked: int
    latest_on: date | None
    imported_at: datetime | None


def sees_files(view: View) -> bool:
    """Whether files of households are shown at all: to desks, those of child protection among them."""
    return view.desk or view.child


def _situations(record: Record, view: View) -> frozenset[str]:
    """Give situations without those of children, unless the reader's role is theirs (HC-25)."""
    codes = frozenset(texts(record, "situations"))
    return codes if view.child else codes - CHILD_CODES


async def household_facts(
    tx: ReadTransaction, actor: Actor, household_id: str, *, as_system: bool = False
) -> HouseholdFacts:
    """
    Give a household with its members and what departments say of them.

    Parameters
    ----------
    as_system
        Read for the stored version, which keeps everything; nothing of it is shown without a view of its own.

    Raises
    ------
    NotFoundError
        Not within the actor's scope, or no desk.
    """
    view = view_of(actor)
    if as_system:
        view = View(desk=True, office=True, federation=False, volunteer_id=view.volunteer_id, child=True)
    found = await tx.run(_HOUSEHOLD, id=household_id, sees=sees_files(view), scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such household", kind="household", id=household_id)
    home = found[0]
    members = await tx.run(_MEMBERS, id=household_id)
    return HouseholdFacts(
        id=text(home, "id"),
        file_number=text_or_none(home, "file_number"),
        region_id=text_or_none(home, "region_id"),
        region_path=text(home, "region_path"),
        stated_members=integer_or_none(home, "members"),
        situations=_situations(home, view),
        phone_mask=text_or_none(home, "phone_mask"),
        recorded_at=moment(home, "recorded_at"),
        members=tuple(_member(row, view) for row in members),
        facts=tuple(_fact(row) for row in await tx.run(_RECORDS, id=household_id)),
        changes=tuple(
            MembershipChangeRow(
                kind=text(row, "kind"), resident_id=text(row, "resident_id"), seen_at=moment(row, "seen_at")
            )
            for row in await tx.run(_CHANGES, id=household_id)
        ),
    )


def _member(row: Record, view: View) -> Member:
    return Member(
        id=text(row, "id"),
        name=text_or_none(row, "name"),
        birth_date=day_or_none(row, "birth_date"),
        sex=text_or_none(row, "sex"),
        id_number_mask=mask_or_none(row, "id_number_mask"),
        phone_mask=text_or_none(row, "phone_mask"),
        region_id=text_or_none(row, "region_id"),
        situations=_situations(row, view),
        household_role=text_or_none(row, "household_role"),
        recorded_at=moment(row, "recorded_at"),
    )


def _fact(row: Record) -> DepartmentFact:
    return DepartmentFact(
        id=text(row, "id"),
        department=text(row, "department"),
        event=text(row, "event"),
        number=text(row, "number"),
        resident_id=text(row, "resident_id"),
        amount_fen=integer_or_none(row, "amount_fen"),
        occurred_on=day_or_none(row, "occurred_on"),
        link_rule=text_or_none(row, "link_rule"),
    )


async def versions_of_files(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[FileVersionRow, ...]]:
    """Give the stored versions of households' files, the newest first."""
    records = await tx.run(
        _VERSIONS, ids=listed(list(ids)), sees=_sees_versions(view_of(actor)), scope_paths=scope_paths(actor)
    )
    found: dict[str, tuple[FileVersionRow, ...]] = {}
    for row in records:
        version = FileVersionRow(
            id=text(row, "id"),
            number=integer(row, "number"),
            digest=text(row, "digest"),
            cause=text(row, "cause"),
            made_by=text(row, "made_by"),
            at=moment(row, "at"),
        )
        household_id = text(row, "household_id")
        found[household_id] = (*found.get(household_id, ()), version)
    return found


def _sees_versions(view: View) -> bool:
    return sees_files(view) or view.office


async def data_sources(tx: ReadTransaction, actor: Actor) -> Sequence[DataSourceRow]:
    """Give the board of lists: records, linked ones, freshness; for desks and the office."""
    view = view_of(actor)
    records = await tx.run(_BOARD, sees=view.desk or view.office, scope_paths=scope_paths(actor))
    return [
        DataSourceRow(
            department=text_or_none(row, "department") or "",
            event=text_or_none(row, "event") or "",
            records=integer(row, "records"),
            linked=integer(row, "linked"),
            latest_on=day_or_none(row, "latest_on"),
            imported_at=moment_or_none(row, "imported_at"),
        )
        for row in records
    ]
