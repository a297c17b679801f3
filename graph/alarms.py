"""Alarms of elders as use cases write them, and what was agreed to for their case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.needs import ConsentGiver
from domain.visits import AlarmKind, StandingConsent
from graph.columns import moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import listed

CREATE = Statement(
    """
    CREATE (:Alarm {id: $id, resident_id: $resident_id, kind: $kind, source: $source, device_id: $device_id,
      need_id: $need_id, ground: $ground, raised_by: $raised_by, detail: $detail, raised_at: $raised_at,
      received_at: $received_at, region_id: $region_id, region_path: $region_path})
    """,
    Access.WRITE,
)
RECENT = Statement(
    """
    MATCH (a:Alarm) WHERE a.resident_id = $resident_id AND a.received_at > $since
    MATCH (n:Need {id: a.need_id}) WHERE n.posted_at > $since AND n.state IN $states
    RETURN n.id AS need_id, a.kind AS kind, n.posted_at AS posted_at ORDER BY posted_at DESC, need_id, kind
    """,
    Access.READ,
)
CONSENT = Statement(
    "MATCH (c:VisitCare {id: $id}) RETURN c.alarm_consent_by AS given_by, c.alarm_consent_at AS given_at,"
    " c.alarm_consent_taken_by AS taken_by",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm:
    """An urgent need that alarms of somebody became a short while ago, and of which kinds they were."""

    need_id: str
    kinds: frozenset[AlarmKind]


async def create_alarm(tx: WriteTransaction, **values: str | datetime | None) -> None:
    """Write an alarm down."""
    await tx.run(CREATE, **values)


async def open_alarm(
    tx: ReadTransaction, resident_id: str, *, since: datetime, states: Collection[str]
) -> OpenAlarm | None:
    """Give the need that an alarm of a resident became after a moment, if it is in one of some states."""
    found = await tx.run(RECENT, resident_id=resident_id, since=since, states=listed(sorted(states)))
    if not found:
        return None
    need_id = text(found[0], "need_id")
    kinds = frozenset(AlarmKind(text(row, "kind")) for row in found if text(row, "need_id") == need_id)
    return OpenAlarm(need_id=need_id, kinds=kinds)


async def standing_consent(tx: ReadTransaction, resident_id: str) -> StandingConsent | None:
    """Give what an elder, or who speaks for them, agreed to for the case of an alarm; None where nobody did."""
    found = await tx.run(CONSENT, id=resident_id)
    giver = text_or_none(found[0], "given_by") if found else None
    at = moment_or_none(found[0], "given_at") if found else None
    if giver is None or at is None:
        return None
    return StandingConsent(given_by=ConsentGiver(giver), at=at, taken_by=text(found[0], "taken_by"))
