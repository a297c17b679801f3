"""
The columnar input of a round: what a snapshot hands to the matcher.

Tables of plain columns, linked by row keys. Times are epoch minutes UTC, days are days since 1970-01-01 of
the civil calendar, money is fen, places are degrees. Names of people never enter: ids are pseudonymous.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType

import polars as pl

from domain.errors import InvalidInputError
from domain.money import MOST_FEN
from domain.needs import MOST_DURATION_MIN, MOST_QUANTITY, Urgency

FORMAT_VERSION = 3

_TEXTS = pl.List(pl.String)

TABLES: Mapping[str, Mapping[str, pl.DataType | type[pl.DataType]]] = MappingProxyType(
    {
        # Order within the objective: urgency_points weigh an unmet need. gap_fen is what charity may pay.
        "needs": {
            "need_id": pl.String,
            "kind": pl.String,
            "category": pl.String,
            "urgency_points": pl.Int64,
            "region_path": pl.String,
            "community": pl.String,  # town-level path: fairness and reports group by it
            "subject_id": pl.String,  # household or institution; null for anonymous needs
            "subject_kind": pl.String,
            "situations": _TEXTS,
            "longitude_deg": pl.Float64,  # null where unknown
            "latitude_deg": pl.Float64,
            "duration_min": pl.Int64,  # of each slot
            "amount_fen": pl.Int64,  # all that is asked for
            "gap_fen": pl.Int64,  # after policy aid and insurance
            "partial_allowed": pl.Boolean,  # goods and money may be given in part
            "risk": pl.String,
            "with_child": pl.Boolean,
            "child_age_y": pl.Int64,  # null where unknown or no child
            "home_visit": pl.Boolean,
            "demanding": pl.Boolean,
            "consent_recorded": pl.Boolean,
            "posted_by": pl.String,
            "verified_by": pl.String,
            "waiting_days": pl.Int64,
        },
        # Half-open windows in which the service may take place, whole: [start_min, end_min).
        "need_windows": {"need_id": pl.String, "start_min": pl.Int64, "end_min": pl.Int64},
        "need_slots": {
            "slot_id": pl.String,
            "need_id": pl.String,
            "skill": pl.String,  # null: anybody may
            "licence": pl.String,
        },
        "need_items": {
            "need_item_id": pl.String,
            "need_id": pl.String,
            "item": pl.String,
            "unit": pl.String,
            "quantity": pl.Int64,
        },
        "volunteers": {
            "volunteer_id": pl.String,
            "region_path": pl.String,
            "longitude_deg": pl.Float64,
            "latitude_deg": pl.Float64,
            "radius_m": pl.Int64,
            "birth_day": pl.Int64,
            "skills": _TEXTS,
            "weekly_minutes": pl.Int64,  # offered a week
            "physical_limit": pl.Boolean,
            "guardian_consent": pl.Boolean,
            "declined_categories": _TEXTS,
            "preferred_categories": _TEXTS,  # empty: all that are not declined alike
            "most_visits": pl.Int64,  # begun within the horizon, promised ones counted; null: none
            "active": pl.Boolean,
            "resident_id": pl.String,  # null where not known to be a resident
            # Every id under which this person may have acted, sorted: as volunteer, resident, account.
            "person_ids": _TEXTS,
            "team_id": pl.String,
        },
        # Free time inside the horizon, merged and disjoint for each volunteer.
        "volunteer_windows": {"volunteer_id": pl.String, "start_min": pl.Int64, "end_min": pl.Int64},
        # Promised visits: they block time and count against the limits of HC-27.
        "volunteer_commitments": {
            "volunteer_id": pl.String,
            "start_min": pl.Int64,
            "end_min": pl.Int64,
            "longitude_deg": pl.Float64,
            "latitude_deg": pl.Float64,
            "demanding": pl.Boolean,
        },
        # Visits made so far to a subject, for continuity.
        "past_visits": {"volunteer_id": pl.String, "subject_id": pl.String, "visits": pl.Int64},
        # What people were last told and have not answered; a pinned visit is kept if any rule allows it.
        "published": {
            "need_id": pl.String,
            "slot_id": pl.String,
            "volunteer_id": pl.String,
            "start_min": pl.Int64,
            "pinned": pl.Boolean,
        },
        "qualifications": {
            "volunteer_id": pl.String,
            "licence": pl.String,
            "from_day": pl.Int64,
            "to_day": pl.Int64,
        },
        "covers": {
            "volunteer_id": pl.String,
            "from_day": pl.Int64,
            "to_day": pl.Int64,
            "min_age_y": pl.Int64,
            "max_age_y": pl.Int64,
            "region_paths": _TEXTS,
        },
        "funds": {
            "fund_id": pl.String,
            "organisation_id": pl.String,
            "type": pl.String,
            "budget_fen": pl.Int64,  # free money
            "case_cap_fen": pl.Int64,  # null: none
            "categories": _TEXTS,  # empty: all
            "situations": _TEXTS,
            "region_paths": _TEXTS,
            "from_day": pl.Int64,  # null: open
            "to_day": pl.Int64,
        },
        "stock": {
            "offer_id": pl.String,
            "item": pl.String,
            "unit": pl.String,
            "quantity": pl.Int64,  # free
            "region_path": pl.String,
            "expiry_day": pl.Int64,  # first day it may no longer be given; null: none
            "restricted_to": pl.String,  # id of the only subject it may go to; null: anyone
            "longitude_deg": pl.Float64,
            "latitude_deg": pl.Float64,
        },
        # Charity money a subject already received within the period of HC-19, by the kind of the need.
        "subjects_paid": {"subject_id": pl.String, "kind": pl.String, "paid_fen": pl.Int64},
        # Wishes under way: promised or begun, not yet confirmed. They may be needs of the round too.
        "live_wishes": {"need_id": pl.String, "subject_id": pl.String},
        # HC-13: fund and need joined by a kin / employ / manage path of at most three hops.
        "related_parties": {"fund_id": pl.String, "need_id": pl.String, "path": pl.String},
    }
)

MOST_URGENCY = max(urgency.points for urgency in Urgency)
_MOST_RADIUS_M = 40_000_000  # round the earth
_PLACE = {"longitude_deg": (-180, 180), "latitude_deg": (-90, 90)}

# Least and largest figure of a row (None: no least): sums over a round of 100,000 needs then fit 64 bits, and a
# place is one on earth.
_RANGES: Mapping[str, tuple[str, Mapping[str, tuple[int | None, int]]]] = MappingProxyType(
    {
        "needs": (
            "need_id",
            {
                "urgency_points": (0, MOST_URGENCY),
                "amount_fen": (0, MOST_FEN),
                "gap_fen": (None, MOST_FEN),
                "duration_min": (0, MOST_DURATION_MIN),
                **_PLACE,
            },
        ),
        "need_items": ("need_id", {"quantity": (0, MOST_QUANTITY)}),
        "volunteers": ("volunteer_id", {"radius_m": (0, _MOST_RADIUS_M), **_PLACE}),
        "volunteer_commitments": ("volunteer_id", _PLACE),
        "subjects_paid": ("subject_id", {"paid_fen": (0, 100 * MOST_FEN)}),
        "funds": ("fund_id", {"budget_fen": (None, MOST_FEN)}),
        "stock": ("offer_id", {"quantity": (None, MOST_QUANTITY)}),
    }
)
_NEVER_NULL = frozenset({"urgency_points"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """
    One round's input. Each table is sorted by its key columns, so equal content gives an equal digest.

    Parameters
    ----------
    as_of_min
        The moment the snapshot shows, epoch minutes UTC.
    horizon_start_min, horizon_end_min
        Visits are planned inside this half-open span.

    Raises
    ------
    InvalidInputError
        A table lacks a column or has another type, or a figure is out of its range; the error names the need,
        volunteer, fund or offer.
    """

    as_of_min: int
    horizon_start_min: int
    horizon_end_min: int
    needs: pl.DataFrame
    need_windows: pl.DataFrame
    need_slots: pl.DataFrame
    need_items: pl.DataFrame
    volunteers: pl.DataFrame
    volunteer_windows: pl.DataFrame
    volunteer_commitments: pl.DataFrame
    past_visits: pl.DataFrame
    published: pl.DataFrame
    qualifications: pl.DataFrame
    covers: pl.DataFrame
    funds: pl.DataFrame
    stock: pl.DataFrame
    subjects_paid: pl.DataFrame
    live_wishes: pl.DataFrame
    related_parties: pl.DataFrame

    def __post_init__(self) -> None:
        for name, columns in TABLES.items():
            frame: pl.DataFrame = getattr(self, name)
            if dict(frame.schema) != dict(columns):
                raise InvalidInputError(
                    f"table {name} has columns {dict(frame.schema)}", table=name, expected=", ".join(columns)
                )
        for name, (key, figures) in _RANGES.items():
            _refuse_beyond(getattr(self, name), name, key, figures)

    @property
    def digest(self) -> str:
        """SHA-256 over every table's content, independent of the order rows came in."""
        running = hashlib.sha256(f"zhulian-problem-{FORMAT_VERSION}".encode())
        for field in fields(self):
            value = getattr(self, field.name)
            running.update(field.name.encode())
            if isinstance(value, pl.DataFrame):
                running.update(value.write_json().encode())
            else:
                running.update(str(value).encode())
        return running.hexdigest()


def _refuse_beyond(
    frame: pl.DataFrame, table: str, key: str, figures: Mapping[str, tuple[int | None, int]]
) -> None:
    if frame.is_empty():
        return
    inside = {name: _inside(name, least, most) for name, (least, most) in figures.items()}
    if all(frame.select(sound.all() for sound in inside.values()).row(0)):
        return
    for column, (least, most) in figures.items():
        beyond = frame.filter(~inside[column]).sort(key)
        if len(beyond):
            owner: str = beyond[key][0]
            found = beyond[column][0]
            low = found is None or (least is not None and found < least)
            raise InvalidInputError(
                f"{key} {owner}: {column} is {found}, {'below' if low else 'above'} {least if low else most}",
                **{"table": table, key.removesuffix("_id"): owner, "field": column, "most": most},
            )


def _inside(column: str, least: int | None, most: int) -> pl.Expr:
    figure = pl.col(column)
    inside = (figure <= most) & (True if least is None else figure >= least)  # not a number is above any
    return inside.fill_null(column not in _NEVER_NULL).alias(column)


@cache
def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(TABLES[name]))


def problem_of(
    *, as_of_min: int, horizon_start_min: int, horizon_end_min: int, tables: Mapping[str, pl.DataFrame]
) -> Problem:
    """
    Build a problem from tables in any row and column order; absent tables are empty.

    Columns are cast to the declared types and rows sorted by all scalar columns from the left.

    Raises
    ------
    InvalidInputError
        A table nobody declared, or a column that is missing or cannot be cast.
    """
    unknown = set(tables) - set(TABLES)
    if unknown:
        raise InvalidInputError(f"unknown tables {sorted(unknown)}", table=", ".join(sorted(unknown)))
    shaped: dict[str, pl.DataFrame] = {}
    for name, columns in TABLES.items():
        frame = tables.get(name)
        if frame is None:
            shaped[name] = _empty(name)
            continue
        try:
            frame = frame.select([pl.col(column).cast(kind) for column, kind in columns.items()])
        except pl.exceptions.PolarsError as error:
            raise InvalidInputError(f"table {name}: {error}", table=name) from error
        scalars = [column for column, kind in columns.items() if kind != _TEXTS]
        shaped[name] = frame.sort(scalars, nulls_last=True)
    return Problem(
        as_of_min=as_of_min,
        horizon_start_min=horizon_start_min,
        horizon_end_min=horizon_end_min,
        **shaped,
    )
