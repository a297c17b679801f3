"""A pass over all rows that have nobody: who they are about, whom to ask about, who is new, who moved."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from domain.actors import Actor, Role
from domain.linking import due_on
from domain.time import civil_date
from graph.linking import (
    Move,
    end_memberships,
    known_reviews,
    lapse_reviews,
    last_asked,
    moved_members,
    pairs_apart,
    persons,
    retire_persons,
    rows_to_link,
    shared_path,
)
from graph.ports import ROWS_PER_TRANSACTION, ReadTransaction
from graph.risk_subjects import carry_risk
from graph.schema import NODE_TYPE_BY_LABEL
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.city.people import CityLinks, link_rows
from importers.batches import node_id
from workflows.linking.model import CityModel
from workflows.protection.masks import with_masks_opened
from workflows.workspace import Workspace

RULES = "city-rows-1"
"""Name of the rules of a pass; it changes with them, and every run says by which it went."""

_COMPARED = {"id_number_hash": "id_hash", "id_number_mask": "id_mask", "id_number_near": "near"}
_PERSON = ("id", "name", "id_hash", "id_mask", "near", "birth_date", "phone_hash", "region_id", "sex")

Progress = Callable[[str, int, int], None]


@dataclass(slots=True, kw_only=True)
class LinkReport:
    """What a pass did: rows by rule, new questions, persons nobody had registered, members who moved."""

    rows: int = 0
    linked: dict[str, int] = field(default_factory=lambda: {})
    reviews: int = 0
    new_persons: int = 0
    retired_persons: int = 0
    moves: int = 0
    unlinked: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {})

    def figures(self) -> dict[str, int]:
        """Give what people read of it."""
        return {
            "rows_compared": self.rows,
            "rows_linked": sum(self.linked.values()),
            "link_reviews": self.reviews,
            "new_persons": self.new_persons,
            "members_moved": self.moves,
            "rows_unlinked": self.unlinked,
        }

    def to_json(self) -> dict[str, object]:
        """Give plain values: what ``--json`` prints."""
        return {
            "rows": self.rows,
            "linked": dict(sorted(self.linked.items())),
            "reviews": self.reviews,
            "new_persons": self.new_persons,
            "retired_persons": self.retired_persons,
            "moves": self.moves,
            "unlinked": self.unlinked,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    persons: pl.DataFrame
    rows: pl.DataFrame
    apart: pl.DataFrame
    reviews: set[str]
    moves: list[Move]
    asked: str | None = None


def _silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


async def link_city(
    ws: Workspace, actor: Actor, *, with_model: bool = True, progress: Progress | None = None
) -> LinkReport:
    """
    Link every row that has nobody, open reviews of what is doubtful, and write down who moved.

    What it leaves is a function of the graph: in whatever order files were imported, and however often a pass was
    cut off, the next one leaves the same. Rows that a person linked or parted stay as they decided.

    Parameters
    ----------
    with_model
        Whether the probabilistic model is asked of rows without a number; it never links what no second
        identifier backs.

    Raises
    ------
    NotPermittedError
        The actor may not import.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    tell = progress or _silent
    report, clock = LinkReport(), time.perf_counter
    started = clock()
    tell("read", 0, 4)
    base = await ws.store.read(lambda tx: _read(tx, actor))
    report.rows = base.rows.height
    report.seconds["read"] = clock() - started
    work = UnitOfWork(ws.store, ws.clock)
    if base.moves:
        report.moves = len(base.moves)
        await work.run(actor, lambda tx: _write_moves(tx, base.moves, civil_date(tx.at)))
    if base.rows.is_empty():
        return report
    tell("compare", 1, 4)
    started = clock()
    found = await asyncio.to_thread(_compare, ws, base, with_model)
    report.seconds["compare"] = clock() - started
    tell("write", 2, 4)
    started = clock()
    await _write(work, actor, base, found, report)
    report.seconds["write"] = clock() - started
    return report


async def _read(tx: ReadTransaction, actor: Actor) -> _Base:
    rows = await rows_to_link(tx, actor)
    moves = await moved_members(tx, actor)
    if rows.is_empty():
        return _Base(persons=rows, rows=rows, apart=rows, reviews=set(), moves=moves)
    return _Base(
        persons=await persons(tx, actor),
        rows=rows,
        apart=await pairs_apart(tx, actor),
        reviews=await known_reviews(tx, actor),
        moves=moves,
        asked=await last_asked(tx),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """
    A pass's outcome as it will be written.

    ``retired`` are persons that a register has meanwhile, and who they are there where it names one; ``asked`` names
    what the model was asked.
    """

    links: pl.DataFrame
    reviews: pl.DataFrame
    newcomers: pl.DataFrame
    retired: dict[str, str | None]
    asked: str | None


def _compare(ws: Workspace, base: _Base, with_model: bool) -> _Found:
    everybody = with_masks_opened(ws, base.persons).rename(_COMPARED)
    everybody = everybody.with_columns(pl.col("unregistered").fill_null(value=False))
    registered = (
        everybody.filter(~pl.col("unregistered") & pl.col("id_hash").is_not_null())
        .group_by("id_hash")
        .agg(successor=pl.when(pl.len() == 1).then(pl.col("id").first()))
    )
    doubles = everybody.filter("unregistered").join(registered, on="id_hash").sort("id")
    known = everybody.join(doubles, on="id", how="anti").select(*_PERSON, "unregistered")
    rows = (
        with_masks_opened(ws, base.rows)
        .rename(_COMPARED)
        .with_columns(pl.coalesce("birth_date", "birth_stated").alias("birth_date"))
        .select(*_PERSON)
    )
    first: CityLinks = link_rows(known, rows, base.apart)
    newcomers = _new_persons(base.rows, first.newcomers)
    known = pl.concat([known, _as_known(with_masks_opened(ws, newcomers), known)])
    left = rows.join(first.links, left_on="id", right_on="row", how="anti")
    model = CityModel(known, base.asked) if with_model else None
    found = link_rows(known, left, base.apart, model)  # newcomers are known now, as they are to the next pass
    asked = first.reviews.join(
        found.reviews, on="row", how="anti"
    )  # of a newcomer who may be somebody known, too
    return _Found(
        links=pl.concat([first.links, found.links]).sort("row"),
        reviews=pl.concat([found.reviews, asked]).sort("row", "person"),
        newcomers=newcomers,
        retired=dict(doubles.select("id", "successor").iter_rows()),
        asked=None if model is None else model.asked,
    )


def _as_known(newcomers: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Give new persons as the next pass will read them."""
    told = newcomers.rename({name: short for name, short in _COMPARED.items() if name in newcomers.columns})
    return told.select(
        (pl.col(name) if name in told.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in known.schema.items()
    )


def _new_persons(rows: pl.DataFrame, newcomers: pl.DataFrame) -> pl.DataFrame:
    """Make one person of all rows of a number that no register has, as its first row by id describes them."""
    first = (
        rows.join(newcomers, left_on="id", right_on="row", how="semi")
        .sort("id")
        .unique("id_number_hash", keep="first", maintain_order=True)
    )
    ids = [node_id("Resident", "linked", (number,)) for number in first["id_number_hash"].to_list()]
    kept = ("name", "id_number_hash", "id_number_mask", "birth_date", "sex", "phone_hash", "region_id",
            "region_path", "source_id", "source_row")  # fmt: skip
    return first.select(
        pl.Series("id", ids, dtype=pl.String), *kept, pl.lit(value=True).alias("unregistered")
    )


async def _write(work: UnitOfWork, actor: Actor, base: _Base, found: _Found, report: LinkReport) -> None:
    report.new_persons, report.retired_persons = found.newcomers.height, len(found.retired)
    held = base.rows.select("id", "resident_id")
    changed = found.links.join(held, left_on="row", right_on="id").filter(
        pl.col("person").ne_missing(pl.col("resident_id"))
    )
    reviews = _review_nodes(found, base).filter(~pl.col("id").is_in(list(base.reviews)))
    report.reviews = reviews.height
    # Questions first: a pass that was cut off after its newcomers would find their rows linked, and ask nothing.
    for part in reviews.iter_slices(ROWS_PER_TRANSACTION):
        await work.run(actor, lambda tx, part=part: _write_reviews(tx, part))
    if found.newcomers.height:
        await work.run(actor, lambda tx: _write_persons(tx, found.newcomers))
    for part in changed.iter_slices(ROWS_PER_TRANSACTION):
        await work.run(actor, lambda tx, part=part: _write_links(tx, part))
    for rule, count in found.links.group_by("rule").len().iter_rows():
        report.linked[rule] = count
    report.unlinked = base.rows.height - found.links.height
    if reviews.height or found.retired or changed.height or found.asked != base.asked:
        await work.run(actor, lambda tx: _finish(tx, found, report))


async def _write_reviews(tx: AuditedTransaction, reviews: pl.DataFrame) -> None:
    asked = reviews.with_columns(
        pl.lit(tx.at).cast(pl.Datetime("us", "UTC")).alias("opened_at"),
        pl.lit(due_on(civil_date(tx.at))).alias("due_on"),
    )
    await tx.load_nodes(NODE_TYPE_BY_LABEL["LinkReview"], asked)
    tx.record("linking.ask", "DepartmentRecord", detail={"reviews": reviews.height})


async def _write_persons(tx: AuditedTransaction, people: pl.DataFrame) -> None:
    recorded = people.with_columns(pl.lit(tx.at).cast(pl.Datetime("us", "UTC")).alias("recorded_at"))
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Resident"], recorded)
    tx.record("linking.persons", "DepartmentRecord", detail={"created": people.height})


async def _write_links(tx: AuditedTransaction, links: pl.DataFrame) -> None:
    frame = links.select(
        pl.col("row").alias("id"), pl.col("person").alias("resident_id"), pl.col("rule").alias("link_rule")
    )
    await tx.load_nodes(NODE_TYPE_BY_LABEL["DepartmentRecord"], frame)
    tx.record("linking.link", "DepartmentRecord", detail={"rows": frame.height, "rules": RULES})


async def _finish(tx: AuditedTransaction, found: _Found, report: LinkReport) -> None:
    if found.retired:
        await carry_risk(tx, {old: new for old, new in found.retired.items() if new is not None})
        await retire_persons(tx, list(found.retired))
    lapsed = await lapse_reviews(tx)
    counts = report.to_json() | {"lapsed": lapsed}
    run = pl.DataFrame(
        {
            "id": [node_id("LinkRun", "", (tx.at.isoformat(), str(report.rows)))],
            "rules": [RULES],
            "counts": [
                json.dumps(
                    {name: value for name, value in counts.items() if name != "seconds"}, sort_keys=True
                )
            ],
            "asked": pl.Series([found.asked], dtype=pl.String),
            "actor_id": [tx.actor_id],
            "at": pl.Series([tx.at], dtype=pl.Datetime("us", "UTC")),
        }
    )
    await tx.load_nodes(NODE_TYPE_BY_LABEL["LinkRun"], run)
    tx.record(
        "linking.run",
        str(run["id"][0]),
        detail={"reviews": report.reviews, "retired": len(found.retired), "rules": RULES},
    )


def _review_nodes(found: _Found, base: _Base) -> pl.DataFrame:
    """Give reviews as nodes; the evidence names levels, never values."""
    everybody = pl.concat([frame.select("id", "region_path") for frame in (base.persons, found.newcomers)])
    placed = found.reviews.join(base.rows.select("id", "region_path"), left_on="row", right_on="id").join(
        everybody.rename({"region_path": "person_path"}), left_on="person", right_on="id"
    )
    paths = [shared_path(*pair) for pair in placed.select("region_path", "person_path").iter_rows()]
    ids = [node_id("LinkReview", "", pair) for pair in placed.select("row", "person").iter_rows()]
    evidence = [
        json.dumps({"name": name, "id_number": number, "birth_date": birth, "telephone": phone})
        for name, number, birth, phone in placed.select(
            "name_level", "id_level", "birth_level", "phone_level"
        ).iter_rows()
    ]
    return placed.select(
        pl.Series("id", ids, dtype=pl.String),
        pl.lit("PERSON").alias("kind"),
        pl.col("row").alias("row_id"),
        pl.col("person").alias("person_id"),
        "reason",
        pl.lit("OPEN").alias("state"),
        "probability",
        pl.Series("evidence", evidence, dtype=pl.String),
        pl.Series("region_path", paths, dtype=pl.String),
        pl.lit(1, pl.Int64).alias("version"),
    )


async def _write_moves(tx: AuditedTransaction, moves: list[Move], day: date) -> None:
    """Write down who left which household and joined which, and let the old membership end."""
    rows = [
        {
            "id": node_id("MembershipChange", "", (kind, household, move.resident_id, move.source_id)),
            "household_id": household,
            "resident_id": move.resident_id,
            "kind": kind,
            "source_id": move.source_id,
            "region_path": path,
        }
        for move in moves
        for kind, household, path in (
            ("LEFT", move.left_id, move.left_path),
            ("JOINED", move.joined_id, move.joined_path),
        )
    ]
    frame = pl.DataFrame(rows).with_columns(pl.lit(tx.at).cast(pl.Datetime("us", "UTC")).alias("seen_at"))
    await tx.load_nodes(NODE_TYPE_BY_LABEL["MembershipChange"], frame.unique("id", maintain_order=True))
    await end_memberships(tx, sorted({move.resident_id for move in moves}), day)
    tx.record("linking.members", "Household", detail={"moves": len(moves)})
