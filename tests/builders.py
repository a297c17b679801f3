"""Small builders, one per aggregate: rows with all that a label asks for, and what the test cares about."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count

import polars as pl

from domain.actors import Actor, Purpose, Role, Scope
from graph.ledger import opening
from graph.ports import GraphStore, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME, PropertyType
from workflows.workspace import Workspace

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday 09:00 in China
CITY = "/NBS/32/3205/320582/"
TOWN = "/NBS/32/3205/320582/320582100/"
TOWN_ID = "NBS:320582100000"
OTHER_CITY = "/NBS/31/3101/310109/"
OTHER_TOWN = "/NBS/31/3101/310109/310109009/"

Row = dict[str, object]

_TYPES = {
    PropertyType.STRING: pl.String,
    PropertyType.INT64: pl.Int64,
    PropertyType.DOUBLE: pl.Float64,
    PropertyType.BOOL: pl.Boolean,
    PropertyType.DATE: pl.Date,
    PropertyType.TIMESTAMP: pl.Datetime("us", "UTC"),
    PropertyType.STRING_LIST: pl.List(pl.String),
}
_SOURCED = {"source_id": "manual", "source_row": 0, "recorded_at": NOW}
_PLACE = {"longitude_deg": 120.55, "latitude_deg": 31.87, "place_made_up": True}


@dataclass
class World:
    """Rows by label and relationships by (type, from label, to label), written in one go."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], list[Row]] = field(default_factory=dict)

    def add(self, label: str, **values: object) -> str:
        self.rows.setdefault(label, []).append(values)
        return str(values["id"])

    def join(self, name: str, pair: tuple[str, str], from_id: str, to_id: str, **values: object) -> None:
        row = {"from_id": from_id, "to_id": to_id, "source_id": "manual", **values}
        self.edges.setdefault((name, *pair), []).append(row)

    def region(
        self, region_id: str = TOWN_ID, *, path: str = TOWN, level: str = "TOWN", name: str = "杨舍镇"
    ) -> str:
        system, code = region_id.split(":")
        return self.add(
            "Region",
            id=region_id,
            system=system,
            code=code,
            name=name,
            level=level,
            region_path=path,
            **_SOURCED,
        )

    def household(self, household_id: str, *, path: str = TOWN, **values: object) -> str:
        defaults = {"region_path": path, "situations": ["DIBAO"], "version": 1, **_PLACE, **_SOURCED}
        return self.add("Household", id=household_id, **{**defaults, **values})

    def resident(self, resident_id: str, household_id: str, *, path: str = TOWN, **values: object) -> str:
        defaults = {
            "household_id": household_id,
            "name": "张小三",
            "birth_date": date(1950, 5, 1),
            "region_path": path,
            **_SOURCED,
        }
        return self.add("Resident", id=resident_id, **{**defaults, **values})

    def volunteer(
        self, volunteer_id: str, *, path: str = TOWN, licences: tuple[str, ...] = (), **values: object
    ) -> str:
        defaults = {
            "name": "李小四",
            "birth_date": date(1990, 1, 1),
            "region_path": path,
            "status": "ACTIVE",
            "skills": ["COMPANIONSHIP"],
            "availability": [
                f"{day} 08:00-18:00" for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
            ],
            "declined_categories": [],
            "radius_m": 20_000,
            "weekly_minutes": 600,
            "verified_minutes": 0,
            "physical_limit": False,
            "guardian_consent": False,
            "version": 1,
            **_PLACE,
            **_SOURCED,
        }
        self.add("Volunteer", id=volunteer_id, **{**defaults, **values})
        for licence in licences:
            self.add(
                "Qualification",
                id=f"{volunteer_id}:{licence}",
                volunteer_id=volunteer_id,
                licence=licence,
                valid_from=date(2025, 1, 1),
                valid_to=date(2027, 1, 1),
                **_SOURCED,
            )
        return volunteer_id

    def organisation(
        self, organisation_id: str, *, path: str = CITY, kind: str = "CHARITY_ORG", **values: object
    ) -> str:
        defaults = {"kind": kind, "name": "市慈善总会", "region_path": path, **_PLACE, **_SOURCED}
        return self.add("Organisation", id=organisation_id, **{**defaults, **values})

    def fund(self, fund_id: str, organisation_id: str, *, path: str = CITY, **values: object) -> str:
        defaults = {
            "name": "助困基金",
            "type": "GENERAL",
            "organisation_id": organisation_id,
            "region_path": path,
            "categories": [],
            "situations": [],
            "restricted_regions": [],
            "manager_ids": [],
            "received_fen": 1_000_000,
            "reserved_fen": 0,
            "spent_fen": 0,
            "version": 1,
            **_SOURCED,
        }
        return self.add("Fund", id=fund_id, **{**defaults, **values})

    def donation(
        self, donation_id: str, fund_id: str, *, donor_id: str, path: str = CITY, **values: object
    ) -> str:
        defaults = {
            "kind": "CASH",
            "state": "POSTED",
            "donor_id": donor_id,
            "fund_id": fund_id,
            "amount_fen": 1_000,
            "region_path": path,
            **_SOURCED,
        }
        return self.add("Donation", id=donation_id, **{**defaults, **values})

    def stock(self, offer_id: str, owner_id: str, *, path: str = CITY, **values: object) -> str:
        defaults = {
            "item": "QUILT",
            "unit": "床",
            "quantity": 10,
            "reserved_quantity": 0,
            "owner_id": owner_id,
            "region_path": path,
            "version": 1,
            **_PLACE,
            **_SOURCED,
        }
        return self.add("InKindOffer", id=offer_id, **{**defaults, **values})

    def need(
        self,
        need_id: str,
        *,
        path: str = TOWN,
        slots: int = 0,
        skill: str | None = None,
        licence: str | None = None,
        items: tuple[tuple[str, int], ...] = (),
        **values: object,
    ) -> str:
        """A verified need of its own household; ``slots`` people at 10:00 on the next day for an hour."""
        day = NOW + timedelta(days=1)
        windows = [day + timedelta(hours=1), day + timedelta(hours=4)] if slots else []
        defaults = {
            "kind": "SERVICE" if slots else "WISH",
            "category": "COMPANION" if slots else "LIVING_AID",
            "title": "陪伴老人",
            "detail": "老人独居",
            "state": "VERIFIED",
            "urgency": "SOON",
            "region_path": path,
            "subject_kind": "HOUSEHOLD",
            "subject_id": f"household-{need_id}",
            "situations": ["DIBAO"],
            "window_starts": [moment.isoformat() for moment in windows[:1]],
            "window_ends": [moment.isoformat() for moment in windows[1:]],
            "duration_min": 60 if slots else 0,
            "amount_fen": 0,
            "policy_aid_fen": 0,
            "insurance_fen": 0,
            "partial_allowed": False,
            "with_child": False,
            "home_visit": False,
            "demanding": False,
            "consent_recorded": True,
            "risk": "NONE",
            "posted_by": "poster",
            "verified_by": "verifier",
            "posted_at": NOW - timedelta(days=3),
            "version": 1,
            **_PLACE,
            **_SOURCED,
        }
        row = {**defaults, **values}
        if row["subject_id"] == f"household-{need_id}" and row["subject_kind"] == "HOUSEHOLD":
            self.household(f"household-{need_id}", path=path)
        self.add("Need", id=need_id, **row)
        for i in range(slots):
            self.add(
                "NeedSlot",
                id=f"{need_id}:slot:{i}",
                need_id=need_id,
                position=i,
                skill=skill,
                licence=licence,
                region_path=path,
            )
        for i, (item, quantity) in enumerate(items):
            self.add(
                "NeedItem",
                id=f"{need_id}:item:{i}",
                need_id=need_id,
                item=item,
                unit="床",
                quantity=quantity,
                region_path=path,
                **_SOURCED,
            )
        return need_id

    async def write(self, store: GraphStore, *, open_books: bool = True) -> None:
        """Write it all; the books of funds are opened with what they say, as an import does."""

        async def work(tx: WriteTransaction) -> None:
            loaded: dict[str, pl.DataFrame] = {}
            for label, rows in self.rows.items():
                node = NODE_TYPE_BY_LABEL[label]
                used = {name for row in rows for name in row}
                schema = {p.name: _TYPES[p.type] for p in node.properties if p.name in used}
                assert used <= set(schema), used - set(schema)
                loaded[label] = pl.DataFrame(rows, schema=schema)
                await tx.load_nodes(node, loaded[label])
            for (name, from_label, to_label), rows in self.edges.items():
                await tx.load_relationships(
                    RELATIONSHIP_TYPE_BY_NAME[name], (from_label, to_label), pl.DataFrame(rows)
                )

            if open_books and "Fund" in loaded:
                await opening.open_books(tx, loaded["Fund"], loaded.get("Donation"))

        await store.write(work)


def secret(name: str) -> bytes:
    """Give the secret that a workspace of tests has for one use; lists are imported with ``identity``."""
    return sha256(name.encode()).digest()


def workspace(store: GraphStore, *, now: datetime = NOW) -> Workspace:
    """A workspace whose clock stands still and whose ids count up."""
    numbers = count(1)
    return Workspace(
        store=store,
        clock=lambda: now,
        new_id=lambda: f"new-{next(numbers):06d}",
        secret=secret,
    )


def worker(actor_id: str = "worker", *, path: str = CITY) -> Actor:
    return _actor(actor_id, {Role.STATION_WORKER}, path)


def lead(actor_id: str = "lead", *, path: str = CITY) -> Actor:
    return _actor(actor_id, {Role.STATION_LEAD}, path)


def volunteer(volunteer_id: str, *, path: str = CITY) -> Actor:
    return _actor(f"account-{volunteer_id}", {Role.VOLUNTEER}, path, participant_id=volunteer_id)


def officer(*organisation_ids: str, actor_id: str = "officer", path: str = CITY) -> Actor:
    return _actor(actor_id, {Role.FEDERATION_OFFICER}, path, organisation_ids=organisation_ids)


def _actor(
    actor_id: str,
    roles: set[Role],
    path: str,
    *,
    organisation_ids: tuple[str, ...] = (),
    participant_id: str | None = None,
) -> Actor:
    scope = Scope(region_paths=(path,), organisation_ids=organisation_ids, purpose=Purpose.SERVICE)
    return Actor(
        id=actor_id, name=actor_id, roles=frozenset(roles), scope=scope, participant_id=participant_id
    )
