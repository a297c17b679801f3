"""
Needs counted by place, month, category and situation: what was asked, given, and not given, and why.

Counted in whole columns, O(needs) time and memory; nothing is read a row at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import polars as pl

from domain.actors import Actor, Role
from domain.errors import InvalidInputError
from domain.needs import NeedState, Urgency
from domain.publication import CROWD
from domain.time import CIVIL_ZONE
from graph.reads.statistics import need_columns
from graph.scope import CHILD_DESK, view_of
from workflows.workspace import Workspace

_READERS = (
    Role.STATION_WORKER,
    Role.STATION_LEAD,
    Role.FEDERATION_OFFICER,
    Role.FEDERATION_APPROVER,
    Role.AUDITOR,
    Role.PLATFORM_ADMIN,
    *CHILD_DESK,
)
_TOWN = r"^((?:/[^/]+){1,5}/)"  # system, province, city, county, town
_FULFILLED = [NeedState.CONFIRMED.value, NeedState.CLOSED.value]
_TURNED_DOWN = [NeedState.DRAFT.value, NeedState.REJECTED.value, NeedState.CANCELLED.value]
_NO_SITUATION = "NONE"
NO_ROUND = "NO_ROUND"
"""Stands where no round has looked at an unmet need."""
_LONGEST_DAYS = 5 * 366


class Axis(StrEnum):
    """What needs are counted by."""

    TOWN = "TOWN"
    MONTH = "MONTH"
    CATEGORY = "CATEGORY"
    SITUATION = "SITUATION"
    REASON = "REASON"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsRequest:
    """
    Which needs are counted, and by what.

    Parameters
    ----------
    since, until
        Half-open civil days of posting.
    by
        In the order of the rows. By SITUATION a need counts in each of its situations.
    region_path
        Narrows the reader's scope.
    """

    since: date
    until: date
    by: tuple[Axis, ...] = (Axis.CATEGORY,)
    region_path: str = "/"

    def __post_init__(self) -> None:
        if not 0 < (self.until - self.since).days <= _LONGEST_DAYS:
            raise InvalidInputError(
                f"statistics span 1 to {_LONGEST_DAYS} days", field="until", value=str(self.until)
            )
        if len(set(self.by)) != len(self.by):
            raise InvalidInputError("each axis is named once", field="by")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsRow:
    """
    One cell.

    Parameters
    ----------
    reason
        Code of why the last round left the need without, for needs that are unmet; NO_ROUND if none asked.
    unmet
        Verified and neither fulfilled nor turned down. ``unmet_points`` weighs them by urgency.
    hidden
        Fewer than ``CROWD`` needs, and the reader is no desk: the figures are None.
    """

    town_path: str | None
    month: str | None
    category: str | None
    situation: str | None
    reason: str | None
    posted: int | None
    verified: int | None
    fulfilled: int | None
    unmet: int | None
    unmet_points: int | None
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Rows in the order of their axes, and the axes."""

    request: StatisticsRequest
    rows: tuple[StatisticsRow, ...]


async def need_statistics(ws: Workspace, actor: Actor, request: StatisticsRequest) -> Statistics:
    """
    Count the needs of the reader's scope; child protection for its own roles, and nothing else for them.

    Raises
    ------
    NotPermittedError
        Neither the desk, a federation nor an office.
    """
    actor.require(*_READERS)
    view = view_of(actor)
    needs, outcomes = await ws.store.read(
        lambda tx: need_columns(
            tx,
            actor,
            region_path=request.region_path,
            since=_midnight(request.since),
            until=_midnight(request.until),
        )
    )
    counted = count_needs(needs, outcomes, request.by)
    crowd = 1 if view.desk or view.office or view.child else CROWD
    return Statistics(
        request=request, rows=tuple(_row(each, crowd) for each in counted.iter_rows(named=True))
    )


def count_needs(needs: pl.DataFrame, outcomes: pl.DataFrame, by: Sequence[Axis]) -> pl.DataFrame:
    """
    Count a frame of needs by axes.

    Parameters
    ----------
    needs, outcomes
        As ``graph.reads.statistics`` gives them.

    Returns
    -------
    pl.DataFrame
        A column an axis (lower case), then posted, verified, fulfilled, unmet, unmet_points; sorted by the axes.
    """
    last = (
        outcomes.cast({"need_id": pl.String, "reason_code": pl.String, "fulfilled": pl.Boolean})
        .sort("at")
        .group_by("need_id")
        .last()
        .select("need_id", "reason_code")
    )
    points = {urgency.value: urgency.points for urgency in Urgency}
    fulfilled = pl.col("state").is_in(_FULFILLED)
    verified = pl.col("verified_by").is_not_null() | fulfilled
    unmet = verified & ~fulfilled & ~pl.col("state").is_in(_TURNED_DOWN)
    frame = (
        needs.cast(
            {
                **dict.fromkeys(
                    ("need_id", "category", "region_path", "state", "urgency", "verified_by"), pl.String
                ),
                "situations": pl.List(pl.String),
                "posted_at": pl.Datetime("us", "UTC"),
            }
        )
        .join(last, on="need_id", how="left")
        .with_columns(
            town=pl.col("region_path").str.extract(_TOWN),
            month=pl.col("posted_at").dt.convert_time_zone(CIVIL_ZONE.key).dt.strftime("%Y-%m"),
            situation=pl.when(pl.col("situations").list.len() > 0)
            .then(pl.col("situations"))
            .otherwise(pl.lit([_NO_SITUATION])),
            verified=verified,
            fulfilled=fulfilled,
            unmet=unmet,
            reason=pl.when(unmet).then(pl.col("reason_code").fill_null(NO_ROUND)),
            points=pl.col("urgency").replace_strict(points, default=0, return_dtype=pl.Int64),
        )
    )
    if Axis.SITUATION in by:
        frame = frame.explode("situation")
    keys = [axis.value.lower() for axis in by]
    figures = (
        pl.len().alias("posted"),
        pl.col("verified").sum(),
        pl.col("fulfilled").sum(),
        pl.col("unmet").sum(),
        pl.col("points").filter(pl.col("unmet")).sum().alias("unmet_points"),
    )
    if not keys:
        return frame.select(figures)
    return frame.group_by(keys).agg(figures).sort(keys, nulls_last=True)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE).astimezone(UTC)


def _row(cell: dict[str, object], crowd: int) -> StatisticsRow:
    hidden = int(str(cell["posted"])) < crowd

    def figure(name: str) -> int | None:
        return None if hidden else int(str(cell[name]))

    def axis(name: str) -> str | None:
        value = cell.get(name)
        return None if value is None else str(value)

    return StatisticsRow(
        town_path=axis("town"),
        month=axis("month"),
        category=axis("category"),
        situation=axis("situation"),
        reason=axis("reason"),
        posted=figure("posted"),
        verified=figure("verified"),
        fulfilled=figure("fulfilled"),
        unmet=figure("unmet"),
        unmet_points=figure("unmet_points"),
        hidden=hidden,
    )
