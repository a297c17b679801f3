"""From the graph to the tables of a round, in whole columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.money import MOST_FEN
from domain.needs import OPEN_FOR_MATCHING, OVER, UNDER_WAY, NeedState, Urgency
from domain.people import VolunteerStatus
from domain.time import WeeklyWindow, civil_date, epoch_minute
from graph.analytics import related_parties
from graph.ports import ReadTransaction, Statement, Value
from graph.reads import snapshot as columns
from graph.scope import scope_paths
from matching.problem import BOOK, Problem, problem_of
from workflows.rounds.books import charity_years, read_books, received_days, shape_books, ties_of_donors
from workflows.rounds.standing import given_back, standing_of, without

_TEXTS = pl.List(pl.String)
_EPOCH = date(1970, 1, 1)
_TOWN = r"^((?:/[^/]+){1,5}/)"  # system, province, city, county, town
BUSY_BEFORE = timedelta(hours=24)  # rest and daily hours look back this far (HC-27)
_PAID_WITHIN = timedelta(days=365)  # period of the ceiling over all funds (HC-19)
ADULT_Y = 18
_DEFAULT_RADIUS_M = 5_000
_DEFAULT_WEEKLY_MIN = 240

_TYPES: Mapping[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("longitude_deg", "latitude_deg", "subject_longitude", "subject_latitude"), pl.Float64),
    **dict.fromkeys(
        (
            *("situations", "subject_situations", "window_starts", "window_ends", "skills", "availability"),
            "recognised_skills",
            *("declined_categories", "preferred_categories", "categories", "region_paths"),
        ),
        _TEXTS,
    ),
    **dict.fromkeys(
        (
            *(
                "version",
                "duration_min",
                "amount_fen",
                "policy_aid_fen",
                "insurance_fen",
                "quantity",
                "paid_fen",
            ),
            *(
                "radius_m",
                "weekly_minutes",
                "most_visits",
                "min_age_y",
                "max_age_y",
                "received_fen",
                "reserved_fen",
            ),
            *("spent_fen", "case_cap_fen", "reserved_quantity"),
        ),
        pl.Int64,
    ),
    **dict.fromkeys(
        (
            *("partial_allowed", "with_child", "home_visit", "demanding", "consent_recorded"),
            *("physical_limit", "guardian_consent"),
        ),
        pl.Boolean,
    ),
    **dict.fromkeys(("birth_date", "valid_from", "valid_to", "expires"), pl.Date),
    **dict.fromkeys(("window_start", "window_end", "waiting_since"), pl.Datetime("us", "UTC")),
}


def typed(raw: pl.DataFrame) -> pl.DataFrame:
    """Give columns their types; one that holds nothing but nulls may come without. Others are text."""
    return raw.cast({name: _TYPES.get(name, pl.String) for name in raw.columns})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A round's input, and which version of each need it shows."""

    problem: Problem
    need_versions: Mapping[str, int]


async def build_problem(
    tx: ReadTransaction,
    actor: Actor,
    *,
    region_path: str,
    as_of: datetime,
    horizon_days: int = 14,
    replan: timedelta | None = None,
) -> Snapshot:
    """
    Read what a round in a region may use: open needs, free people, free money, free goods.

    Equal graphs give equal problems on every engine. A need that is served in part shows what is wanting.

    Parameters
    ----------
    tx
        One consistent look.
    actor
        Only what lies in their scope takes part.
    region_path
        Subtree whose needs are matched.
    as_of
        Moment that the horizon starts at.
    horizon_days
        Length of the horizon.
    replan
        Plan offered visits anew that nobody has answered; those that begin within this time are pinned. None
        leaves them as they are.

    Raises
    ------
    NotFoundError
        The region lies outside the actor's scope.
    """
    if not actor.scope.covers(region_path):
        raise NotFoundError("no such region", kind="region", id=region_path)
    horizon = (epoch_minute(as_of), epoch_minute(as_of + timedelta(days=horizon_days)))

    async def read(statement: Statement, **more: Value) -> pl.DataFrame:
        scoped = {"scope_paths": scope_paths(actor), "region_path": region_path}
        return typed(await tx.frame(statement, **scoped, **more))

    states = OPEN_FOR_MATCHING if replan is None else OPEN_FOR_MATCHING | {NeedState.OFFERED}
    raw_needs = await read(columns.NEEDS, states=sorted(state.value for state in states))
    slots = await read(columns.SLOTS)
    all_promised = await read(columns.PROMISED)
    standing = standing_of(
        raw_needs,
        slots=slots,
        promised=all_promised,
        visits=await read(columns.PUBLISHED),
        as_of=as_of,
        freeze=replan or timedelta(0),
    )
    again = standing.needs
    open_now = pl.col("state").is_in([state.value for state in OPEN_FOR_MATCHING])
    raw_needs = raw_needs.filter(open_now | pl.col("need_id").is_in(list(again)))
    promised = without(all_promised, again)
    items = _open_items(await read(columns.ITEMS), promised)
    subjects = pl.concat(
        [await read(columns.HOUSEHOLDS), await read(columns.INSTITUTIONS)], how="diagonal_relaxed"
    )
    children = await read(columns.CHILDREN, adult_since=years_before(civil_date(as_of), ADULT_Y))
    needs = shape_needs(raw_needs, subjects=subjects, children=children, promised=promised, as_of=as_of)
    free = slots.filter(pl.col("held").is_null()).select("slot_id", "need_id", "skill", "licence")
    needs = _still_wanting(needs, free, items)
    volunteers = willing(await read(columns.VOLUNTEERS), await read(columns.UNASKED))
    busy_since = as_of - BUSY_BEFORE
    busy = [
        without(await read(statement, busy_since=busy_since), again)
        for statement in (columns.CLAIMS, columns.OFFERS)
    ]
    paid, live = await _history(tx, actor, as_of, again)
    raw_books = await read_books(tx, actor, region_path)
    received = await received_days(tx, raw_books)
    free_books = given_back(
        raw_books.with_columns(book_id=BOOK),
        all_promised.drop_nulls("fund_id").with_columns(book_id=BOOK),
        again,
        key="book_id",
        amount="amount_fen",
        reserved="reserved_fen",
    )
    free_stock = given_back(
        await read(columns.STOCK),
        all_promised,
        again,
        key="offer_id",
        amount="quantity",
        reserved="reserved_quantity",
    )
    funds = shape_books(free_books, received)
    problem = problem_of(
        as_of_min=epoch_minute(as_of),
        horizon_start_min=horizon[0],
        horizon_end_min=horizon[1],
        tables={
            "needs": needs,
            "need_windows": _of(needs, shape_need_windows(raw_needs, slots)),
            "need_slots": _of(needs, free),
            "need_items": _of(needs, items),
            "volunteers": shape_volunteers(
                volunteers, known_as=pl.concat([await read(columns.RESIDENTS), await read(columns.ACCOUNTS)])
            ),
            "volunteer_windows": shape_volunteer_windows(volunteers, as_of=as_of, horizon_days=horizon_days),
            "volunteer_commitments": shape_commitments(busy),
            "qualifications": shape_days(await read(columns.QUALIFICATIONS)),
            "covers": shape_covers(await read(columns.COVERS)),
            "funds": funds,
            "stock": shape_stock(free_stock),
            "past_visits": shape_past_visits(await read(columns.PAST_VISITS)),
            "published": _of(needs, standing.published),
            "subjects_paid": _of_subjects(needs, paid),
            "live_wishes": _of_subjects(needs, live),
            "paid_work": _of(
                needs, await read(columns.PAID_WORK, states=sorted(state.value for state in states))
            ),
            "related_parties": await related_parties(
                tx,
                funds=funds.select("fund_id", "organisation_id", "type").unique(),
                needs=needs,
                day=civil_date(as_of),
            ),
            "donor_ties": await ties_of_donors(tx, funds, needs, as_of),
            "charity_years": await charity_years(tx, funds, as_of),
        },
    )
    versions = dict(raw_needs.select("need_id", "version").iter_rows())
    return Snapshot(problem=problem, need_versions=versions)


def shape_needs(
    raw: pl.DataFrame,
    *,
    subjects: pl.DataFrame,
    children: pl.DataFrame,
    promised: pl.DataFrame,
    as_of: datetime,
) -> pl.DataFrame:
    """Give the table ``needs``: places and situations come from the subject too, promised money is off."""
    youngest = (
        children.group_by("subject_id")
        .agg(pl.col("birth_date").max())
        .select("subject_id", child_age_y=_age_y("birth_date", civil_date(as_of)))
    )
    money = promised.group_by("need_id").agg(promised_fen=pl.col("amount_fen").fill_null(0).sum())
    points = {urgency.value: urgency.points for urgency in Urgency}
    aid = _addable("policy_aid_fen") + _addable("insurance_fen")
    asked, given = _addable("amount_fen"), pl.col("promised_fen").fill_null(0)
    waiting = (pl.lit(as_of.astimezone(UTC)) - pl.col("waiting_since")).dt.total_days()
    with_situations = (
        subjects
        if "subject_situations" in subjects.columns
        else subjects.with_columns(subject_situations=pl.lit([], dtype=_TEXTS))
    )
    return (
        raw.join(with_situations.unique("subject_id"), on="subject_id", how="left")
        .join(youngest, on="subject_id", how="left")
        .join(money, on="need_id", how="left")
        .with_columns(
            urgency_points=pl.col("urgency").replace_strict(points, return_dtype=pl.Int64),
            community=pl.coalesce(pl.col("region_path").str.extract(_TOWN, 1), pl.lit("/")),
            situations=_united("situations", "subject_situations"),
            longitude_deg=pl.coalesce("longitude_deg", "subject_longitude"),
            latitude_deg=pl.coalesce("latitude_deg", "subject_latitude"),
            duration_min=pl.col("duration_min").fill_null(0),
            amount_fen=pl.max_horizontal(asked - given, pl.lit(0)),
            gap_fen=pl.max_horizontal(asked - aid - given, pl.lit(0)),
            risk=pl.col("risk").fill_null("NONE"),
            with_child=pl.col("with_child").fill_null(value=False),
            home_visit=pl.col("home_visit").fill_null(value=False),
            demanding=pl.col("demanding").fill_null(value=False),
            partial_allowed=pl.col("partial_allowed").fill_null(value=False),
            consent_recorded=pl.col("consent_recorded").fill_null(value=False),
            waiting_days=pl.max_horizontal(waiting, pl.lit(0)),
        )
        .with_columns(child_age_y=pl.when("with_child").then("child_age_y"))
    )


def _addable(column: str) -> pl.Expr:
    """Keep an impossible amount beyond the limit, where the problem refuses it by name, yet let it be added."""
    return pl.col(column).fill_null(0).clip(upper_bound=2 * MOST_FEN)


def _still_wanting(needs: pl.DataFrame, slots: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Leave out needs served in part for which nothing is left to give."""
    wanting = (
        (pl.col("state") != "PARTIAL")
        | (pl.col("gap_fen") > 0)
        | pl.col("need_id").is_in(slots["need_id"].unique().implode())
        | pl.col("need_id").is_in(items["need_id"].unique().implode())
    )
    return needs.filter(wanting)


def _open_items(items: pl.DataFrame, promised: pl.DataFrame) -> pl.DataFrame:
    given = promised.group_by("need_item_id").agg(promised=pl.col("quantity").fill_null(0).sum())
    return (
        items.join(given, on="need_item_id", how="left")
        .with_columns(quantity=pl.col("quantity") - pl.col("promised").fill_null(0))
        .filter(pl.col("quantity") > 0)
    )


def shape_need_windows(needs: pl.DataFrame, slots: pl.DataFrame) -> pl.DataFrame:
    """Give the table ``need_windows``; who joins people already promised comes when they do."""
    minutes = _minutes_of_texts([*needs["window_starts"].to_list(), *needs["window_ends"].to_list()])
    declared = (
        needs.select("need_id", start="window_starts", end="window_ends")
        .explode("start", "end")
        .drop_nulls()
        .join(minutes.rename({"text": "start", "minute": "start_min"}), on="start")
        .join(minutes.rename({"text": "end", "minute": "end_min"}), on="end")
        .select("need_id", "start_min", "end_min")
    )
    joined = (
        slots.filter(pl.col("held").is_not_null() & pl.col("window_start").is_not_null())
        .select("need_id", start_min=_minute("window_start"), end_min=_minute("window_end"))
        .unique()
    )
    return pl.concat([declared.join(joined, on="need_id", how="anti"), joined]).unique()


def willing(raw: pl.DataFrame, unasked: pl.DataFrame) -> pl.DataFrame:
    """Suspend for the round who asked not to be asked: they still take what they choose themselves (HC-05)."""
    asked = pl.col("volunteer_id").is_in(unasked["volunteer_id"].to_list()).not_()
    return raw.with_columns(
        status=pl.when(asked).then("status").otherwise(pl.lit(VolunteerStatus.SUSPENDED.value))
    )


def shape_volunteers(raw: pl.DataFrame, *, known_as: pl.DataFrame | None = None) -> pl.DataFrame:
    """
    Give the table ``volunteers``.

    ``known_as`` has further ids of the same people, ``volunteer_id`` and ``person_id``: residents, accounts.
    """
    ids = pl.concat(
        [
            raw.select("volunteer_id", person_id="volunteer_id"),
            raw.select("volunteer_id", person_id="resident_id"),
            *([] if known_as is None else [known_as.select("volunteer_id", "person_id")]),
        ]
    )
    persons = ids.drop_nulls().group_by("volunteer_id").agg(person_ids=pl.col("person_id").unique().sort())
    return raw.join(persons, on="volunteer_id", how="left").with_columns(
        radius_m=pl.col("radius_m").fill_null(_DEFAULT_RADIUS_M),
        birth_day=_day("birth_date"),
        skills=_sorted_texts("skills", "recognised_skills"),
        weekly_minutes=pl.col("weekly_minutes").fill_null(_DEFAULT_WEEKLY_MIN),
        physical_limit=pl.col("physical_limit").fill_null(value=False),
        guardian_consent=pl.col("guardian_consent").fill_null(value=False),
        declined_categories=_sorted_texts("declined_categories"),
        preferred_categories=_sorted_texts("preferred_categories"),
        active=pl.col("status") == VolunteerStatus.ACTIVE.value,
    )


def shape_volunteer_windows(raw: pl.DataFrame, *, as_of: datetime, horizon_days: int) -> pl.DataFrame:
    """Give the table ``volunteer_windows``: weekly times laid over the horizon, merged where they touch."""
    weekly = raw.select("volunteer_id", text="availability").explode("text").drop_nulls()
    spans = _weekly_spans(weekly["text"].unique().to_list(), as_of, horizon_days)
    return (
        weekly.join(spans, on="text")
        .sort("volunteer_id", "start_min", "end_min")
        .with_columns(reach=pl.col("end_min").cum_max().over("volunteer_id"))
        .with_columns(
            opens=(pl.col("start_min") > pl.col("reach").shift(1).over("volunteer_id")).fill_null(value=True)
        )
        .with_columns(span=pl.col("opens").cum_sum().over("volunteer_id"))
        .group_by("volunteer_id", "span")
        .agg(pl.col("start_min").min(), pl.col("end_min").max())
    )


def _weekly_spans(texts: list[str], as_of: datetime, horizon_days: int) -> pl.DataFrame:
    """Lay each distinct weekly time over the days of the horizon, cut to it."""
    first, last = epoch_minute(as_of), epoch_minute(as_of + timedelta(days=horizon_days))
    days = [civil_date(as_of) + timedelta(days=i) for i in range(horizon_days + 1)]
    rows = [
        (text, max(first, epoch_minute(window.start)), min(last, epoch_minute(window.end)))
        for text in texts
        for day in days
        if (window := WeeklyWindow.parse(text).on(day)) is not None
    ]
    schema = {"text": pl.String, "start_min": pl.Int64, "end_min": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").filter(pl.col("start_min") < pl.col("end_min"))


def shape_commitments(busy: list[pl.DataFrame]) -> pl.DataFrame:
    """Give the table ``volunteer_commitments`` from promised visits and offered ones."""
    return (
        pl.concat(busy, how="vertical_relaxed")
        .drop("need_id")
        .with_columns(
            start_min=_minute("window_start"),
            end_min=_minute("window_end"),
            demanding=pl.col("demanding").fill_null(value=False),
        )
        .unique()
    )


def shape_days(raw: pl.DataFrame) -> pl.DataFrame:
    """Give the table ``qualifications``; half-open days, one without bounds holds always."""
    return raw.with_columns(
        from_day=_day("valid_from").fill_null(0), to_day=_day("valid_to").fill_null(_day_number(date.max))
    )


def shape_covers(raw: pl.DataFrame) -> pl.DataFrame:
    """Give the table ``covers``."""
    return shape_days(raw).with_columns(
        min_age_y=pl.col("min_age_y").fill_null(0),
        max_age_y=pl.col("max_age_y").fill_null(200),
        region_paths=_sorted_texts("region_paths"),
    )


def shape_stock(raw: pl.DataFrame) -> pl.DataFrame:
    """Give the table ``stock`` with what is free of each line; empty lines are left out."""
    free = pl.col("quantity").fill_null(0) - pl.col("reserved_quantity").fill_null(0)
    return raw.with_columns(quantity=free, expiry_day=_day("expires")).filter(pl.col("quantity") > 0)


def shape_past_visits(raw: pl.DataFrame) -> pl.DataFrame:
    """Give the table ``past_visits``."""
    return raw.group_by("volunteer_id", "subject_id").agg(visits=pl.len().cast(pl.Int64))


async def _history(
    tx: ReadTransaction, actor: Actor, as_of: datetime, again: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read what HC-19 remembers, over the whole scope: money paid by kind, and wishes under way."""
    scoped = {"scope_paths": scope_paths(actor)}
    paid = typed(await tx.frame(columns.PAID, **scoped, paid_since=as_of - _PAID_WITHIN))
    begun = await tx.frame(
        columns.LIVE_WISHES, **scoped, live_states=sorted(state.value for state in UNDER_WAY)
    )
    promised = await tx.frame(
        columns.PROMISED_WISHES, **scoped, over_states=sorted(state.value for state in OVER)
    )
    by_kind = without(paid, again).group_by("subject_id", "kind").agg(pl.col("paid_fen").sum())
    return by_kind, pl.concat([typed(begun), typed(promised)]).unique()


def _of_subjects(needs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    subjects = needs.select("subject_id").drop_nulls().unique()
    return rows.drop_nulls("subject_id").join(subjects, on="subject_id", how="semi")


def _of(needs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.join(needs.select("need_id"), on="need_id", how="semi")


def _sorted_texts(*columns: str) -> pl.Expr:
    """Give the texts of one list, or of several together, each once."""
    empty = pl.lit([], dtype=_TEXTS)
    every = pl.concat_list(pl.col(column).cast(_TEXTS).fill_null(empty) for column in columns)
    return every.list.unique().list.sort()


def _united(*names: str) -> pl.Expr:
    lists = [pl.col(name).cast(_TEXTS).fill_null(pl.lit([], dtype=_TEXTS)) for name in names]
    return pl.concat_list(lists).list.unique().list.sort()


def _minute(column: str) -> pl.Expr:
    return pl.col(column).dt.epoch("s") // 60


def _day(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Date).to_physical().cast(pl.Int64)


def _day_number(day: date) -> int:
    return (day - _EPOCH).days


def _minutes_of_texts(lists: list[list[str] | None]) -> pl.DataFrame:
    distinct = sorted({text for texts in lists if texts for text in texts})
    rows = [(text, epoch_minute(datetime.fromisoformat(text))) for text in distinct]
    return pl.DataFrame(rows, schema={"text": pl.String, "minute": pl.Int64}, orient="row")


def years_before(day: date, years: int) -> date:
    """Give the same day of an earlier year."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _age_y(column: str, day: date) -> pl.Expr:
    born = pl.col(column)
    had_birthday = (born.dt.month() < day.month) | (
        (born.dt.month() == day.month) & (born.dt.day() <= day.day)
    )
    return (pl.lit(day.year) - born.dt.year() - (~had_birthday).cast(pl.Int32)).cast(pl.Int64)
