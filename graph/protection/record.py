"""All rows about one volunteer, and their erasure: what names the person goes, what the law keeps stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString, cast

from graph.columns import text
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.risk_subjects import forget_risk, waits_for_decision
from graph.schema import NODE_TYPE_BY_LABEL, NODE_TYPES
from graph.volunteers import residents_behind

_HIDDEN = frozenset({"id_number_near", "blind_index", "sealed", "key_id", "code_digest", "tail_digest"})
"""Properties that are keys or traces of keys: they say nothing to the person and something to an attacker."""
_BY_ID: tuple[LiteralString, ...] = ("Volunteer", "Invitation", "ContactPreference", "SealedIdentity")
_BY_RECIPIENT: tuple[LiteralString, ...] = ("Notice",)
_ELSEWHERE = frozenset({"SlotHold", *_BY_ID, *_BY_RECIPIENT})


def _literal(name: str) -> LiteralString:
    """Pass names of the declared schema, and nothing else, for text of our own."""
    return cast("LiteralString", name)


def _read(label: str, where: LiteralString, *, also: LiteralString = "") -> Statement:
    shown = [p.name for p in NODE_TYPE_BY_LABEL[label].properties if not _is_hidden(p.name)]
    columns = _literal(", ".join(f"n.{name} AS {name}" for name in shown))
    return Statement(
        "MATCH (n:"
        + _literal(label)
        + ") WHERE n."
        + where
        + " = $id"
        + also
        + " RETURN "
        + columns
        + " ORDER BY id",
        Access.READ,
    )


def _is_hidden(name: str) -> bool:
    return name in _HIDDEN or name.endswith("_hash")


OF_VOLUNTEER: Mapping[str, Statement] = (
    {label: _read(label, "id") for label in _BY_ID}
    | {label: _read(label, "recipient_id") for label in _BY_RECIPIENT}
    | {
        node.label: _read(node.label, "volunteer_id")
        for node in NODE_TYPES
        if node.label not in _ELSEWHERE and any(p.name == "volunteer_id" for p in node.properties)
    }
)
"""Every label that speaks of volunteers, found in the schema: a new one is in a person's file without further work."""
OF_RESIDENT: Mapping[str, Statement] = {
    "Resident": _read("Resident", "id"),
    "DepartmentRecord": _read("DepartmentRecord", "resident_id"),
    # A copy passes through the hands of a desk: what is child protection's is in none (HC-25).
    "RiskMembership": _read("RiskMembership", "resident_id", also=" AND n.child = false"),
    "Alert": _read("Alert", "resident_id", also=" AND n.child = false"),
}
IN_CHAIN = Statement(
    "MATCH (n:AuditEntry) WHERE n.object_id = $id RETURN n.sequence AS sequence, n.at AS at,"
    " n.operation AS operation ORDER BY sequence",
    Access.READ,
)
OPEN_HOURS = Statement(
    "MATCH (n:HoursRecord) WHERE n.volunteer_id = $id AND n.state IN ['PENDING', 'FROZEN']"
    " RETURN n.id AS id ORDER BY id LIMIT 1",
    Access.READ,
)
CERTIFICATES = Statement(
    "MATCH (n:ServiceCertificate) WHERE n.volunteer_id = $id RETURN n.id AS id, n.content AS content,"
    " n.state AS state ORDER BY id",
    Access.READ,
)
BLANK_CERTIFICATE = Statement(
    "MATCH (n:ServiceCertificate {id: $id}) SET n.content = $content, n.payload = '', n.state = 'REVOKED',"
    " n.revoked_by = $by, n.revoked_reason = 'ERASED', n.revoked_at = $at, n.version = n.version + 1",
    Access.WRITE,
)
BLANK = (
    Statement(
        "MATCH (n:Volunteer {id: $id}) SET n.name = '', n.volunteer_number = NULL, n.resident_id = NULL,"
        " n.team_id = NULL, n.id_number_hash = NULL, n.id_number_mask = NULL, n.birth_date = NULL, n.sex = NULL,"
        " n.longitude_deg = NULL, n.latitude_deg = NULL, n.skills = NULL, n.recognised_skills = NULL,"
        " n.availability = NULL, n.declined_categories = NULL, n.preferred_categories = NULL, n.radius_m = NULL,"
        " n.weekly_minutes = NULL, n.most_visits = NULL, n.physical_limit = NULL, n.guardian_consent = NULL,"
        " n.status = 'WITHDRAWN', n.erased_at = $at, n.version = n.version + 1",
        Access.WRITE,
    ),
    Statement("MATCH (n:Invitation {id: $id}) SET n.name = '', n.code_hash = ''", Access.WRITE),
    Statement(
        "MATCH (n:ConsentAct) WHERE n.volunteer_id = $id SET n.giver_name = NULL, n.relation = NULL",
        Access.WRITE,
    ),
    Statement("MATCH (n:IdentityReading) WHERE n.volunteer_id = $id SET n.reason = NULL", Access.WRITE),
    Statement(
        "MATCH (n:HoursRecord) WHERE n.volunteer_id = $id SET n.evidence = NULL, n.dispute_reason = NULL",
        Access.WRITE,
    ),
    Statement("MATCH (n:Claim) WHERE n.volunteer_id = $id SET n.end_reason = NULL", Access.WRITE),
    Statement("MATCH (n:WorkOrder) WHERE n.volunteer_id = $id SET n.report = NULL", Access.WRITE),
    Statement("MATCH (n:IssuedCredential) WHERE n.volunteer_id = $id SET n.holder = NULL", Access.WRITE),
    Statement("MATCH (n:RecognitionCase) WHERE n.volunteer_id = $id SET n.holder = NULL", Access.WRITE),
)
DELETE = (
    Statement("MATCH (n:SealedIdentity {id: $id}) DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:ContactPreference {id: $id}) DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:Notice) WHERE n.recipient_id = $id DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:Qualification) WHERE n.volunteer_id = $id DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:InsuranceCover) WHERE n.volunteer_id = $id DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:HolderKey) WHERE n.volunteer_id = $id DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:WaitingEntry) WHERE n.volunteer_id = $id DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:RegistrationEnquiry) WHERE n.volunteer_id = $id DETACH DELETE n", Access.WRITE),
    Statement("MATCH (:Volunteer {id: $id})-[r:SAME_PERSON]->(:Resident) DELETE r", Access.WRITE),
    Statement("MATCH (:Volunteer {id: $id})-[r:MEMBER_OF]->(:Organisation) DELETE r", Access.WRITE),
    # What an import found before it: fields of the record, with the values that they had.
    Statement(
        "MATCH (n:ImportChange) WHERE n.node_id = $id AND n.label = 'Volunteer' AND n.kind = 'CHANGED'"
        " DETACH DELETE n",
        Access.WRITE,
    ),
)
ERASED = Statement("MATCH (n:Volunteer) WHERE n.erased_at IS NOT NULL RETURN n.id AS id", Access.READ)


async def rows_about(tx: ReadTransaction, volunteer_id: str) -> dict[str, list[Record]]:
    """Give every row about a volunteer by its label, with their register entry where they are a known resident."""
    found = {label: await tx.run(statement, id=volunteer_id) for label, statement in OF_VOLUNTEER.items()}
    for resident_id in sorted(await residents_behind(tx, [volunteer_id])):
        for label, statement in OF_RESIDENT.items():
            found[label] = [*found.get(label, ()), *await tx.run(statement, id=resident_id)]
    found["AuditEntry"] = await tx.run(IN_CHAIN, id=volunteer_id)
    return {label: rows for label, rows in found.items() if rows}


async def open_matters(tx: ReadTransaction, volunteer_id: str) -> str | None:
    """Give what about them is still to be decided on: ``open_hours``, ``open_alerts``, or None."""
    if await tx.run(OPEN_HOURS, id=volunteer_id):
        return "open_hours"
    residents = sorted(await residents_behind(tx, [volunteer_id]))
    return "open_alerts" if await waits_for_decision(tx, residents) else None


async def certificates_with_name(tx: ReadTransaction, volunteer_id: str) -> list[tuple[str, str]]:
    """Give ids and contents of a volunteer's certificates."""
    return [(text(row, "id"), text(row, "content")) for row in await tx.run(CERTIFICATES, id=volunteer_id)]


async def blank_certificate(
    tx: WriteTransaction, certificate_id: str, content: str, *, by: str, at: datetime
) -> None:
    """Keep of a certificate what it certified, and revoke it."""
    await tx.run(BLANK_CERTIFICATE, id=certificate_id, content=content, by=by, at=at)


async def erase_rows(tx: WriteTransaction, volunteer_id: str, at: datetime) -> None:
    """Delete what names a volunteer; hours, claims and acts stay under an id that names nobody."""
    await forget_risk(tx, sorted(await residents_behind(tx, [volunteer_id])))
    for statement in DELETE:
        await tx.run(statement, id=volunteer_id)
    first, *rest = BLANK
    await tx.run(first, id=volunteer_id, at=at)
    for statement in rest:
        await tx.run(statement, id=volunteer_id)


async def erased_volunteers(tx: ReadTransaction) -> set[str]:
    """Give the volunteers that were erased: a list that still has them brings nothing of them back."""
    return {text(record, "id") for record in await tx.run(ERASED)}
