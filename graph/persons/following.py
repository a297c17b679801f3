"""
What a volunteer's record has, carried to the record that stands for the person, and back.

Rows keep in ``recorded_for`` whose they were. Nothing is copied and nothing deleted, so carrying back leaves what there
was; what came since without saying for whom goes with the record, key or order from which it came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.stars import StarLevel
from graph.columns import integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_paths

_ROWS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("Claim", "volunteer_id"),
    ("SlotOffer", "volunteer_id"),
    ("WaitingEntry", "volunteer_id"),
    ("WorkOrder", "volunteer_id"),
    ("Proposal", "volunteer_id"),
    ("StarNotice", "volunteer_id"),
    ("ServiceCertificate", "volunteer_id"),
    ("RecognisedClaim", "volunteer_id"),
    ("RecognitionCase", "volunteer_id"),
    ("HolderKey", "volunteer_id"),
    ("IssuedCredential", "volunteer_id"),
    ("Qualification", "volunteer_id"),
    ("InsuranceCover", "volunteer_id"),
    ("Visit", "visitor_id"),
    ("VisitCare", "usual_visitor_id"),
    ("Notice", "recipient_id"),
)
_MOVED: LiteralString = " RETURN n.id AS id"
AWAY = {
    label: Statement(
        "MATCH (n:" + label + ") WHERE n." + of + " = $held AND (n.recorded_for IS NULL OR n.recorded_for = $origin)"
        " SET n." + of + " = $to, n.recorded_for = $origin" + _MOVED,
        Access.WRITE,
    )
    for label, of in _ROWS
}  # fmt: skip
BACK = {
    label: Statement(
        "MATCH (n:" + label + ") WHERE n." + of + " = $held AND n.recorded_for = $origin"
        " SET n." + of + " = $to, n.recorded_for = $kept" + _MOVED,
        Access.WRITE,
    )
    for label, of in _ROWS
}  # fmt: skip
"""Rows that a record brought along, for its return or its next journey."""

# What came since the merge, by what it came from.
SINCE = (
    Statement(
        "MATCH (n:SlotOffer) WHERE n.volunteer_id = $held AND n.recorded_for IS NULL AND n.replaces IS NOT NULL"
        " MATCH (o:Claim {id: n.replaces}) WHERE o.recorded_for = $origin SET n.recorded_for = $origin",
        Access.WRITE,
    ),
    Statement(
        "MATCH (n:WorkOrder) WHERE n.volunteer_id = $held AND n.recorded_for IS NULL AND n.claim_id IS NOT NULL"
        " MATCH (o:Claim {id: n.claim_id}) WHERE o.recorded_for = $origin SET n.recorded_for = $origin",
        Access.WRITE,
    ),
    Statement(
        "MATCH (n:RecognitionCase) WHERE n.volunteer_id = $held AND n.recorded_for IS NULL"
        " MATCH (o:HolderKey {id: n.holder}) WHERE o.recorded_for = $origin SET n.recorded_for = $origin",
        Access.WRITE,
    ),
    Statement(
        "MATCH (n:RecognisedClaim) WHERE n.volunteer_id = $held AND n.recorded_for IS NULL"
        " MATCH (o:RecognitionCase {id: n.case_id}) WHERE o.recorded_for = $origin SET n.recorded_for = $origin",
        Access.WRITE,
    ),
    Statement(
        "MATCH (n:Qualification) WHERE n.volunteer_id = $held AND n.recorded_for IS NULL"
        " MATCH (o:RecognisedClaim {id: n.id}) WHERE o.recorded_for = $origin SET n.recorded_for = $origin",
        Access.WRITE,
    ),
    Statement(
        "MATCH (n:HoursRecord) WHERE n.volunteer_id = $held AND n.recorded_for IS NULL AND n.work_order_id IS NOT NULL"
        " MATCH (o:WorkOrder {id: n.work_order_id}) WHERE o.recorded_for = $origin SET n.recorded_for = $origin",
        Access.WRITE,
    ),
    Statement(
        "MATCH (o:RecognisedClaim) WHERE o.volunteer_id = $held AND o.recorded_for = $origin AND o.hours_id IS NOT NULL"
        " MATCH (n:HoursRecord {id: o.hours_id}) WHERE n.recorded_for IS NULL SET n.recorded_for = $origin",
        Access.WRITE,
    ),
)
HOURS_ORIGIN = Statement(
    "MATCH (n:HoursRecord) WHERE n.volunteer_id = $held RETURN n.id AS id, n.recorded_for AS origin",
    Access.READ,
)
SET_HOURS_ORIGIN = Statement("MATCH (n:HoursRecord {id: $id}) SET n.recorded_for = $origin", Access.WRITE)
HOLDS_OF_CLAIMS = Statement(
    "MATCH (c:Claim) WHERE c.volunteer_id = $id AND c.state = 'ACTIVE'"
    " MATCH (h:SlotHold {id: c.slot_id}) WHERE h.claim_id = c.id SET h.volunteer_id = $id",
    Access.WRITE,
)
HOLDS_OF_OFFERS = Statement(
    "MATCH (c:SlotOffer) WHERE c.volunteer_id = $id AND c.state = 'OPEN'"
    " MATCH (h:SlotHold {id: c.slot_id}) WHERE h.claim_id = c.id SET h.volunteer_id = $id",
    Access.WRITE,
)
ASSIGNED = Statement(
    "MATCH (v:Volunteer {id: $id})-[r:ASSIGNED_TO]->(n:Need) WHERE r.claim_id IS NOT NULL"
    " RETURN n.id AS need_id, r.claim_id AS claim_id",
    Access.READ,
)
STANDING = Statement(
    "MATCH (c:Claim) WHERE c.volunteer_id = $id AND c.state IN ['ACTIVE', 'DONE']"
    " RETURN c.need_id AS need_id, min(c.id) AS claim_id",
    Access.READ,
)
UNASSIGN = Statement(
    "MATCH (v:Volunteer {id: $id})-[r:ASSIGNED_TO]->(n:Need {id: $need_id}) DELETE r", Access.WRITE
)
ASSIGN = Statement(
    "MATCH (v:Volunteer {id: $id}) MATCH (n:Need {id: $need_id})"
    " MERGE (v)-[r:ASSIGNED_TO]->(n) ON CREATE SET r.source_id = $claim_id SET r.claim_id = $claim_id",
    Access.WRITE,
)
LENT: LiteralString = "'merged'"
LEND_RESIDENT = Statement(
    "MATCH (h:Volunteer)-[:SAME_PERSON]->(r:Resident) WHERE h.merged_into = $id MATCH (v:Volunteer {id: $id})"
    " MERGE (v)-[s:SAME_PERSON]->(r) ON CREATE SET s.source_id = " + LENT,
    Access.WRITE,
)
UNLEND_RESIDENT = Statement(
    "MATCH (v:Volunteer {id: $id})-[s:SAME_PERSON]->(:Resident) WHERE s.source_id = " + LENT + " DELETE s",
    Access.WRITE,
)
PROMISES = Statement(
    "MATCH (n:Claim) WHERE n.volunteer_id = $id AND n.state = 'ACTIVE' AND n.window_start IS NOT NULL"
    " AND n.window_end IS NOT NULL RETURN n.id AS id, n.recorded_for AS origin, n.claimed_at AS since,"
    " n.window_start AS window_start, n.window_end AS window_end, n.doubles AS doubles ORDER BY id",
    Access.READ,
)
SET_DOUBLES = Statement(
    "MATCH (n:Claim {id: $id}) SET n.doubles = $doubles, n.at_risk_at = $at", Access.WRITE
)
SUMS = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.volunteer_id = $id AND n.state = 'ACTIVE' AND n.hours_id IS NOT NULL"
    " AND n.period_from IS NOT NULL AND n.period_to IS NOT NULL RETURN n.hours_id AS hours_id, n.issuer AS issuer,"
    " n.taken_down AS taken_down, n.period_from AS period_from, n.period_to AS period_to",
    Access.READ,
)
GRANTED = Statement(
    "MATCH (n:StarNotice) WHERE n.volunteer_id = $id AND n.state = 'GRANTED' AND n.minutes <= $minutes"
    " RETURN n.level AS level",
    Access.READ,
)
PARTS = Statement(
    "MATCH (v:Volunteer) WHERE v.id IN $ids RETURN v.id AS id, v.merged_into AS merged_into, v.status AS status,"
    " v.star AS star, v.own_star AS own_star, v.verified_minutes AS minutes, v.recorded_at AS recorded_at,"
    " v.region_path AS region_path, v.own_status AS own_status ORDER BY id",
    Access.READ,
)
JOIN = Statement(
    "MATCH (v:Volunteer {id: $id}) SET v.merged_into = $to, v.own_status = $own_status, v.status = 'MERGED'",
    Access.WRITE,
)
LEAVE = Statement(
    "MATCH (v:Volunteer {id: $id}) SET v.merged_into = null, v.status = $status, v.own_status = null",
    Access.WRITE,
)
KEEP_STAR = Statement("MATCH (v:Volunteer {id: $id}) SET v.own_star = $star", Access.WRITE)
SET_STAR = Statement("MATCH (v:Volunteer {id: $id}) SET v.star = $star", Access.WRITE)
ISSUED_SINCE = Statement(
    "MATCH (n:IssuedCredential) WHERE n.volunteer_id IN $ids AND n.state = 'VALID' AND n.issued_at >= $since"
    " RETURN n.id AS id ORDER BY id",
    Access.READ,
)
CERTIFIED_SINCE = Statement(
    "MATCH (n:ServiceCertificate) WHERE n.volunteer_id IN $ids AND n.state = 'ISSUED' AND n.issued_at >= $since"
    " RETURN n.id AS id ORDER BY id",
    Access.READ,
)
SURVIVOR = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE n.merged_into IS NOT NULL RETURN n.merged_into AS id", Access.READ
)
MERGED = Statement(
    "MATCH (n:Volunteer) WHERE n.merged_into IS NOT NULL AND "
    + IN_SCOPE
    + " RETURN n.id AS id, n.merged_into AS held ORDER BY id",
    Access.READ,
)
NO_STAR = ""
"""Stands in ``own_star`` for a record that had none, so that null is one nobody looked at yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A record of a person; ``merged_into`` is the record that stands for it."""

    id: str
    merged_into: str | None
    status: str | None
    own_status: str | None
    star: str | None
    own_star: str | None
    minutes: int
    recorded_at: datetime
    region_path: str

    @property
    def home(self) -> str:
        """The record under which its rows stand."""
        return self.merged_into or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    """A claim that stands, and the one it was found to double."""

    id: str
    origin: str | None
    since: datetime
    start: datetime
    end: datetime
    doubles: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SumRow:
    """The period of recognised minutes that are known as a sum alone."""

    issuer: str
    taken_down: str
    start: datetime
    end: datetime


async def parts_of(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, PartRow]:
    """Give records of persons by id, those that there are."""
    found = await tx.run(PARTS, ids=listed(list(ids)))
    return {
        text(row, "id"): PartRow(
            id=text(row, "id"),
            merged_into=text_or_none(row, "merged_into"),
            status=text_or_none(row, "status"),
            own_status=text_or_none(row, "own_status"),
            star=text_or_none(row, "star"),
            own_star=text_or_none(row, "own_star"),
            minutes=integer(row, "minutes"),
            recorded_at=moment(row, "recorded_at"),
            region_path=text(row, "region_path"),
        )
        for row in found
    }


async def carry_rows(tx: WriteTransaction, origin: str, held: str, to: str) -> dict[str, int]:
    """
    Carry what is one record's from the record that holds it to another, and give how many rows by label.

    Parameters
    ----------
    origin
        Whose the rows are.
    held, to
        Under which record they stand, and are to stand.
    """
    if held != origin:
        for statement in SINCE:
            await tx.run(statement, held=held, origin=origin)
    counts: dict[str, int] = {}
    for label, _ in _ROWS:
        if held == origin:
            moved = await tx.run(AWAY[label], held=held, origin=origin, to=to)
        else:
            kept = None if to == origin else origin
            moved = await tx.run(BACK[label], held=held, origin=origin, to=to, kept=kept)
        if moved:
            counts[label] = len(moved)
    return counts


async def origins_of_hours(tx: ReadTransaction, held: str) -> dict[str, str]:
    """Give for every record of hours that stands under a volunteer's record whose it is."""
    found = await tx.run(HOURS_ORIGIN, held=held)
    return {text(row, "id"): text_or_none(row, "origin") or held for row in found}


async def set_hours_origin(tx: WriteTransaction, record_id: str, origin: str | None) -> None:
    """Write whose a record of hours is; None where it stands under that very record."""
    await tx.run(SET_HOURS_ORIGIN, id=record_id, origin=origin)


async def settle_holds(tx: WriteTransaction, volunteer_id: str) -> None:
    """Let slots and ties to needs say what a volunteer's claims say."""
    await tx.run(HOLDS_OF_CLAIMS, id=volunteer_id)
    await tx.run(HOLDS_OF_OFFERS, id=volunteer_id)
    standing = {
        text(row, "need_id"): text(row, "claim_id") for row in await tx.run(STANDING, id=volunteer_id)
    }
    tied = {text(row, "need_id"): text(row, "claim_id") for row in await tx.run(ASSIGNED, id=volunteer_id)}
    for need_id in sorted(set(tied) - set(standing)):
        await tx.run(UNASSIGN, id=volunteer_id, need_id=need_id)
    for need_id in sorted(set(standing) - set(tied)):
        await tx.run(ASSIGN, id=volunteer_id, need_id=need_id, claim_id=standing[need_id])
    await tx.run(UNLEND_RESIDENT, id=volunteer_id)
    await tx.run(LEND_RESIDENT, id=volunteer_id)


async def promises_of(tx: ReadTransaction, volunteer_id: str) -> list[PromiseRow]:
    """Give the claims of a volunteer that stand and have a time."""
    return [
        PromiseRow(
            id=text(row, "id"),
            origin=text_or_none(row, "origin"),
            since=moment(row, "since"),
            start=moment(row, "window_start"),
            end=moment(row, "window_end"),
            doubles=text_or_none(row, "doubles"),
        )
        for row in await tx.run(PROMISES, id=volunteer_id)
    ]


async def set_doubles(tx: WriteTransaction, claim_id: str, doubles: str | None, at: datetime) -> None:
    """Put a claim at risk because of another one of the same person, or take that back."""
    await tx.run(SET_DOUBLES, id=claim_id, doubles=doubles, at=None if doubles is None else at)


async def sums_of(tx: ReadTransaction, volunteer_id: str) -> dict[str, SumRow]:
    """Give the periods of recognised sums by the record of hours that holds their minutes."""
    sums: dict[str, SumRow] = {}
    for row in await tx.run(SUMS, id=volunteer_id):
        start, end = moment_or_none(row, "period_from"), moment_or_none(row, "period_to")
        if start is not None and end is not None:
            sums[text(row, "hours_id")] = SumRow(
                issuer=text(row, "issuer"),
                taken_down=text_or_none(row, "taken_down") or "",
                start=start,
                end=end,
            )
    return sums


async def join_part(tx: WriteTransaction, part: PartRow, to: str) -> None:
    """Let another record stand for this one."""
    own = part.own_status if part.merged_into is not None else part.status
    await tx.run(JOIN, id=part.id, to=to, own_status=own)


async def leave_part(tx: WriteTransaction, part: PartRow) -> None:
    """Let a record stand for itself again, where it stood before."""
    await tx.run(LEAVE, id=part.id, status=part.own_status)


async def keep_star(tx: WriteTransaction, part: PartRow) -> PartRow:
    """Remember the star a record had by itself, once."""
    if part.own_star is None:
        await tx.run(KEEP_STAR, id=part.id, star=part.star or NO_STAR)
    return part


async def settle_star(tx: WriteTransaction, volunteer_id: str, parts: Sequence[PartRow]) -> str | None:
    """Write the star of a person: the highest that a record of theirs had, or their hours were granted."""
    (own,) = (await parts_of(tx, [volunteer_id])).values()
    levels = [
        StarLevel(star) for part in parts if (star := part.star if part.own_star is None else part.own_star)
    ]
    for row in await tx.run(GRANTED, id=volunteer_id, minutes=own.minutes):
        levels.append(StarLevel(text(row, "level")))
    star = max(levels, key=lambda level: level.rank).value if levels else None
    await tx.run(SET_STAR, id=volunteer_id, star=star)
    return star


async def issued_since(tx: ReadTransaction, ids: Sequence[str], since: datetime) -> list[str]:
    """Give the credentials that hold and were issued from a moment on."""
    return [text(row, "id") for row in await tx.run(ISSUED_SINCE, ids=listed(list(ids)), since=since)]


async def certified_since(tx: ReadTransaction, ids: Sequence[str], since: datetime) -> list[str]:
    """Give the certificates that hold and were issued from a moment on."""
    return [text(row, "id") for row in await tx.run(CERTIFIED_SINCE, ids=listed(list(ids)), since=since)]


async def survivor_of(tx: ReadTransaction, volunteer_id: str) -> str:
    """Give the record that stands for a volunteer's: itself, unless it was merged."""
    found = await tx.run(SURVIVOR, id=volunteer_id)
    return text(found[0], "id") if found else volunteer_id


async def merged_records(tx: ReadTransaction, actor: Actor) -> dict[str, str]:
    """Give the merged records of the actor's regions, and the one that stands for each."""
    found = await tx.run(MERGED, scope_paths=scope_paths(actor))
    return {text(row, "id"): text(row, "held") for row in found}
