"""The probabilistic model of ``identity/linkage``, as a pass over rows asks it."""

import hashlib
from datetime import date
from typing import cast

import polars as pl

from identity.linkage.linking import match_new
from identity.linkage.records import LinkDecision

_PAIRS = {"row": pl.String, "person": pl.String, "probability": pl.Float64, "auto": pl.Boolean}
_BLOCKS = ("name", "phone_hash", "id_mask")
_REGISTER, _LISTS = "register", "lists"
_TEN_DIGITS = 10**10


class CityModel:
    """
    The model over everybody known.

    It compares a row with those alone who share its name, its telephone or what its mask shows: who shares none of
    them could not be told from chance anyhow.

    Parameters
    ----------
    persons
        Everybody known.
    asked_before
        ``asked`` of the last run: the same question is not put again.
    """

    def __init__(self, persons: pl.DataFrame, asked_before: str | None) -> None:
        self._persons = persons
        self._before = asked_before
        self.asked: str | None = asked_before

    def __call__(self, _persons: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """See ``identity.city.people.Model``."""
        known, new = self._question(rows)
        self.asked = _digest(known, new)
        if known.is_empty() or self.asked == self._before:
            return pl.DataFrame(schema=_PAIRS)
        found = match_new(known, new).pairs
        kept = found.filter(pl.col("decision") != LinkDecision.REJECT.value)
        pairs = kept.select(
            pl.col("right_id").alias("row"),
            pl.col("left_id").alias("person"),
            "probability",
            (pl.col("decision") == LinkDecision.AUTO.value).alias("auto"),
        )
        linked = pairs.filter("auto").filter(pl.col("row").is_unique())
        if linked.height:  # what is left of the question is what the next pass would put
            self.asked = _digest(*self._question(rows.join(linked, left_on="id", right_on="row", how="anti")))
        return pairs

    def _question(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give those whom rows are compared with, and the rows."""
        people = self._persons
        near = pl.concat(
            [people.join(rows.select(name).drop_nulls().unique(), on=name, how="semi") for name in _BLOCKS]
        ).unique("id")
        return _records(near.sort("id"), _REGISTER), _records(rows.sort("id"), _LISTS)


def _digest(*frames: pl.DataFrame) -> str:
    whole = hashlib.sha256()
    for frame in frames:
        whole.update(frame.write_csv().encode())
    return whole.hexdigest()


def _stand_in(keyed: str) -> str:
    """Give eleven digits for a keyed telephone: equal ones are equal, and no others are likely to be."""
    number = int.from_bytes(hashlib.blake2b(keyed.encode(), digest_size=8).digest())
    return f"1{number % _TEN_DIGITS:010d}"


def _records(people: pl.DataFrame, source: str) -> pl.DataFrame:
    """Give people as linkage takes them; keyed telephones stand in for numbers, equal where those are equal."""
    phones = [None if value is None else _stand_in(value) for value in people["phone_hash"].to_list()]
    births = [
        None if day is None else day.isoformat()
        for day in cast("list[date | None]", people["birth_date"].to_list())
    ]
    return people.select(
        pl.col("id").alias("rec_id"),
        pl.lit(source).alias("source"),
        "name",
        "id_hash",
        "id_mask",
        pl.Series("birth_date", births, dtype=pl.String),
        "sex",
        pl.Series("phone", phones, dtype=pl.String),
        pl.col("region_id").str.split(":").list.last().alias("region_code"),
    )
