"""What devices and people report of visits: written once, never edited."""

from typing import LiteralString

from domain.regions import GeoPoint
from domain.service import Anomaly, CheckEvent, CheckKind, CheckMethod, EventState
from graph.columns import integer, integer_or_none, moment, real_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

EVENT_COLUMNS: LiteralString = """
RETURN n.id AS id, n.work_order_id AS work_order_id, n.kind AS kind, n.method AS method, n.state AS state,
  n.reported_at AS reported_at, n.received_at AS received_at, n.at AS at, n.skew_s AS skew_s,
  n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg, n.accuracy_m AS accuracy_m,
  n.device_id AS device_id, n.device_version AS device_version, n.actor_id AS actor_id, n.field AS field,
  n.note AS note, n.flags AS flags, n.confirmed_by AS confirmed_by, n.region_path AS region_path,
  n.digest AS digest
"""
CREATE_EVENT = Statement(
    """
    CREATE (:CheckEvent {id: $id, work_order_id: $work_order_id, kind: $kind, method: $method, state: $state,
      reported_at: $reported_at, received_at: $received_at, at: $at, skew_s: $skew_s,
      longitude_deg: $longitude_deg, latitude_deg: $latitude_deg, accuracy_m: $accuracy_m,
      device_id: $device_id, device_version: $device_version, actor_id: $actor_id, field: $field, note: $note,
      flags: $flags, digest: $digest, region_path: $region_path})
    """,
    Access.WRITE,
)
CONFIRM_EVENT = Statement(
    "MATCH (n:CheckEvent {id: $id}) SET n.state = 'COUNTED', n.confirmed_by = $confirmed_by", Access.WRITE
)
EVENT_DIGEST = Statement("MATCH (n:CheckEvent {id: $id}) RETURN n.digest AS digest", Access.READ)
EVENTS_OF = Statement(
    "MATCH (n:CheckEvent) WHERE n.work_order_id = $work_order_id" + EVENT_COLUMNS + "ORDER BY id", Access.READ
)


def event_of(record: Record) -> CheckEvent:
    """Give the event of a record of ``EVENT_COLUMNS``."""
    longitude, latitude = real_or_none(record, "longitude_deg"), real_or_none(record, "latitude_deg")
    return CheckEvent(
        id=text(record, "id"),
        work_order_id=text(record, "work_order_id"),
        kind=CheckKind(text(record, "kind")),
        method=CheckMethod(text(record, "method")),
        state=EventState(text(record, "state")),
        reported_at=moment(record, "reported_at"),
        received_at=moment(record, "received_at"),
        at=moment(record, "at"),
        skew_s=integer(record, "skew_s"),
        place=None
        if longitude is None or latitude is None
        else GeoPoint(longitude_deg=longitude, latitude_deg=latitude),
        accuracy_m=integer_or_none(record, "accuracy_m"),
        device_id=text(record, "device_id"),
        device_version=integer(record, "device_version"),
        actor_id=text(record, "actor_id"),
        field=text_or_none(record, "field"),
        note=text_or_none(record, "note"),
        flags=frozenset(Anomaly(name) for name in texts(record, "flags")),
        confirmed_by=text_or_none(record, "confirmed_by"),
        region_path=text(record, "region_path"),
    )


async def event_digest(tx: ReadTransaction, event_id: str) -> str | None:
    """Give the digest of an event that came in before, or None."""
    found = await tx.run(EVENT_DIGEST, id=event_id)
    return text(found[0], "digest") if found else None


async def create_event(tx: WriteTransaction, event: CheckEvent, digest: str) -> None:
    """
    Write an event down.

    Raises
    ------
    ConflictError
        The device reported under this version before.
    """
    await tx.run(
        CREATE_EVENT,
        id=event.id,
        work_order_id=event.work_order_id,
        kind=event.kind.value,
        method=event.method.value,
        state=event.state.value,
        reported_at=event.reported_at,
        received_at=event.received_at,
        at=event.at,
        skew_s=event.skew_s,
        longitude_deg=event.place.longitude_deg if event.place else None,
        latitude_deg=event.place.latitude_deg if event.place else None,
        accuracy_m=event.accuracy_m,
        device_id=event.device_id,
        device_version=event.device_version,
        actor_id=event.actor_id,
        field=event.field,
        note=event.note,
        flags=sorted(event.flags),
        digest=digest,
        region_path=event.region_path,
    )


async def confirm_event(tx: WriteTransaction, event_id: str, *, confirmed_by: str) -> None:
    """Let an event count that waited for the other party."""
    await tx.run(CONFIRM_EVENT, id=event_id, confirmed_by=confirmed_by)


async def events_of(tx: ReadTransaction, order_id: str) -> list[CheckEvent]:
    """Give everything that was reported of an order."""
    return [event_of(record) for record in await tx.run(EVENTS_OF, work_order_id=order_id)]
