"""A pass over a city: who is in which group, whom rules alert of anew, and which alerts are overdue."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast

import polars as pl

from domain.actors import Actor, Role
from domain.alerts import AlertPriority, AlertState, Facts, facts_of, raises_again
from domain.notices import NewNotice, NoticeCode
from domain.time import civil_date
from graph import lease
from graph.alerts import (
    ALERT,
    RISK_MEMBERSHIP,
    RUN,
    Handlers,
    OverdueAlert,
    escalate_alerts,
    handlers,
    homes,
    memberships,
    overdue_alerts,
    persons,
    raised_alerts,
    records,
)
from graph.ports import ROWS_PER_TRANSACTION, ReadTransaction
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers.batches import node_id
from workflows.alerts.books import books_on, held_files
from workflows.alerts.evaluating import CityFrames, Found, evaluate, read_evidence
from workflows.alerts.rules_in_force import AlertRule, RuleBook
from workflows.notices.telling import notify
from workflows.workspace import Workspace

RUNNERS = (Role.CLOCK, Role.IMPORTER, Role.PLATFORM_ADMIN)

_LEASE = "alerts"
_LEASE_TIME = timedelta(minutes=30)
_UTC = pl.Datetime("us", "UTC")

Progress = Callable[[str, int, int], None]


@dataclass(slots=True, kw_only=True)
class AlertReport:
    """
    What a pass found and raised.

    ``raised`` and ``members`` are by rule and by group; those of child protection are in no figure.
    """

    day: date
    rules: str
    persons: int = 0
    members: dict[str, int] = field(default_factory=dict[str, int])
    joined: int = 0
    left: int = 0
    raised: dict[str, int] = field(default_factory=dict[str, int])
    open_already: int = 0
    quiet: int = 0
    escalated: int = 0
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    def figures(self) -> dict[str, int]:
        """Give what people read of it."""
        return {
            "persons": self.persons,
            "group_members": sum(self.members.values()),
            "joined_groups": self.joined,
            "left_groups": self.left,
            "alerts_raised": sum(self.raised.values()),
            "alerts_open_already": self.open_already,
            "alerts_quiet": self.quiet,
            "alerts_escalated": self.escalated,
        }

    def to_json(self) -> dict[str, object]:
        """Give plain values: what ``--json`` prints."""
        return {
            "day": self.day.isoformat(),
            "rules": self.rules,
            "persons": self.persons,
            "members": dict(sorted(self.members.items())),
            "joined": self.joined,
            "left": self.left,
            "raised": dict(sorted(self.raised.items())),
            "open_already": self.open_already,
            "quiet": self.quiet,
            "escalated": self.escalated,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CityBase:
    """What a pass reads: the city, the rules that hold in it, and what was raised before."""

    city: CityFrames
    books: dict[str, RuleBook]
    raised: pl.DataFrame
    members: pl.DataFrame


async def read_city(
    tx: ReadTransaction, actor: Actor, day: date, *, besides: Mapping[str, RuleBook] | None = None
) -> CityBase:
    """Read all that an evaluation needs, within a scope; ``besides`` are other rules that are asked of the same."""
    books = books_on(await held_files(tx), day)
    asked = [*books.values(), *(besides or {}).values()]
    back = max((book.days_back() for book in asked), default=1)
    events = frozenset[str]().union(*(book.events() for book in asked))
    city = CityFrames(
        persons=await persons(tx, actor),
        homes=await homes(tx, actor),
        records=await records(tx, actor, sorted(events), since=day - timedelta(days=back), day=day),
    )
    return CityBase(
        city=city, books=books, raised=await raised_alerts(tx, actor), members=await memberships(tx, actor)
    )


def rules_by_code(books: Mapping[str, RuleBook]) -> dict[str, dict[str, AlertRule]]:
    """Give rules by region and code."""
    return {path: {rule.code: rule for rule in book.rules} for path, book in books.items()}


def area_of(paths: Iterable[str], region_path: str) -> str:
    """Give the region whose rules hold at a place: the narrowest around it."""
    return max((path for path in paths if region_path.startswith(path)), key=len)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlerts:
    """Rows of alerts to be raised, as dictionaries of the node; and how many were not, and why."""

    rows: list[dict[str, object]]
    open_already: int
    quiet: int


def new_alerts(
    found: pl.DataFrame, raised: pl.DataFrame, books: Mapping[str, RuleBook], day: date
) -> NewAlerts:
    """
    Choose among those whom rules would alert of: nobody has it open, and nobody decided on the same not long ago.

    Given what it gave before, it gives nothing more: evaluating twice raises nothing new.
    """
    last = raised.sort("number").unique(["rule", "resident_id"], keep="last")
    beside = found.join(last, left_on=["code", "resident_id"], right_on=["rule", "resident_id"], how="left")
    rules, areas = rules_by_code(books), list(books)
    rows: list[dict[str, object]] = []
    waiting = quiet = 0
    area_by_path: dict[str, str] = {}
    for row in beside.sort("code", "resident_id").iter_rows(named=True):
        path = cast("str", row["region_path"])
        if path not in area_by_path:
            area_by_path[path] = area_of(areas, path)
        area = area_by_path[path]
        rule, state = rules[area][row["code"]], row["state"]
        if state is not None and state != AlertState.DECIDED:
            waiting += not rule.child
            continue
        facts = facts_of(read_evidence(row["evidence"]))
        if state is not None and not raises_again(
            facts,
            _facts(row["facts"]),
            day=day,
            decided_on=row["decided_on"] or day,
            quiet_days=rule.quiet_days,
        ):
            quiet += not rule.child
            continue
        rows.append(_alert(row, rule, facts, rules_id=books[area].id, day=day))
    return NewAlerts(rows=rows, open_already=waiting, quiet=quiet)


def _facts(text: str | None) -> Facts:
    return cast("dict[str, int | str]", json.loads(text or "{}"))


def _alert(
    row: Mapping[str, object], rule: AlertRule, facts: Facts, *, rules_id: str, day: date
) -> dict[str, object]:
    number = cast("int | None", row["number"]) or 0
    return {
        "id": node_id("Alert", "", (rule.code, str(row["resident_id"]), str(number + 1))),
        "rule": rule.code,
        "resident_id": row["resident_id"],
        "household_id": row["household_id"],
        "family": rule.family.value,
        "priority": rule.priority.value,
        "need_category": rule.need_category.value,
        "rules_id": rules_id,
        "evidence": row["evidence"],
        "facts": json.dumps(facts, sort_keys=True),
        "number": number + 1,
        "quiet_days": rule.quiet_days,
        "child": rule.child,
        "state": AlertState.OPEN.value,
        "raised_on": day,
        "due_on": day + timedelta(days=rule.due_days),
        "region_id": row["region_id"],
        "region_path": row["region_path"],
        "version": 1,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """Memberships as they will be written, and how many began and ended where that may be said."""

    rows: pl.DataFrame
    joined: int
    left: int


def _membership_changes(
    found: Found, stored: pl.DataFrame, books: Mapping[str, RuleBook], day: date
) -> _Changes:
    walled = sorted({group.code for book in books.values() for group in book.groups if group.child})
    ids = [
        node_id("RiskMembership", "", pair)
        for pair in found.members.select("code", "resident_id").iter_rows()
    ]
    now = found.members.rename({"code": "group_code"}).with_columns(pl.Series("id", ids, dtype=pl.String))
    before = stored.select(
        "id",
        pl.col("evidence").alias("old_evidence"),
        pl.col("region_path").alias("old_path"),
        pl.col("household_id").alias("old_home"),
        pl.col("valid_from").alias("since"),
        pl.col("valid_to").alias("until"),
    )
    both = now.join(before, on="id", how="left").with_columns(
        begins=pl.col("since").is_null() | pl.col("until").is_not_null(),
        child=pl.col("group_code").is_in(walled),
    )
    changed = both.filter(
        pl.col("begins")
        | pl.col("evidence").ne_missing(pl.col("old_evidence"))
        | pl.col("region_path").ne_missing(pl.col("old_path"))
        | pl.col("household_id").ne_missing(pl.col("old_home"))
    )
    columns = ("id", "group_code", "resident_id", "household_id", "evidence", "rules_id", "child", "valid_from",
               "valid_to", "region_id", "region_path")  # fmt: skip
    standing = changed.with_columns(
        valid_from=pl.when("begins").then(pl.lit(day)).otherwise(pl.col("since")),
        valid_to=pl.lit(None, pl.Date),
        rules_id=pl.lit("+".join(sorted({book.id for book in books.values()}))),
    ).select(columns)
    ended = (
        stored.filter(pl.col("valid_to").is_null())
        .join(now.select("id"), on="id", how="anti")
        .with_columns(
            valid_to=pl.lit(day),
            child=pl.col("group_code").is_in(walled),
            rules_id=pl.lit(None, pl.String),
        )
    )
    return _Changes(
        rows=pl.concat([standing, ended.select(columns)]),
        joined=both.filter(pl.col("begins") & ~pl.col("child")).height,
        left=ended.filter(~pl.col("child")).height,
    )


async def run_alerts(
    ws: Workspace, actor: Actor, *, holder: str, day: date | None = None, progress: Progress | None = None
) -> AlertReport:
    """
    Evaluate all groups and rules over the actor's scope, raise what is new, and escalate what is overdue.

    Parameters
    ----------
    holder
        Who runs the pass, as ``host:pid``: one at a time.
    day
        The civil day whose windows count; None is today.

    Raises
    ------
    NotPermittedError
        The actor may not run passes.
    ConflictError
        Another pass is going on.
    PolicyError
        Rules that were adopted do not fit together.
    """
    actor.require(*RUNNERS)
    async with lease.held(ws.store, _LEASE, holder=holder, clock=ws.clock, duration=_LEASE_TIME):
        return await _run(ws, actor, day or civil_date(ws.clock()), progress or _silent)


def _silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


async def _run(ws: Workspace, actor: Actor, day: date, tell: Progress) -> AlertReport:
    clock, started = time.perf_counter, time.perf_counter()
    tell("read", 0, 3)
    base = await ws.store.read(lambda tx: read_city(tx, actor, day))
    books = base.books
    report = AlertReport(day=day, rules="+".join(sorted({book.id for book in books.values()})))
    report.persons = base.city.persons.height
    report.seconds["read"], started = clock() - started, clock()
    tell("evaluate", 1, 3)
    found = await asyncio.to_thread(evaluate, base.city, books, day)
    report.seconds["evaluate"], started = clock() - started, clock()
    changes = await asyncio.to_thread(_membership_changes, found, base.members, books, day)
    fresh = await asyncio.to_thread(new_alerts, found.alerts, base.raised, books, day)
    report.seconds["compare"], started = clock() - started, clock()
    tell("write", 2, 3)
    _count(report, found, fresh, changes, books)
    await _write(ws, actor, changes, fresh, report)
    report.escalated = await _escalate(ws, actor, day)
    report.seconds["write"] = clock() - started
    return report


def _count(
    report: AlertReport, found: Found, fresh: NewAlerts, changes: _Changes, books: Mapping[str, RuleBook]
) -> None:
    walled = {group.code for book in books.values() for group in book.groups if group.child}
    sizes = cast("Iterable[tuple[str, int]]", found.members.group_by("code").len().iter_rows())
    report.members = {code: size for code, size in sizes if code not in walled}
    report.raised = dict(Counter(str(row["rule"]) for row in fresh.rows if not row["child"]))
    report.joined, report.left = changes.joined, changes.left
    report.open_already, report.quiet = fresh.open_already, fresh.quiet


async def _write(
    ws: Workspace, actor: Actor, changes: _Changes, fresh: NewAlerts, report: AlertReport
) -> None:
    units = UnitOfWork(ws.store, ws.clock)
    for part in changes.rows.iter_slices(ROWS_PER_TRANSACTION):
        await units.run(actor, lambda tx, part=part: _write_members(tx, part))
    placed = sorted({str(row["region_path"]) for row in fresh.rows})
    by_place = await ws.store.read(lambda tx: handlers(tx, placed))
    for start in range(0, len(fresh.rows), ROWS_PER_TRANSACTION):
        rows = fresh.rows[start : start + ROWS_PER_TRANSACTION]
        await units.run(actor, lambda tx, rows=rows: _write_alerts(ws, tx, rows, by_place))
    await units.run(actor, lambda tx: _write_run(tx, actor, report))


async def _write_members(tx: AuditedTransaction, rows: pl.DataFrame) -> None:
    await tx.load_nodes(RISK_MEMBERSHIP, rows)
    tx.record("alerts.members", "RiskMembership", detail={"rows": rows.height})


async def _write_alerts(
    ws: Workspace, tx: AuditedTransaction, rows: list[dict[str, object]], by_place: Handlers
) -> None:
    station_of = by_place.of_place
    placed = [{**row, "station_id": station_of[str(row["region_path"])], "raised_at": tx.at} for row in rows]
    frame = pl.DataFrame(placed, infer_schema_length=None, schema_overrides={"raised_at": _UTC})
    await tx.create_nodes(ALERT, frame)
    told: Counter[str] = Counter()
    high: Counter[str] = Counter()
    for row in placed:
        station = row["station_id"]
        if isinstance(station, str) and not row["child"]:  # child protection is told nobody here (HC-25)
            told[station] += 1
            high[station] += row["priority"] == AlertPriority.HIGH
    for station, count in sorted(told.items()):
        notice = NewNotice(
            recipient_id=station,
            code=NoticeCode.ALERTS_RAISED,
            subject_id=station,
            region_path=by_place.places[station],
            parameters={"alerts": count, "high": high[station]},
        )
        await notify(ws, tx, notice)
    tx.record("alerts.raise", "Alert", detail={"alerts": len(placed)})


async def _write_run(tx: AuditedTransaction, actor: Actor, report: AlertReport) -> None:
    shown = {name: value for name, value in report.to_json().items() if name not in ("seconds", "escalated")}
    paths = actor.scope.region_paths
    run_id = node_id("AlertRun", "", (tx.at.isoformat(), report.day.isoformat(), *paths))
    frame = pl.DataFrame(
        {
            "id": [run_id],
            "rules": [report.rules],
            "counts": [json.dumps(shown, sort_keys=True)],
            "actor_id": [tx.actor_id],
            "day": [report.day],
            "at": pl.Series([tx.at], dtype=_UTC),
            "region_path": [paths[0] if len(paths) == 1 else "/"],
        }
    )
    await tx.load_nodes(RUN, frame)
    tx.record("alerts.run", run_id, detail={"rules": report.rules, "day": report.day.isoformat()})


async def _escalate(ws: Workspace, actor: Actor, day: date) -> int:
    """Hand each overdue alert to the station above the one that has it, once, and tell that station how many."""
    late = await ws.store.read(lambda tx: overdue_alerts(tx, actor, day))
    if not late:
        return 0
    stations = await ws.store.read(lambda tx: handlers(tx, []))
    groups: dict[tuple[str | None, bool], list[OverdueAlert]] = {}
    for each in late:
        above = stations.above.get(each.station_id or "") or each.station_id
        groups.setdefault((above, each.child), []).append(each)
    escalated = 0
    for (station, child), alerts in sorted(groups.items(), key=lambda group: (str(group[0][0]), group[0][1])):

        async def work(
            tx: AuditedTransaction,
            station: str | None = station,
            alerts: list[OverdueAlert] = alerts,
            child: bool = child,
        ) -> int:
            count = await escalate_alerts(tx, [each.id for each in alerts], station_id=station, at=tx.at)
            if count and station is not None and not child:
                notice = NewNotice(
                    recipient_id=station,
                    code=NoticeCode.ALERTS_OVERDUE,
                    subject_id=station,
                    region_path=stations.places[station],
                    parameters={"alerts": count},
                )
                await notify(ws, tx, notice)
            tx.record("alerts.escalate", station or "none", detail={"alerts": count})
            return count

        count = await UnitOfWork(ws.store, ws.clock).run(actor, work)
        escalated += 0 if child else count
    return escalated
