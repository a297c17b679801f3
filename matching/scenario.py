"""A change to a round as data: more or fewer people, money or goods, another limit, another weight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import polars as pl
from pydantic import ValidationError

from domain.errors import InvalidInputError
from domain.people import Licence
from matching.formulation.instance import CIVIL_OFFSET_MIN, MINUTES_PER_DAY
from matching.policy import Policy
from matching.problem import BOOK, TABLES, Problem

_ADULT_DAYS = 40 * 366
_OLDEST_Y = 200
_WEEK_MIN = 7 * MINUTES_PER_DAY

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraVolunteers:
    """
    People who could join: adults, insured, with every check, able to reach all of a region on one day.

    Parameters
    ----------
    region_path
        Their place is unknown, so they go wherever this region reaches, at no cost of travel.
    day
        Civil day (days since 1970-01-01) of which they give all minutes.
    """

    region_path: str
    day: int
    people: int = 1
    skills: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraGoods:
    """Units of an item that anybody may be given."""

    item: str
    unit: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """
    What is different.

    Parameters
    ----------
    withdrawn, without
        Volunteers and needs that are not there.
    money
        Fen by book (a fund, or ``fund#earmark``), more or (negative) less; ``new_money_fen`` is money without a
        purpose of its own.
    case_caps
        Fen by book that one case may be given beyond the book's cap.
    radius, hours
        Metres and weekly minutes more, by volunteer.
    licences
        Volunteers and what they would hold, without end.
    covers
        Volunteers who would be insured.
    consent
        Needs whose consent would be on record.
    windows
        Needs and a span in epoch minutes that would suit too.
    policy
        Values by dotted name of the policy, such as ``workload.minutes_per_day`` or
        ``weights.travel_per_100_m``.
    """

    name: str = ""
    volunteers: tuple[ExtraVolunteers, ...] = ()
    withdrawn: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    money: Mapping[str, int] = field(default_factory=dict[str, int])
    new_money_fen: int = 0
    case_caps: Mapping[str, int] = field(default_factory=dict[str, int])
    goods: tuple[ExtraGoods, ...] = ()
    radius: Mapping[str, int] = field(default_factory=dict[str, int])
    hours: Mapping[str, int] = field(default_factory=dict[str, int])
    licences: tuple[tuple[str, str], ...] = ()
    covers: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    windows: tuple[tuple[str, int, int], ...] = ()
    policy: Mapping[str, int | str] = field(default_factory=dict[str, int | str])

    @property
    def people(self) -> frozenset[str]:
        """Volunteers of the problem whom it changes."""
        return frozenset((*self.radius, *self.hours, *self.covers, *(who for who, _ in self.licences)))


def applied(scenario: Scenario, problem: Problem, policy: Policy) -> tuple[Problem, Policy]:
    """
    Give the problem and policy with the change in them.

    Raises
    ------
    InvalidInputError
        The scenario names a need, fund, volunteer or parameter that is not there.
    """
    _require_known(scenario, problem)
    tables = {name: cast("pl.DataFrame", getattr(problem, name)) for name in TABLES}
    _without(tables, "volunteer_id", scenario.withdrawn)
    _without(tables, "need_id", scenario.without)
    _add_to(tables, "funds", BOOK, "budget_fen", scenario.money)
    _add_to(tables, "funds", BOOK, "case_cap_fen", scenario.case_caps)
    _add_to(tables, "volunteers", pl.col("volunteer_id"), "radius_m", scenario.radius)
    _add_to(tables, "volunteers", pl.col("volunteer_id"), "weekly_minutes", scenario.hours)
    if scenario.consent:
        given = pl.col("need_id").is_in(list(scenario.consent))
        tables["needs"] = tables["needs"].with_columns(consent_recorded=pl.col("consent_recorded") | given)
    _append(tables, "need_windows", [_window(*span) for span in scenario.windows])
    _append(tables, "qualifications", [_licence(who, code) for who, code in scenario.licences])
    _append(tables, "covers", [_cover(who) for who in scenario.covers])
    _append(tables, "stock", [_stock(f"scenario-{n}", goods) for n, goods in enumerate(scenario.goods)])
    if scenario.new_money_fen:
        _append(tables, "funds", [_fund("scenario-fund", scenario.new_money_fen)])
    _add_people(tables, problem, scenario.volunteers)
    return replace(problem, **tables), _policy_with(policy, scenario.policy)


def _require_known(scenario: Scenario, problem: Problem) -> None:
    named = (
        (
            "needs",
            "need_id",
            (*scenario.without, *scenario.consent, *(key for key, _, _ in scenario.windows)),
        ),
        ("volunteers", "volunteer_id", (*scenario.withdrawn, *scenario.people)),
        ("funds", "fund_id", (*scenario.money, *scenario.case_caps)),
    )
    for table, column, ids in named:
        held: pl.DataFrame = getattr(problem, table)
        keys = held.select(BOOK.alias("fund_id"))["fund_id"] if column == "fund_id" else held[column]
        missing = sorted(set(ids) - set(keys.to_list())) if ids else []
        if missing:
            raise InvalidInputError(
                f"the scenario names {column} {missing[0]}, which is not in the round",
                field=column,
                value=missing[0],
            )


def _without(tables: dict[str, pl.DataFrame], column: str, ids: Sequence[str]) -> None:
    if not ids:
        return
    for name, frame in tables.items():
        if column in frame.columns and name != "live_wishes":
            tables[name] = frame.filter(~pl.col(column).is_in(list(ids)))


def _add_to(
    tables: dict[str, pl.DataFrame], table: str, key: pl.Expr, column: str, amounts: Mapping[str, int]
) -> None:
    if amounts:
        more = key.replace_strict(dict(amounts), default=0, return_dtype=pl.Int64)
        tables[table] = tables[table].with_columns((pl.col(column) + more).clip(lower_bound=0).alias(column))


def _append(tables: dict[str, pl.DataFrame], table: str, rows: Sequence[Row]) -> None:
    if rows:
        more = pl.DataFrame(list(rows), schema=dict(TABLES[table]))
        tables[table] = pl.concat([tables[table], more])


def _blank(table: str) -> Row:
    row: Row = {}
    for column in TABLES[table]:
        row[column] = None
    return row


def _window(need_id: str, start_min: int, end_min: int) -> Row:
    return {"need_id": need_id, "start_min": start_min, "end_min": end_min}


def _licence(volunteer_id: str, licence: str) -> Row:
    return {"volunteer_id": volunteer_id, "licence": licence, "from_day": None, "to_day": None}


def _cover(volunteer_id: str) -> Row:
    return {
        "volunteer_id": volunteer_id,
        "from_day": None,
        "to_day": None,
        "min_age_y": 0,
        "max_age_y": _OLDEST_Y,
        "region_paths": [],
    }


def _stock(offer_id: str, goods: ExtraGoods) -> Row:
    return {
        "offer_id": offer_id,
        "item": goods.item,
        "unit": goods.unit,
        "quantity": goods.quantity,
        "region_path": "/",
        "expiry_day": None,
        "restricted_to": None,
        "longitude_deg": None,
        "latitude_deg": None,
    }


def _fund(fund_id: str, budget_fen: int) -> Row:
    row = _blank("funds")
    return {
        **row,
        "fund_id": fund_id,
        "organisation_id": fund_id,
        "type": "GENERAL",
        "budget_fen": budget_fen,
        "categories": [],
        "situations": [],
        "region_paths": [],
    }


def _add_people(tables: dict[str, pl.DataFrame], problem: Problem, groups: Sequence[ExtraVolunteers]) -> None:
    volunteers: list[Row] = []
    windows: list[Row] = []
    licences: list[Row] = []
    covers: list[Row] = []
    today = (problem.as_of_min + CIVIL_OFFSET_MIN) // MINUTES_PER_DAY
    for number, group in enumerate(groups):
        for person in range(group.people):
            who = f"scenario-{number}-{person}"
            begin = group.day * MINUTES_PER_DAY - CIVIL_OFFSET_MIN
            row = _blank("volunteers")
            volunteers.append(
                {
                    **row,
                    "volunteer_id": who,
                    "region_path": group.region_path,
                    "radius_m": 0,
                    "birth_day": today - _ADULT_DAYS,
                    "skills": list(group.skills),
                    "weekly_minutes": _WEEK_MIN,
                    "physical_limit": False,
                    "guardian_consent": False,
                    "declined_categories": [],
                    "active": True,
                    "person_ids": [who],
                }
            )
            windows.append({"volunteer_id": who, "start_min": begin, "end_min": begin + MINUTES_PER_DAY})
            codes = sorted({*group.licences, Licence.MINOR_CONTACT_CHECK.value})
            licences.extend(_licence(who, code) for code in codes)
            covers.append(_cover(who))
    _append(tables, "volunteers", volunteers)
    _append(tables, "volunteer_windows", windows)
    _append(tables, "qualifications", licences)
    _append(tables, "covers", covers)


def _policy_with(policy: Policy, changes: Mapping[str, int | str]) -> Policy:
    if not changes:
        return policy
    content = policy.model_dump()
    for name, value in changes.items():
        at: dict[str, object] = content
        *path, last = name.split(".")
        for step in path:
            inner = at.get(step)
            if not isinstance(inner, dict):
                raise InvalidInputError(f"the policy has no {name}", field="policy", value=name)
            at = cast("dict[str, object]", inner)
        if last not in at:
            raise InvalidInputError(f"the policy has no {name}", field="policy", value=name)
        held = at[last]
        if isinstance(held, dict) and "value" in held:
            cast("dict[str, object]", held)["value"] = value
        else:
            at[last] = value
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise InvalidInputError(f"the scenario's policy does not fit: {error}", field="policy") from error
