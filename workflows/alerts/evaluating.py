"""
Who meets which condition on a day, for a whole city at once: a pure function of frames, rules and the day.

Each condition without parts is looked up once for everybody, as a join of sums by person or household; what the parts
make together is an expression over those columns. So a city costs the sum of its rows, whatever its rules say.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from typing import cast

import polars as pl

from domain.alerts import Evidence
from workflows.alerts.conditions import (
    AllOf,
    AnyOf,
    Condition,
    HasAge,
    HasAmount,
    HasCeased,
    HasFallen,
    HasMembers,
    HasRecords,
    HasSituation,
    Leaf,
    NoneOf,
    Whose,
    leaves,
    situations_of,
)
from workflows.alerts.rules_in_force import AlertRule, RiskGroup, RuleBook

REGISTER = "REGISTER"
_FEN = 100
_ADULT_Y = 18
_FACT = pl.Struct(
    {
        "kind": pl.String,
        "subject": pl.String,
        "value": pl.Int64,
        "line": pl.Int64,
        "on": pl.String,
        "source": pl.String,
        "records": pl.Int64,
    }
)
FOUND = {
    "code": pl.String,
    "resident_id": pl.String,
    "household_id": pl.String,
    "region_id": pl.String,
    "region_path": pl.String,
    "evidence": pl.String,
}
"""Columns of what is found: one row a code and person; ``evidence`` is JSON, see ``read_evidence``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFrames:
    """
    A city as the rules see it.

    Parameters
    ----------
    persons
        ``id``, ``household_id``, ``birth_date``, ``situations``, ``region_id``, ``region_path``.
    homes
        ``id``, ``situations`` of households.
    records
        ``resident_id``, ``department``, ``event``, ``amount_fen``, ``occurred_on`` of lines that have their person.
    """

    persons: pl.DataFrame
    homes: pl.DataFrame
    records: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Members of groups, and persons whom rules would alert of; columns are ``FOUND``."""

    members: pl.DataFrame
    alerts: pl.DataFrame


def evaluate(city: CityFrames, books: Mapping[str, RuleBook], day: date) -> Found:
    """
    Find the members of all groups and the persons that rules alert of.

    Parameters
    ----------
    books
        Rules by the region they hold in: a person's are those of the longest region path that holds their own.
    """
    people = _with_homes(city, day)
    members: list[pl.DataFrame] = []
    alerts: list[pl.DataFrame] = []
    areas = sorted(books, key=len, reverse=True)
    area_of = reduce(
        lambda rest, area: (
            pl.when(pl.col("region_path").str.starts_with(area)).then(pl.lit(area)).otherwise(rest)
        ),
        reversed(areas),
        pl.lit(None, pl.String),
    )
    placed = people.with_columns(area=area_of)
    for area in areas:
        here = placed.filter(pl.col("area") == area).drop("area")
        if here.is_empty():
            continue
        looked = _Look(here, city.records, books[area], day)
        members += [looked.found(group) for group in books[area].groups]
        alerts += [looked.found(rule) for rule in books[area].rules]
    return Found(members=_joined(members), alerts=_joined(alerts))


def _joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts) if parts else pl.DataFrame(schema=FOUND)


def read_evidence(text: str) -> tuple[Evidence, ...]:
    """Read what ``evaluate`` wrote down of one person."""
    facts = cast("list[dict[str, str | int | None]]", json.loads(text)["evidence"])
    return tuple(
        Evidence(
            kind=str(fact["kind"]),
            subject=str(fact["subject"]),
            value=_number(fact["value"]),
            line=_number(fact["line"]),
            on=None if fact["on"] is None else date.fromisoformat(str(fact["on"])),
            source=None if fact["source"] is None else str(fact["source"]),
            records=_number(fact["records"]),
        )
        for fact in facts
    )


def _number(value: str | int | None) -> int | None:
    return None if value is None else int(value)


def _with_homes(city: CityFrames, day: date) -> pl.DataFrame:
    """Give persons with their age, and what their household holds and counts; who has none is one alone."""
    # Both as yyyymmdd: who has not had this year's birthday is a year younger.
    born, today = pl.col("birth_date"), day.year * 10_000 + day.month * 100 + day.day
    stamp = born.dt.year() * 10_000 + born.dt.month().cast(pl.Int32) * 100 + born.dt.day().cast(pl.Int32)
    people = city.persons.with_columns(
        home=pl.coalesce("household_id", "id"),
        age_y=((today - stamp) // 10_000).cast(pl.Int64),
        own=pl.col("situations").fill_null([]),
    ).drop("situations")
    held = pl.concat(
        [
            people.select("home", pl.col("own").alias("code")),
            city.homes.select(pl.col("id").alias("home"), pl.col("situations").fill_null([]).alias("code")),
        ]
    )
    shared = held.explode("code").drop_nulls().group_by("home").agg(pl.col("code").unique().alias("shared"))
    sizes = people.group_by("home").agg(
        pl.len().cast(pl.Int64).alias("members"),
        (pl.col("age_y") >= _ADULT_Y).fill_null(value=True).sum().cast(pl.Int64).alias("adults"),
    )
    return (
        people.join(shared, on="home", how="left")
        .join(sizes, on="home", how="left")
        .with_columns(pl.col("shared").fill_null([]))
    )


def _both(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return one & other


def _either(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return one | other


@dataclass(slots=True)
class _Look:
    """Persons of one area with a truth column for each condition that some group or rule of theirs has."""

    people: pl.DataFrame
    records: pl.DataFrame
    book: RuleBook
    day: date
    columns: dict[Leaf, str] = field(default_factory=dict["Leaf", str])

    def __post_init__(self) -> None:
        conditions = [each.when for each in (*self.book.groups, *self.book.rules)]
        self._hold(sorted(frozenset[str]().union(*map(situations_of, conditions))))
        self.records = self._named()
        for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
            if leaf not in self.columns:
                self.columns[leaf] = f"c{len(self.columns)}"
                self._look_up(leaf, self.columns[leaf])

    def _hold(self, codes: Sequence[str]) -> None:
        self.people = self.people.with_columns(
            *(pl.col("own").list.contains(code).alias(f"own_{code}") for code in codes),
            *(pl.col("shared").list.contains(code).alias(f"shared_{code}") for code in codes),
        )

    def _named(self) -> pl.DataFrame:
        """Give the records up to the day by our name of their list, and whose they are."""
        lists = pl.DataFrame(
            {
                "list": list(self.book.lists),
                "department": [each.department for each in self.book.lists.values()],
                "event": [each.event for each in self.book.lists.values()],
            },
            schema=dict.fromkeys(("list", "department", "event"), pl.String),
        )
        return (
            self.records.filter(pl.col("occurred_on") <= self.day)
            .join(lists, on=["department", "event"])
            .select("list", "resident_id", "amount_fen", "occurred_on")
            .join(self.people.select("id", "home"), left_on="resident_id", right_on="id")
        )

    # ------------------------------------------------------------ what each condition is looked up by

    def _look_up(self, leaf: Leaf, name: str) -> None:
        if isinstance(leaf, HasSituation):
            truth = reduce(_either, (self._holds(code, leaf.of) for code in leaf.any_of))
        elif isinstance(leaf, HasAge):
            age = pl.col("age_y")
            truth = reduce(_both, _bounds(age, at_least=leaf.at_least, below=leaf.below))
        elif isinstance(leaf, HasMembers):
            most = None if leaf.at_most is None else leaf.at_most + 1
            adults = None if leaf.adults_at_most is None else leaf.adults_at_most + 1
            bounds = [
                *_bounds(pl.col("members"), at_least=leaf.at_least, below=most),
                *_bounds(pl.col("adults"), at_least=None, below=adults),
            ]
            truth = reduce(_both, bounds)
        else:
            truth = self._of_records(leaf, name)
        self.people = self.people.with_columns(truth.fill_null(value=False).alias(name))

    def _holds(self, code: str, of: Whose) -> pl.Expr:
        own, shared = pl.col(f"own_{code}"), pl.col(f"shared_{code}")
        return {Whose.PERSON: own, Whose.HOUSEHOLD: shared, Whose.EITHER: own | shared}[of]

    def _of_records(self, leaf: HasRecords | HasAmount | HasCeased | HasFallen, name: str) -> pl.Expr:
        rows = self.records.filter(
            pl.col("list").is_in(leaf.lists),
            pl.col("occurred_on") > self.day - timedelta(days=leaf.within_days),
        )
        if isinstance(leaf, HasFallen):
            return self._fallen(leaf, rows, name)
        by, key = ("home", "home") if leaf.of is Whose.HOUSEHOLD else ("resident_id", "id")
        sums = rows.group_by(pl.col(by).alias("_key")).agg(
            pl.len().cast(pl.Int64).alias(f"{name}_rows"),
            pl.col("occurred_on").max().alias(f"{name}_on"),
            pl.col("amount_fen").sum().cast(pl.Int64).alias(f"{name}_value"),
        )
        self.people = self.people.join(sums, left_on=key, right_on="_key", how="left")
        if isinstance(leaf, HasRecords):
            return pl.col(f"{name}_rows") >= leaf.at_least
        if isinstance(leaf, HasCeased):
            return pl.col(f"{name}_on") <= self.day - timedelta(days=leaf.silent_days)
        self.people = self.people.with_columns(self._line(leaf).alias(f"{name}_line"))
        return pl.col(f"{name}_value") > pl.col(f"{name}_line")

    def _line(self, leaf: HasAmount) -> pl.Expr:
        """Give in fen the lowest line that applies to a person; null where none does."""
        lines = [
            pl.when(reduce(_either, (self._holds(code, Whose.EITHER) for code in line.situations)))
            .then(pl.lit(line.above_yuan * _FEN, pl.Int64))
            .otherwise(None)
            for line in leaf.lines
        ]
        rest = None if leaf.otherwise_yuan is None else leaf.otherwise_yuan * _FEN
        return pl.min_horizontal(*lines, pl.lit(rest, pl.Int64))

    def _fallen(self, leaf: HasFallen, rows: pl.DataFrame, name: str) -> pl.Expr:
        """Two amounts of one day count as their sum; the one before may lie outside the window."""
        days = (
            self.records.filter(pl.col("list").is_in(leaf.lists))
            .group_by("resident_id", "occurred_on")
            .agg(pl.col("amount_fen").sum().cast(pl.Int64))
            .sort("resident_id", "occurred_on", descending=[False, True])
        )
        last = days.group_by("resident_id", maintain_order=True).agg(
            pl.col("amount_fen").get(0, null_on_oob=True).alias(f"{name}_value"),
            pl.col("amount_fen").get(1, null_on_oob=True).alias(f"{name}_line"),
            pl.col("occurred_on").get(0, null_on_oob=True).alias(f"{name}_on"),
            pl.len().cast(pl.Int64).alias(f"{name}_rows"),
        )
        fresh = last.join(rows.select("resident_id").unique(), on="resident_id", how="semi")
        self.people = self.people.join(fresh, left_on="id", right_on="resident_id", how="left")
        value, before = pl.col(f"{name}_value"), pl.col(f"{name}_line")
        return value * 100 <= before * (100 - leaf.percent)

    # ------------------------------------------------------------ what the parts make together, and why

    def found(self, each: RiskGroup | AlertRule) -> pl.DataFrame:
        """Give those who meet a condition, and the facts by which they do."""
        met = self.people.filter(self._truth(each.when))
        facts = list(self._facts(each.when, holds=True))
        evidence = pl.struct(pl.concat_list(facts).list.drop_nulls().alias("evidence")).struct.json_encode()
        return met.select(
            pl.lit(each.code).alias("code"),
            pl.col("id").alias("resident_id"),
            "household_id",
            "region_id",
            "region_path",
            evidence.alias("evidence"),
        )

    def _truth(self, condition: Condition) -> pl.Expr:
        if isinstance(condition, AllOf):
            return reduce(_both, map(self._truth, condition.parts))
        if isinstance(condition, AnyOf):
            return reduce(_either, map(self._truth, condition.parts))
        if isinstance(condition, NoneOf):
            return ~reduce(_either, map(self._truth, condition.parts))
        return pl.col(self.columns[condition])

    def _facts(self, condition: Condition, *, holds: bool) -> Iterator[pl.Expr]:
        """Give a fact for each condition that is met as it must be: one under ``none`` is a fact where it is not."""
        if isinstance(condition, AllOf | AnyOf | NoneOf):
            wanted = holds if not isinstance(condition, NoneOf) else not holds
            for part in condition.parts:
                yield from self._facts(part, holds=wanted)
            return
        name = self.columns[condition]
        met = pl.col(name)
        if not holds:
            fact = self._fact(f"no_{condition.kind}", _subject(condition), line=pl.lit(_window(condition)))
            yield pl.when(~met).then(fact).otherwise(None)
        elif isinstance(condition, HasSituation):
            for code in condition.any_of:
                fact = self._fact("situation", code, source=REGISTER)
                yield pl.when(self._holds(code, condition.of)).then(fact).otherwise(None)
        elif isinstance(condition, HasAge):
            fact = self._fact("age", "age", value=pl.col("age_y"), source=REGISTER)
            yield pl.when(met).then(fact).otherwise(None)
        elif isinstance(condition, HasMembers):
            fact = self._fact(
                "members", "members", value=pl.col("members"), line=pl.col("adults"), source=REGISTER
            )
            yield pl.when(met).then(fact).otherwise(None)
        else:
            sums = isinstance(condition, HasAmount | HasFallen)
            fact = self._fact(
                condition.kind,
                _subject(condition),
                value=pl.col(f"{name}_value") if sums else None,
                line=pl.col(f"{name}_line") if sums else pl.lit(_window(condition)),
                on=pl.col(f"{name}_on"),
                records=pl.col(f"{name}_rows"),
                source=self._source(condition.lists),
            )
            yield pl.when(met).then(fact).otherwise(None)

    def _source(self, lists: Iterable[str]) -> str:
        named = (self.book.lists[name] for name in lists)
        return "; ".join(f"{each.department} {each.event}" for each in named)

    @staticmethod
    def _fact(
        kind: str,
        subject: str,
        *,
        value: pl.Expr | None = None,
        line: pl.Expr | None = None,
        on: pl.Expr | None = None,
        records: pl.Expr | None = None,
        source: str | None = None,
    ) -> pl.Expr:
        number = pl.lit(None, pl.Int64)
        return pl.struct(
            pl.lit(kind).alias("kind"),
            pl.lit(subject).alias("subject"),
            (number if value is None else value.cast(pl.Int64)).alias("value"),
            (number if line is None else line.cast(pl.Int64)).alias("line"),
            (pl.lit(None, pl.String) if on is None else on.dt.to_string("%Y-%m-%d")).alias("on"),
            pl.lit(source, pl.String).alias("source"),
            (number if records is None else records.cast(pl.Int64)).alias("records"),
        ).cast(_FACT)


def _bounds(value: pl.Expr, *, at_least: int | None, below: int | None) -> list[pl.Expr]:
    low = [] if at_least is None else [value >= at_least]
    return low if below is None else [*low, value < below]


def _subject(leaf: Leaf) -> str:
    if isinstance(leaf, HasSituation):
        return "+".join(leaf.any_of)
    if isinstance(leaf, HasAge | HasMembers):
        return leaf.kind
    return "+".join(leaf.lists)


def _window(leaf: Leaf) -> int | None:
    """Give the days that a condition of records looks back."""
    return leaf.within_days if isinstance(leaf, HasRecords | HasAmount | HasCeased | HasFallen) else None
