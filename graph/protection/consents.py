"""Acts of consent and their withdrawal."""

from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.protection import ConsentBasis, ConsentChannel, ConsentingParty, ConsentKind
from graph.columns import moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths

ADD = Statement(
    """
    CREATE (:ConsentAct {id: $id, volunteer_id: $volunteer_id, kind: $kind, text_id: $text_id,
      text_digest: $text_digest, locale: $locale, channel: $channel, given_by: $given_by, giver_name: $giver_name,
      relation: $relation, taken_by: $taken_by, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
OF_VOLUNTEER = Statement(
    "MATCH (n:ConsentAct) WHERE n.volunteer_id = $volunteer_id"
    " RETURN n.id AS id, n.volunteer_id AS volunteer_id, n.kind AS kind, n.text_id AS text_id,"
    " n.text_digest AS text_digest, n.locale AS locale, n.channel AS channel, n.given_by AS given_by,"
    " n.giver_name AS giver_name, n.relation AS relation, n.taken_by AS taken_by, n.at AS at,"
    " n.region_path AS region_path ORDER BY at, id",
    Access.READ,
)
SET_BASIS = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.consent_basis = $basis, n.version = n.version + 1",
    Access.WRITE,
)
SET_GUARDIAN = Statement(
    "MATCH (n:Volunteer {id: $id}) SET n.guardian_consent = $given, n.version = n.version + 1", Access.WRITE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """Who agreed to what, in which words, when and how; or took it back."""

    id: str
    volunteer_id: str
    kind: ConsentKind
    text_id: str
    text_digest: str
    locale: str
    channel: ConsentChannel
    given_by: ConsentingParty
    giver_name: str | None
    relation: str | None
    taken_by: str | None
    at: datetime
    region_path: str


def _row(record: Record) -> ConsentRow:
    return ConsentRow(
        id=text(record, "id"),
        volunteer_id=text(record, "volunteer_id"),
        kind=ConsentKind(text(record, "kind")),
        text_id=text(record, "text_id"),
        text_digest=text(record, "text_digest"),
        locale=text(record, "locale"),
        channel=ConsentChannel(text(record, "channel")),
        given_by=ConsentingParty(text(record, "given_by")),
        giver_name=text_or_none(record, "giver_name"),
        relation=text_or_none(record, "relation"),
        taken_by=text_or_none(record, "taken_by"),
        at=moment(record, "at"),
        region_path=text(record, "region_path"),
    )


async def add_consent(tx: WriteTransaction, row: ConsentRow) -> None:
    """Take an act down."""
    await tx.run(
        ADD,
        id=row.id,
        volunteer_id=row.volunteer_id,
        kind=row.kind.value,
        text_id=row.text_id,
        text_digest=row.text_digest,
        locale=row.locale,
        channel=row.channel.value,
        given_by=row.given_by.value,
        giver_name=row.giver_name,
        relation=row.relation,
        taken_by=row.taken_by,
        at=row.at,
        region_path=row.region_path,
    )


async def consents_of(tx: ReadTransaction, volunteer_id: str) -> list[ConsentRow]:
    """Give the acts of a volunteer and their guardian, the oldest first."""
    return [_row(record) for record in await tx.run(OF_VOLUNTEER, volunteer_id=volunteer_id)]


async def rest_on(tx: WriteTransaction, actor: Actor, volunteer_id: str, basis: ConsentBasis) -> None:
    """Note on what a volunteer's record rests."""
    await tx.run(SET_BASIS, id=volunteer_id, basis=basis.value, scope_paths=scope_paths(actor))


async def set_guardian_consent(tx: WriteTransaction, volunteer_id: str, *, given: bool) -> None:
    """Note whether a guardian agrees."""
    await tx.run(SET_GUARDIAN, id=volunteer_id, given=given)
