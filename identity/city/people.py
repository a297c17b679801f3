"""
Rows of department lists find the person they are about.

Evidence comes in order, and a lower kind never overrides a higher one: the same keyed number with a name that may be
the same; a number one slip away with the same name; what a mask shows, the same name, and birth or telephone; the
same telephone, name and birth. What is merely likely is a question for a person, and so is what speaks against
itself. Two people of one name and birth are never joined for that alone.

Everything is a join of whole columns: a million rows take seconds, and the outcome depends on no order of rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from domain.linking import LinkRule, ReviewReason
from identity.city.alike import with_alike

CANDIDATES_KEPT = 2
"""Of a row's likely persons so many become reviews: the others are less likely than both."""

PERSON_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "name": pl.String,
    "id_hash": pl.String,
    "id_mask": pl.String,
    "near": pl.List(pl.String),
    "birth_date": pl.Date,
    "phone_hash": pl.String,
    "unregistered": pl.Boolean,
}
"""Columns of persons and of rows; ``unregistered`` is of persons alone."""

REVIEW_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.String,
    "person": pl.String,
    "reason": pl.String,
    "probability": pl.Float64,
    "name_level": pl.String,
    "id_level": pl.String,
    "birth_level": pl.String,
    "phone_level": pl.String,
}

Model = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]
"""
Takes persons and rows that no rule linked, and gives pairs that are worth a question.

Columns of the pairs: ``row``, ``person``, ``probability``, ``auto`` (whether the model and its corroboration rule
link without a person).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityLinks:
    """
    What a pass over rows found.

    Parameters
    ----------
    links
        ``row``, ``person``, ``rule``; a row stands once.
    reviews
        Columns of ``REVIEW_SCHEMA``; pairs for a person to decide, the likeliest of each row.
    newcomers
        ``row``, ``id_hash``: rows with a number that nobody known has.
    """

    links: pl.DataFrame
    reviews: pl.DataFrame
    newcomers: pl.DataFrame


def link_rows(
    persons: pl.DataFrame, rows: pl.DataFrame, apart: pl.DataFrame, model: Model | None = None
) -> CityLinks:
    """
    Find the person of each row.

    Parameters
    ----------
    persons, rows
        Columns of ``PERSON_SCHEMA``, ids unique.
    apart
        ``row``, ``person``: pairs that somebody parted. They are never linked nor asked about again.
    model
        Scores what the rules leave; without it those rows wait for better evidence.
    """
    work = _Pass(persons, rows, apart)
    work.by_number()
    work.by_number_of_the_register()
    work.by_near_number()
    work.by_mask()
    work.by_telephone()
    if model is not None:
        work.by_model(model)
    return work.result()


class _Pass:
    """What is left to be linked, and what was found so far."""

    def __init__(self, persons: pl.DataFrame, rows: pl.DataFrame, apart: pl.DataFrame) -> None:
        self._persons = persons.select(pl.all().name.prefix("p_"))
        self._rows = rows
        self._left = rows
        self._apart = apart.select("row", "person").unique()
        self._links: list[pl.DataFrame] = []
        self._reviews: list[pl.DataFrame] = []

    def by_number(self) -> None:
        """Link rows whose number somebody has; another name under it is a question."""
        pairs = self._joined(self._left.filter(pl.col("id_hash").is_not_null()), "id_hash", "p_id_hash")
        self._settle(pairs, LinkRule.ID_NUMBER, otherwise=ReviewReason.OTHER_NAME, probability=0.5)

    def by_number_of_the_register(self) -> None:
        """Link rows whose number is one slip from a number that fails its check in the register."""
        slips = self._persons.filter(pl.col("p_near").list.len() > 0).with_columns(
            pl.col("p_near").alias("slip")
        )
        left = self._left.filter(pl.col("id_hash").is_not_null())
        pairs = left.join(
            slips.explode("slip"), left_on="id_hash", right_on="slip", how="inner", coalesce=False
        )
        self._settle(
            self._allowed(pairs), LinkRule.NEAR_ID_NUMBER, otherwise=ReviewReason.OTHER_NAME, probability=0.3
        )

    def by_near_number(self) -> None:
        """Link rows whose number fails its check and is one slip from somebody's of that name."""
        left = self._left.filter(pl.col("near").list.len() > 0).with_columns(pl.col("near").alias("slip"))
        pairs = self._joined(left.explode("slip"), "slip", "p_id_hash")
        self._settle(pairs, LinkRule.NEAR_ID_NUMBER, otherwise=None, probability=0.0)

    def by_mask(self) -> None:
        """Link rows by what a mask shows, the same name, and birth or telephone."""
        left = self._left.filter(pl.col("id_mask").is_not_null() & pl.col("id_hash").is_null())
        pairs = left.join(
            self._persons, left_on=["id_mask", "name"], right_on=["p_id_mask", "p_name"], coalesce=False
        )
        backed = _equal("phone_hash") | _equal("birth_date")
        self._take(self._allowed(pairs), backed, LinkRule.MASKED_ID_NUMBER, probability=0.8)

    def by_telephone(self) -> None:
        """Link rows by telephone, name and birth; another number with all that is a veto, and a question."""
        left = self._left.filter(pl.col("phone_hash").is_not_null())
        pairs = self._allowed(
            left.join(
                self._persons,
                left_on=["phone_hash", "name"],
                right_on=["p_phone_hash", "p_name"],
                coalesce=False,
            )
        )
        vetoed = pl.col("id_hash").is_not_null() & pl.col("p_id_hash").is_not_null()
        differs = pl.col("birth_date").ne(pl.col("p_birth_date")).fill_null(value=False)
        masks = pl.col("id_mask").ne(pl.col("p_id_mask")).fill_null(value=False)
        against = pairs.filter(vetoed & _equal("birth_date"))
        self._ask(against, ReviewReason.OTHER_ID_NUMBER, probability=0.5)
        self._take(
            pairs.filter(~vetoed & ~differs & ~masks),
            _equal("birth_date"),
            LinkRule.TELEPHONE,
            probability=0.7,
        )

    def by_model(self, model: Model) -> None:
        """Ask the model of rows without a number; what it likes and cannot back is a question."""
        asked = self._reviewed()
        left = self._left.filter(pl.col("id_hash").is_null()).join(
            asked, left_on="id", right_on="row", how="anti"
        )
        if left.is_empty():
            return
        persons = self._persons.select(pl.all().name.map(lambda name: name.removeprefix("p_")))
        found = model(persons, left)
        scored = found.select("row", "person", "probability", "auto").join(
            self._apart, on=["row", "person"], how="anti"
        )
        pairs = scored.join(left, left_on="row", right_on="id", coalesce=False).join(
            self._persons, left_on="person", right_on="p_id", coalesce=False
        )
        sure = pairs.filter("auto")
        alone = sure.filter(pl.col("row").is_unique())
        self._link(alone.select("row", "person"), LinkRule.MODEL)
        rest = pairs.filter(~pl.col("row").is_in(alone["row"].implode()))
        self._note(rest, ReviewReason.WEAK, pl.col("probability"))

    def result(self) -> CityLinks:
        """Give what was found; of each row the likeliest questions alone."""
        schema = {"row": pl.String, "person": pl.String, "rule": pl.String}
        links = pl.concat([pl.DataFrame(schema=schema), *self._links]).sort("row")
        reviews = pl.concat([pl.DataFrame(schema=REVIEW_SCHEMA), *self._reviews])
        reviews = (
            reviews.join(links, on="row", how="anti")
            .sort(["row", "probability", "person"], descending=[False, True, False])
            .unique(["row", "person"], keep="first", maintain_order=True)
            .group_by("row", maintain_order=True)
            .head(CANDIDATES_KEPT)
            .select(*REVIEW_SCHEMA)
        )
        strangers = self._left.filter(pl.col("id_hash").is_not_null())
        claimed = reviews.filter(pl.col("reason") == ReviewReason.OTHER_NAME.value)
        known = self._persons.select(pl.col("p_id_hash").alias("id_hash")).drop_nulls()
        newcomers = strangers.join(claimed, left_on="id", right_on="row", how="anti").join(
            known, on="id_hash", how="anti"
        )
        return CityLinks(
            links=links,
            reviews=reviews,
            newcomers=newcomers.select(pl.col("id").alias("row"), "id_hash").sort("row"),
        )

    def _reviewed(self) -> pl.DataFrame:
        return pl.concat(
            [pl.DataFrame(schema={"row": pl.String}), *(part.select("row") for part in self._reviews)]
        )

    def _joined(self, left: pl.DataFrame, column: str, key: str) -> pl.DataFrame:
        known = self._persons.filter(pl.col(key).is_not_null())
        return self._allowed(left.join(known, left_on=column, right_on=key, how="inner", coalesce=False))

    def _allowed(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Leave out what somebody parted."""
        return pairs.join(self._apart, left_on=["id", "p_id"], right_on=["row", "person"], how="anti")

    def _settle(
        self, pairs: pl.DataFrame, rule: LinkRule, *, otherwise: ReviewReason | None, probability: float
    ) -> None:
        """Link rows to the one person whose name may be theirs; ask where there are several, or another name."""
        pairs = with_alike(pairs.unique(["id", "p_id"]), "name", "p_name")
        fitting = pairs.filter("alike")
        alone = fitting.filter(pl.col("id").is_unique())
        self._link(alone.select(pl.col("id").alias("row"), pl.col("p_id").alias("person")), rule)
        self._ask(fitting.filter(~pl.col("id").is_unique()), ReviewReason.SEVERAL, probability=0.6)
        if otherwise is not None:
            others = pairs.filter(~pl.col("alike")).join(fitting.select("id"), on="id", how="anti")
            self._ask(others, otherwise, probability=probability)

    def _take(self, pairs: pl.DataFrame, backed: pl.Expr, rule: LinkRule, *, probability: float) -> None:
        """Link what is backed and alone; ask about the rest."""
        pairs = pairs.unique(["id", "p_id"])
        strong = pairs.filter(backed)
        alone = strong.filter(pl.col("id").is_unique())
        self._link(alone.select(pl.col("id").alias("row"), pl.col("p_id").alias("person")), rule)
        rest = pairs.join(alone.select("id"), on="id", how="anti")
        reason = (
            pl.when(pl.col("id").is_unique())
            .then(pl.lit(ReviewReason.WEAK))
            .otherwise(pl.lit(ReviewReason.SEVERAL))
        )
        self._note(rest.with_columns(reason.alias("reason")), None, pl.lit(probability))

    def _link(self, found: pl.DataFrame, rule: LinkRule) -> None:
        if found.is_empty():
            return
        unregistered = self._persons.select("p_id", "p_unregistered")
        named = found.join(unregistered, left_on="person", right_on="p_id", how="left").select(
            "row",
            "person",
            pl.when(pl.col("p_unregistered").fill_null(value=False))
            .then(pl.lit(LinkRule.NEW_PERSON.value))
            .otherwise(pl.lit(rule.value))
            .alias("rule"),
        )
        self._links.append(named)
        self._left = self._left.join(named, left_on="id", right_on="row", how="anti")

    def _ask(self, pairs: pl.DataFrame, reason: ReviewReason, *, probability: float) -> None:
        self._note(pairs, reason, pl.lit(probability))

    def _note(self, pairs: pl.DataFrame, reason: ReviewReason | None, probability: pl.Expr) -> None:
        if pairs.is_empty():
            return
        row, person = ("row", "person") if "person" in pairs.columns else ("id", "p_id")
        pairs = pairs if "alike" in pairs.columns else with_alike(pairs, "name", "p_name")
        why = pl.col("reason") if reason is None else pl.lit(reason.value)
        self._reviews.append(
            pairs.select(
                pl.col(row).alias("row"),
                pl.col(person).alias("person"),
                why.cast(pl.String).alias("reason"),
                probability.cast(pl.Float64).alias("probability"),
                _level("name", pl.when(pl.col("alike")).then(pl.lit("writing"))).alias("name_level"),
                _id_level().alias("id_level"),
                _level("birth_date").alias("birth_level"),
                _level("phone_hash").alias("phone_level"),
            )
        )


def _equal(name: str) -> pl.Expr:
    return pl.col(name).eq(pl.col(f"p_{name}")).fill_null(value=False)


def _level(name: str, between: pl.Expr | None = None) -> pl.Expr:
    """Say how a field of both compares: equal, differs or unknown."""
    level = pl.when(_equal(name)).then(pl.lit("equal"))
    level = level.when(pl.col(name).is_null() | pl.col(f"p_{name}").is_null()).then(pl.lit("unknown"))
    if between is None:
        return level.otherwise(pl.lit("differs"))
    return level.otherwise(pl.coalesce(between, pl.lit("differs")))


def _id_level() -> pl.Expr:
    both = pl.col("id_hash").is_not_null() & pl.col("p_id_hash").is_not_null()
    slip = pl.col("p_id_hash").is_in(pl.col("near")).fill_null(value=False) | pl.col("id_hash").is_in(
        pl.col("p_near")
    ).fill_null(value=False)
    return (
        pl.when(_equal("id_hash"))
        .then(pl.lit("equal"))
        .when(slip)
        .then(pl.lit("one_slip"))
        .when(both)
        .then(pl.lit("differs"))
        .when(_equal("id_mask"))
        .then(pl.lit("masked"))
        .when(pl.col("id_mask").is_not_null() & pl.col("p_id_mask").is_not_null())
        .then(pl.lit("differs"))
        .otherwise(pl.lit("unknown"))
    )
