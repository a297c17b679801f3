"""
What stands published and waits for an answer, when a round plans it anew.

The needs of such visits take part again as if nothing had been promised to them, and their visits are handed
to the matcher as the published plan. Whoever has said yes is not asked again: an accepted promise stays one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from domain.needs import NeedState
from domain.rounds import ProposalState

ABOUT_TO_BEGIN = timedelta(hours=1)
"""A visit that begins so soon is left as it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``needs`` are planned anew; ``published`` is the table of that name."""

    needs: Sequence[str]
    published: pl.DataFrame


def standing_of(
    raw_needs: pl.DataFrame,
    *,
    slots: pl.DataFrame,
    promised: pl.DataFrame,
    visits: pl.DataFrame,
    as_of: datetime,
    freeze: timedelta,
) -> Standing:
    """
    Give the needs that are offered, with visits to come that nobody has answered, and nothing accepted.

    Parameters
    ----------
    raw_needs, slots, promised, visits
        Rows of the statements ``NEEDS``, ``SLOTS``, ``PROMISED`` and ``PUBLISHED``.
    freeze
        Visits that begin within it are pinned.
    """
    accepted = promised.filter(pl.col("state") != ProposalState.OFFERED.value)["need_id"]
    held = slots.filter(pl.col("held").is_not_null())["need_id"]
    soon = visits.filter(pl.col("window_start") < as_of + ABOUT_TO_BEGIN)["need_id"]
    fixed = pl.concat([accepted, held, soon]).unique()
    offered = raw_needs.filter(pl.col("state") == NeedState.OFFERED.value)["need_id"]
    open_visits = visits.filter(
        pl.col("need_id").is_in(offered.implode()) & ~pl.col("need_id").is_in(fixed.implode())
    )
    published = open_visits.select(
        "need_id",
        "slot_id",
        "volunteer_id",
        start_min=pl.col("window_start").dt.epoch("s") // 60,
        pinned=pl.col("window_start") < as_of + freeze,
    )
    return Standing(needs=sorted(set(published["need_id"].to_list())), published=published)


def without(frame: pl.DataFrame, needs: Sequence[str]) -> pl.DataFrame:
    """Leave out rows of the needs that are planned anew."""
    return frame.filter(~pl.col("need_id").is_in(list(needs)))


def given_back(
    givers: pl.DataFrame,
    promised: pl.DataFrame,
    needs: Sequence[str],
    *,
    key: str,
    amount: str,
    reserved: str,
) -> pl.DataFrame:
    """Take what was set aside for the needs that are planned anew off the reservations of funds or stock."""
    again = (
        promised.filter(pl.col("need_id").is_in(list(needs)))
        .drop_nulls(key)
        .group_by(key)
        .agg(given_back=pl.col(amount).fill_null(0).sum())
    )
    return (
        givers.join(again, on=key, how="left")
        .with_columns((pl.col(reserved).fill_null(0) - pl.col("given_back").fill_null(0)).alias(reserved))
        .drop("given_back")
    )
