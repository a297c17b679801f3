"""
Records as linkage takes them, and pairs as it gives them back.

A frame of people has text columns only, each of which may be missing or null. Identity numbers come raw or, from a
store that keeps none, as a keyed hash and a mask.
"""

from collections.abc import Iterable
from enum import StrEnum

import polars as pl

from domain.errors import InvalidInputError

KEY = "rec_id"

PERSON_COLUMNS = (
    KEY, "source", "name", "id_number", "id_hash", "id_mask", "birth_date", "sex", "phone", "address", "region_code",
)  # fmt: skip
"""Columns of a Chinese register. ``source`` names the registry that keeps the record."""

PARTED_COLUMNS = (
    "given_name", "surname", "street_number", "street", "locality", "suburb", "postcode", "state", "email",
    "occupation", "birth_place",
)  # fmt: skip
"""Columns of registers that write names and addresses in parts."""

PERSON_SCHEMA: dict[str, type[pl.DataType]] = dict.fromkeys((*PERSON_COLUMNS, *PARTED_COLUMNS), pl.String)


class LinkDecision(StrEnum):
    """What becomes of a pair. Only the first is ever acted on without a person looking."""

    AUTO = "auto"
    REVIEW = "review"
    REJECT = "reject"


PAIR_SCHEMA = {
    "left_id": pl.String,
    "right_id": pl.String,
    "decision": pl.String,
    "probability": pl.Float64,
    "evidence": pl.String,
    "weight": pl.Float64,
}
"""
Columns of pairs. ``evidence`` is JSON text: ``levels`` by field, ``vetoes``, ``corroboration``, ``reason``;
``weight`` is the sum of the match weights in bits, without the prior.
"""


def person_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """
    Give a frame with every column of a record as text, missing ones null, in one order.

    Raises
    ------
    InvalidInputError
        No key, an empty key, or two records of one source under one key.
    """
    if KEY not in frame.columns:
        raise InvalidInputError("records need a column rec_id", field=KEY, reason="missing_column")
    people = frame.select(
        pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)
        for name in PERSON_SCHEMA
    ).with_columns(pl.col("source").fill_null(""))
    if people[KEY].null_count() or (people[KEY].str.strip_chars() == "").any():
        raise InvalidInputError("a record has an empty rec_id", field=KEY, reason="empty_key")
    if people.select(KEY, "source").is_duplicated().any():
        twice = people.filter(people.select(KEY, "source").is_duplicated())[KEY][0]
        raise InvalidInputError(
            "two records of one source have one rec_id", field=KEY, value=str(twice), reason="repeated_key"
        )
    return people


def pair_frame(rows: Iterable[tuple[str, str, str, float, str, float]] = ()) -> pl.DataFrame:
    """Give a frame of pairs from rows in the order of ``PAIR_SCHEMA``."""
    return pl.DataFrame(list(rows), schema=PAIR_SCHEMA, orient="row")
