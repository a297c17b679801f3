"""Who somebody is in the registry, for the acts of consent, unmasking and asking."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.people import VolunteerStatus
from domain.protection import ConsentBasis, SealedMask
from graph.columns import day_or_none, moment, text, text_or_none
from graph.masks import mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths

_COLUMNS = (
    " RETURN n.id AS id, n.name AS name, n.birth_date AS birth_date, n.status AS status,"
    " n.region_path AS region_path, n.consent_basis AS consent_basis, n.source_id AS source_id,"
    " n.recorded_at AS recorded_at, n.resident_id AS resident_id, n.id_number_mask AS id_number_mask,"
    " n.guardian_consent AS guardian_consent, n.version AS version"
)
VOLUNTEER = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE n.erased_at IS NULL AND " + IN_SCOPE + _COLUMNS, Access.READ
)
BY_IDS = Statement(
    "MATCH (n:Volunteer) WHERE n.id IN $ids AND n.name = $name AND n.erased_at IS NULL AND "
    + IN_SCOPE
    + _COLUMNS
    + " ORDER BY id",
    Access.READ,
)
BY_HASH = Statement(
    "MATCH (n:Volunteer) WHERE n.id_number_hash = $hash AND n.name = $name AND n.erased_at IS NULL AND "
    + IN_SCOPE
    + _COLUMNS
    + " ORDER BY id",
    Access.READ,
)
RESIDENT_BY_HASH = Statement(
    "MATCH (n:Resident) WHERE n.id_number_hash = $hash AND n.name = $name AND "
    + IN_SCOPE
    + " RETURN n.id AS id ORDER BY id LIMIT 1",
    Access.READ,
)
RESIDENT_IN = Statement(
    "MATCH (n:Resident) WHERE n.id_number_hash = $hash AND n.name = $name AND n.region_path STARTS WITH $registry"
    " RETURN n.id AS id ORDER BY id LIMIT 1",
    Access.READ,
)
OTHERS_WITH_HASH = Statement(
    "MATCH (n:Volunteer) WHERE n.id_number_hash = $hash AND n.id <> $id AND n.erased_at IS NULL"
    " AND n.status IN ['REAL_NAME_VERIFIED', 'ACTIVE', 'SUSPENDED'] AND n.region_path STARTS WITH $registry"
    " RETURN n.id AS id",
    Access.READ,
)
STANDING_OF = Statement(
    "MATCH (n:Volunteer) WHERE n.id IN $ids AND n.id <> $id AND n.erased_at IS NULL"
    " AND n.status IN ['REAL_NAME_VERIFIED', 'ACTIVE', 'SUSPENDED'] RETURN n.id AS id",
    Access.READ,
)
TELL_OF_NUMBER = Statement(
    "MATCH (n:Volunteer {id: $id}) SET n.id_number_mask = $mask, n.sex = $sex, n.resident_id = $resident_id",
    Access.WRITE,
)
VOLUNTEER_AS_IT_IS = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE n.erased_at IS NULL" + _COLUMNS, Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A volunteer as acts about their record need them."""

    id: str
    name: str
    birth_date: date | None
    status: VolunteerStatus
    region_path: str
    consent_basis: ConsentBasis | None
    source_id: str
    recorded_at: datetime
    resident_id: str | None
    id_number_mask: SealedMask | None
    guardian_consent: bool
    version: int


def _person(record: Record) -> PersonRow:
    basis = text_or_none(record, "consent_basis")
    return PersonRow(
        id=text(record, "id"),
        name=text_or_none(record, "name") or "",
        birth_date=day_or_none(record, "birth_date"),
        status=VolunteerStatus(text(record, "status")),
        region_path=text(record, "region_path"),
        consent_basis=ConsentBasis(basis) if basis else None,
        source_id=text(record, "source_id"),
        recorded_at=moment(record, "recorded_at"),
        resident_id=text_or_none(record, "resident_id"),
        id_number_mask=mask_or_none(record, "id_number_mask"),
        guardian_consent=bool(record["guardian_consent"]),
        version=int(str(record["version"])),
    )


async def person_in_scope(tx: ReadTransaction, actor: Actor, volunteer_id: str) -> PersonRow:
    """
    Give a volunteer of the actor's regions.

    Raises
    ------
    NotFoundError
        There is none, or everything about them was erased.
    """
    found = await tx.run(VOLUNTEER, id=volunteer_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such volunteer", kind="volunteer", id=volunteer_id)
    return _person(found[0])


async def person_as_it_is(tx: ReadTransaction, volunteer_id: str) -> PersonRow | None:
    """Give a volunteer for who holds a slip about them, or None if there is nothing any more."""
    found = await tx.run(VOLUNTEER_AS_IT_IS, id=volunteer_id)
    return _person(found[0]) if found else None


async def persons_known(
    tx: ReadTransaction, actor: Actor, *, ids: list[str], hashed: str, name: str
) -> tuple[list[PersonRow], str | None]:
    """
    Give the volunteers and the resident of a name and a number, in the actor's regions.

    Parameters
    ----------
    ids
        Volunteers whose sealed number is the one.
    hashed
        The number's keyed hash, as imports keep it.
    """
    paths = scope_paths(actor)
    joined = await tx.run(BY_IDS, ids=ids or ["(nothing)"], name=name, scope_paths=paths)
    listed = await tx.run(BY_HASH, hash=hashed, name=name, scope_paths=paths)
    resident = await tx.run(RESIDENT_BY_HASH, hash=hashed, name=name, scope_paths=paths)
    persons = {text(record, "id"): _person(record) for record in (*joined, *listed)}
    return list(persons.values()), text(resident[0], "id") if resident else None


async def resident_of(tx: ReadTransaction, registry: str, *, hashed: str, name: str) -> str | None:
    """Give the resident of a registry that a name and a number belong to, or None."""
    found = await tx.run(RESIDENT_IN, hash=hashed, name=name, registry=registry)
    return text(found[0], "id") if found else None


async def others_standing(
    tx: ReadTransaction, volunteer_id: str, registry: str, *, ids: list[str], hashed: str
) -> bool:
    """Whether somebody else stands in the registry with the same number."""
    listed = await tx.run(OTHERS_WITH_HASH, hash=hashed, id=volunteer_id, registry=registry)
    joined = await tx.run(STANDING_OF, ids=ids or ["(nothing)"], id=volunteer_id)
    return bool(listed or joined)


async def tell_of_number(
    tx: WriteTransaction, volunteer_id: str, *, mask: SealedMask, sex: str, resident_id: str | None
) -> None:
    """Keep of a volunteer's number what may be seen, and whom else it names."""
    await tx.run(TELL_OF_NUMBER, id=volunteer_id, mask=mask.stored, sex=sex, resident_id=resident_id)
