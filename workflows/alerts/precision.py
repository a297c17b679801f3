"""How often rules were right, by rule, and on request by town or month."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add
from typing import cast

import polars as pl

from domain.actors import Actor
from domain.alerts import REAL, AlertOutcome, Precision, PrecisionAxis
from domain.errors import InvalidInputError
from graph.reads.alerts import alert_outcomes
from workflows.workspace import Workspace

_TOWN_PARTS = 5
"""A region path has the code system and four codes down to a town."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionRow:
    """A rule, and the region path of a town or the month as 2026-03; None where all are counted together."""

    rule: str
    part: str | None
    counts: Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionReport:
    """Rows in the order of rules and parts, and everything together."""

    since: date
    until: date
    axis: PrecisionAxis
    rows: tuple[PrecisionRow, ...]
    total: Precision

    def to_json(self) -> dict[str, object]:
        """Give plain values: what ``--json`` prints."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "by": self.axis.value,
            "rules": [{"rule": row.rule, "part": row.part, **plain(row.counts)} for row in self.rows],
            "total": plain(self.total),
        }


def plain(counts: Precision) -> dict[str, object]:
    """Give counts, share and interval as plain values."""
    return {
        "raised": counts.raised,
        "decided": counts.decided,
        "real": counts.real,
        "moved": counts.moved,
        "waiting": counts.waiting,
        "precision": None if counts.share is None else round(counts.share, 4),
        "interval": None if counts.interval is None else [round(end, 4) for end in counts.interval],
    }


def town_of(region_path: str) -> str:
    """
    Give the town of a place, or the place itself where it is wider.

    Examples
    --------
    >>> town_of("/NBS/32/3205/320582/320582100/320582100001/")
    '/NBS/32/3205/320582/320582100/'
    """
    return "/" + "".join(f"{part}/" for part in region_path.strip("/").split("/")[:_TOWN_PARTS])


def count_outcomes(outcomes: pl.DataFrame, axis: PrecisionAxis) -> tuple[PrecisionRow, ...]:
    """Count outcomes by rule and part; columns are those of ``alert_outcomes``."""
    part = {
        PrecisionAxis.RULE: pl.lit(None, pl.String),
        PrecisionAxis.TOWN: pl.col("region_path").map_elements(town_of, return_dtype=pl.String),
        PrecisionAxis.MONTH: pl.col("raised_on").dt.to_string("%Y-%m"),
    }[axis]
    real = [outcome.value for outcome in REAL]
    moved, outcome = AlertOutcome.MOVED.value, pl.col("outcome")
    counted = (
        outcomes.with_columns(part=part)
        .group_by("rule", "part")
        .agg(
            pl.len().alias("raised"),
            outcome.is_in(real).sum().alias("real"),
            (outcome.is_not_null() & (outcome != moved)).sum().alias("decided"),
            (outcome == moved).sum().alias("moved"),
        )
        .sort("rule", "part")
    )
    rows = cast("list[dict[str, str | int | None]]", counted.to_dicts())
    return tuple(
        PrecisionRow(
            rule=str(row["rule"]),
            part=cast("str | None", row["part"]),
            counts=Precision(
                **{name: int(row[name] or 0) for name in ("raised", "real", "decided", "moved")}
            ),
        )
        for row in rows
    )


async def alert_precision(
    ws: Workspace, actor: Actor, *, since: date, until: date, axis: PrecisionAxis, region_path: str = "/"
) -> PrecisionReport:
    """
    Count alerts that were raised in ``[since, until)`` and that the actor may see.

    Raises
    ------
    InvalidInputError
        The period ends before it begins.
    """
    if until <= since:
        raise InvalidInputError("a period ends after it begins", field="until")
    outcomes = await ws.store.read(
        lambda tx: alert_outcomes(tx, actor, region_path=region_path, since=since, until=until)
    )
    rows = count_outcomes(outcomes, axis)
    total = reduce(add, (row.counts for row in rows), Precision())
    return PrecisionReport(since=since, until=until, axis=axis, rows=rows, total=total)
