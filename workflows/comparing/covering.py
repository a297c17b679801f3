"""
Households on a list of people in difficulty that nothing covers: one task for the station of their town.

A household has one task, whichever lists show it and however many runs find it. It closes by itself when a later run
finds the household covered or off its lists, and opens again if that was true for a while only; what a person decided
stands.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import polars as pl

from domain.comparing import BY_PEOPLE, Lacking, TaskOutcome, TaskState
from domain.notices import DESK_INBOX, NewNotice, NoticeCode
from domain.time import civil_date
from graph.comparing import Covered, write_tasks
from graph.stations import station_for
from graph.unit_of_work import AuditedTransaction
from importers.batches import node_id
from workflows.comparing.people import RowPeople
from workflows.comparing.rules_in_force import CompareRules
from workflows.notices.telling import notify
from workflows.workspace import Workspace

_TOWN_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """
    What becomes of tasks: ``found`` are uncovered households of this list, ``closed`` tasks that end by themselves.

    ``found`` has ``subject_id``, ``person_id``, ``household_id``, ``region_path``, ``lists``, ``lacking``; ``known``
    are the tasks as they stood.
    """

    found: pl.DataFrame
    closed: pl.DataFrame
    shortened: pl.DataFrame
    known: pl.DataFrame


def plan_coverage(people: RowPeople, covered: Covered, tasks: pl.DataFrame, rules: CompareRules) -> Coverage:
    """Find the households of a list in difficulty that nothing covers, and the tasks that are done with."""
    wanted = pl.DataFrame(
        {
            "department": [each.department for each in rules.difficulty],
            "event": [each.event for each in rules.difficulty],
        }
    )
    difficult = people.after.join(wanted, on=["department", "event"], how="semi")
    subjects = (
        difficult.with_columns(
            pl.coalesce("household_id", "person_id").alias("subject_id"),
            pl.concat_str(["department", "event"], separator=" ").alias("list"),
        )
        .sort("subject_id", "person_id", "list")
        .group_by("subject_id", maintain_order=True)
        .agg(
            pl.col("person_id").first(),
            pl.col("household_id").first(),
            pl.col("region_path").drop_nulls().first(),
            pl.col("list").unique().sort().alias("lists"),
        )
    )
    by_relief = pl.concat(
        [
            covered.households_in_relief,
            covered.persons_in_relief,
            _homes_of(people, covered.persons_in_relief),
        ]
    ).unique()
    seen = {Lacking.RELIEF: by_relief, Lacking.NEED: covered.with_need, Lacking.PLAN: covered.with_plan}
    any_cover = pl.concat(list(seen.values())).unique().rename("subject_id").to_frame()
    found = subjects.join(any_cover, on="subject_id", how="anti", maintain_order="left").with_columns(
        pl.when(pl.col("household_id").is_null())
        .then(pl.lit([Lacking.REGISTER.value, *(each.value for each in seen)]))
        .otherwise(pl.lit([each.value for each in seen]))
        .alias("lacking")
    )
    still_open = tasks.filter(pl.col("state") == TaskState.OPEN)
    covered_now = still_open.join(any_cover, on="subject_id", how="semi")
    rest = still_open.join(covered_now.select("id"), on="id", how="anti")
    compared = _lists_of(people, rules)
    left = (
        rest.join(subjects.select("subject_id", pl.col("lists").alias("_now")), on="subject_id", how="left")
        .with_columns(
            pl.col("lists")
            .list.filter(~pl.element().is_in(compared) if compared else pl.lit(value=True))
            .alias("_elsewhere")
        )
        .with_columns(
            pl.col("_elsewhere").list.set_union(pl.col("_now").fill_null([])).list.sort().alias("_lists")
        )
    )
    off = left.filter(pl.col("_lists").list.len() == 0)
    fewer = left.filter((pl.col("_lists").list.len() > 0) & (pl.col("_lists") != pl.col("lists").list.sort()))
    closed = pl.concat(
        [
            covered_now.select("id", "version", pl.lit(TaskOutcome.FOUND_COVERED.value).alias("outcome")),
            off.select("id", "version", pl.lit(TaskOutcome.OFF_THE_LIST.value).alias("outcome")),
        ]
    ).sort("id")
    shortened = fewer.select("id", "version", pl.col("_lists").alias("lists")).sort("id")
    return Coverage(found=found, closed=closed, shortened=shortened, known=tasks)


def _homes_of(people: RowPeople, persons: pl.Series) -> pl.Series:
    """Give the households of persons who stand in the list."""
    return (
        people.after.join(persons.rename("person_id").to_frame(), on="person_id", how="semi")["household_id"]
        .drop_nulls()
        .unique()
    )


def _lists_of(people: RowPeople, rules: CompareRules) -> list[str]:
    """Give which lists of people in difficulty this run has compared."""
    seen = set(pl.concat([people.after, people.before]).select("department", "event").unique().iter_rows())
    return sorted(
        f"{each.department} {each.event}"
        for each in rules.difficulty
        if (each.department, each.event) in seen
    )


def town_of(region_path: str) -> str:
    """
    Give the town that a place lies in, or the place itself where it is wider.

    Examples
    --------
    >>> town_of("/NBS/32/3205/320582/320582100/320582100001/")
    '/NBS/32/3205/320582/320582100/'
    >>> town_of("/NBS/32/")
    '/NBS/32/'
    """
    kept: list[str] = []
    for part in region_path.strip("/").split("/"):
        if len(part) > _TOWN_DIGITS:
            break
        kept.append(part)
    return "/" + "".join(f"{part}/" for part in kept)


async def record_coverage(
    ws: Workspace, tx: AuditedTransaction, run_id: str, coverage: Coverage, rules: CompareRules
) -> dict[str, int]:
    """Write new tasks, open those again that were done by themselves, close what is done; tell the stations."""
    due = civil_date(tx.at) + timedelta(days=rules.task_days.value)
    found = coverage.found.join(
        coverage.known.select("subject_id", "id", "state", "outcome", "version"), on="subject_id", how="left"
    )
    by_themselves = [each.value for each in TaskOutcome if each not in BY_PEOPLE]
    fresh = found.filter(pl.col("id").is_null())
    again = found.filter((pl.col("state") == TaskState.DONE) & pl.col("outcome").is_in(by_themselves))
    stations = await _stations(tx, cast("list[str]", found["region_path"].drop_nulls().unique().to_list()))
    new = _new_tasks(fresh, run_id, tx, due, stations)
    reopened = _opened(again, run_id, tx, due, stations).with_columns(
        again["id"], (again["version"] + 1).alias("version")
    )
    nothing = pl.lit(None, dtype=pl.String)
    closed = coverage.closed.select(
        "id",
        "outcome",
        pl.lit(TaskState.DONE.value).alias("state"),
        pl.lit(run_id).alias("last_run_id"),
        nothing.alias("decided_by"),
        pl.lit(tx.at).cast(pl.Datetime("us", "UTC")).alias("decided_at"),
        (pl.col("version") + 1).alias("version"),
    )
    shortened = coverage.shortened.select("id", "lists", (pl.col("version") + 1).alias("version"))
    await write_tasks(tx, new, reopened)
    await write_tasks(tx, new.clear(), closed)
    await write_tasks(tx, new.clear(), shortened)
    opened = pl.concat(
        [new.select("station_id", "region_path"), reopened.select("station_id", "region_path")]
    )
    await _tell(ws, tx, run_id, opened, due.isoformat())
    if opened.height or closed.height or shortened.height:
        tx.record(
            "comparison.tasks",
            run_id,
            detail={"opened": new.height, "reopened": reopened.height, "closed": closed.height},
        )
    return {"tasks_opened": new.height, "tasks_reopened": reopened.height, "tasks_closed": closed.height}


async def _stations(tx: AuditedTransaction, paths: list[str]) -> dict[str, str]:
    """Give the station of each place's town."""
    towns = {path: town_of(path) for path in paths}
    found = {town: await station_for(tx, town) for town in sorted(set(towns.values()))}
    return {path: station for path, town in towns.items() if (station := found[town]) is not None}


def _opened(
    frame: pl.DataFrame, run_id: str, tx: AuditedTransaction, due: object, stations: dict[str, str]
) -> pl.DataFrame:
    return frame.select(
        "person_id",
        "household_id",
        "lists",
        "lacking",
        pl.col("region_path").fill_null("/"),
        pl.col("region_path")
        .replace_strict(stations, default=None, return_dtype=pl.String)
        .alias("station_id"),
        pl.lit(TaskState.OPEN.value).alias("state"),
        pl.lit(run_id).alias("last_run_id"),
        pl.lit(tx.at).cast(pl.Datetime("us", "UTC")).alias("opened_at"),
        pl.lit(due, dtype=pl.Date).alias("due_on"),
        pl.lit(None, dtype=pl.String).alias("outcome"),
    )


def _new_tasks(
    frame: pl.DataFrame, run_id: str, tx: AuditedTransaction, due: object, stations: dict[str, str]
) -> pl.DataFrame:
    ids = [
        node_id("CoverageTask", "", (subject,))
        for subject in cast("list[str]", frame["subject_id"].to_list())
    ]
    return _opened(frame, run_id, tx, due, stations).with_columns(
        pl.Series("id", ids, dtype=pl.String),
        frame["subject_id"],
        pl.lit(run_id).alias("opening_run_id"),
        pl.lit(1, dtype=pl.Int64).alias("version"),
    )


async def _tell(
    ws: Workspace, tx: AuditedTransaction, run_id: str, opened: pl.DataFrame, due_on: str
) -> None:
    """Tell each station, or the desk of a town that has none, how many households wait for it."""
    waiting: Counter[tuple[str, str]] = Counter()
    for station, path in opened.iter_rows():
        waiting[(station or DESK_INBOX, town_of(path))] += 1
    for (recipient, town), count in sorted(waiting.items()):
        await notify(
            ws,
            tx,
            NewNotice(
                recipient_id=recipient,
                code=NoticeCode.COVERAGE_TASKS,
                subject_id=run_id,
                region_path=town,
                parameters={"count": count, "due_on": due_on},
            ),
        )
