"""
Who else could be meant: other records that a sign points to as well as to the two of a pair.

Twins have one surname, birthday and telephone; a namesake may have one's birthday. Where a sign tells less than a whole
number does, it bears a pair out only if no such record is in sight, in either register.
"""

import polars as pl

from identity.linkage.blocking import BORN, PHONE_ENDS

_SURNAME = pl.col("name_surname")
_KEYS = ((BORN, _SURNAME), (PHONE_ENDS, _SURNAME), (BORN, PHONE_ENDS))


def alone(both: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """
    Tell of pairs whether nobody else shares surname and birthday, surname and telephone, or both of these.

    Parameters
    ----------
    both
        Features of all records of both registers.
    pairs
        Row numbers ``l`` and ``r`` in ``both``. A third record of one person counts as somebody else.
    """
    found = pl.repeat(value=True, n=len(pairs), dtype=pl.Boolean, eager=True)
    for key in _KEYS:
        shared = both.select(pl.concat_str(*key, separator=" ").alias("key"))
        shared = shared.with_columns(
            pl.when(pl.col("key").is_not_null()).then(pl.len().over("key")).alias("holders")
        )
        ours, theirs = (
            shared[pairs[side]].rename(lambda name, side=side: f"{name}_{side}") for side in ("l", "r")
        )
        same = (pl.col("key_l") == pl.col("key_r")).fill_null(value=False)
        found &= pl.concat([ours, theirs], how="horizontal").select(
            pl.max_horizontal("holders_l", "holders_r").fill_null(0) <= pl.when(same).then(2).otherwise(1)
        ).to_series()  # fmt: skip
    return found.alias("alone")


def shares(feature: pl.Series) -> pl.Series:
    """Give for each record the share of its value among the records that state one; null where it states none."""
    frame = feature.alias("value").to_frame()
    return frame.select(
        pl.when(pl.col("value").is_not_null())
        .then(pl.len().over("value") / pl.col("value").count())
        .alias("share")
    ).to_series()
