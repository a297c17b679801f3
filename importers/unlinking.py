"""
What passes made of a batch's rows, when the batch is taken back.

Links that a rule made go with the row or with the person, and the next pass looks again; questions that nobody has
answered go with what they ask about; a person known from lists alone goes with the last record, and is described by
another record where the one that described them goes; who was seen to move has not moved. Whoever goes leaves the
groups at risk, and alerts about them that nobody has decided go too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import polars as pl

from graph import unlinking
from graph.imports import ASKED_AT_ONCE, stored_nodes
from graph.ports import ReadTransaction, WriteTransaction

_COMPARED = frozenset(
    {"name", "id_number_hash", "id_number_mask", "id_number_near", "birth_date", "birth_stated", "phone_hash"}
)
"""Properties of a row that say whom it is about."""

_DESCRIBED = (
    "name", "id_number_hash", "id_number_mask", "birth_date", "sex", "phone_hash", "region_id", "region_path",
    "source_id", "source_row",
)  # fmt: skip
"""Properties that a person known from lists has from a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinking:
    """
    What is to be done about links.

    Parameters
    ----------
    rows
        Rows that stay and whose link goes.
    people
        Persons known from lists alone whom no record names any more.
    described
        Fields of those whom another record describes from now on.
    alerts, members
        Undecided alerts, and places in groups at risk, of people who go.
    alerts_told
        How many of the alerts may be told: those of child protection are in no figure (HC-25).
    """

    rows: list[str] = field(default_factory=lambda: [])
    reviews: list[str] = field(default_factory=lambda: [])
    people: list[str] = field(default_factory=lambda: [])
    described: list[dict[str, Any]] = field(default_factory=lambda: [])
    moves: list[str] = field(default_factory=lambda: [])
    left: list[tuple[str, str]] = field(default_factory=lambda: [])
    alerts: list[str] = field(default_factory=lambda: [])
    members: list[str] = field(default_factory=lambda: [])
    alerts_told: int = 0

    def parts(self) -> "Iterator[Unlinking]":
        """Part what is many into units of bounded size."""
        yield replace(self, rows=[], reviews=[], alerts=[], members=[])
        for name in ("rows", "reviews", "alerts", "members"):
            ids: list[str] = getattr(self, name)
            for at in range(0, len(ids), ASKED_AT_ONCE):
                yield replace(Unlinking(), **{name: ids[at : at + ASKED_AT_ONCE]})

    async def apply(self, tx: WriteTransaction) -> None:
        """Write it; what is done already is left as it is."""
        if self.rows:
            await tx.run(unlinking.UNLINK, ids=self.rows)
        if self.reviews:
            await tx.run(unlinking.DELETE_REVIEWS, ids=self.reviews)
        if self.alerts:
            await tx.run(unlinking.DELETE_ALERTS, ids=self.alerts)
        if self.members:
            await tx.run(unlinking.DELETE_MEMBERS, ids=self.members)
        for resident, household in self.left:
            await tx.run(unlinking.REOPEN_MEMBERSHIP, resident=resident, household=household)
        if self.moves:
            await tx.run(unlinking.DELETE_MOVES, ids=self.moves)


async def plan_unlinking(
    tx: ReadTransaction,
    sources: list[str],
    gone: dict[str, list[str]],
    restored: list[dict[str, Any]],
    held: frozenset[str],
) -> Unlinking:
    """
    Find what goes with the nodes of a batch.

    Parameters
    ----------
    sources
        Tables of the batch.
    gone
        Nodes that the batch created and that go, by label.
    restored
        Fields that return to rows of departments.
    held
        What stays whatever happens to its records.
    """
    rows_gone, people_gone = frozenset(gone.get("DepartmentRecord", ())), gone.get("Resident", [])
    links = await unlinking.rule_links(tx)
    told_otherwise = [row["id"] for row in restored if not _COMPARED.isdisjoint(row)]
    lost = links.filter(pl.col("person").is_in(people_gone) | pl.col("id").is_in(told_otherwise))
    rows = lost.filter(~pl.col("id").is_in(rows_gone))["id"].to_list()
    left = links.filter(~pl.col("id").is_in(rows_gone.union(rows)))
    newcomers = (await unlinking.newcomers(tx)).filter(~pl.col("id").is_in(held))
    alone = newcomers.join(left, left_on="id", right_on="person", how="anti")["id"].to_list()
    reviews = await unlinking.undecided_reviews(tx)
    houses_gone = gone.get("Organisation", [])
    reviews = reviews.filter(
        pl.col("row").is_in(rows_gone.union(houses_gone))
        | pl.col("person").is_in(frozenset(people_gone).union(alone, houses_gone))
    )
    everybody_gone, homes_gone = frozenset(people_gone).union(alone), gone.get("Household", [])
    alerts = (await unlinking.undecided_alerts(tx)).filter(
        pl.col("resident").is_in(everybody_gone) | pl.col("household").is_in(homes_gone)
    )
    members = (await unlinking.members_of_groups(tx)).filter(pl.col("resident").is_in(everybody_gone))
    moves = await unlinking.moves_shown_by(tx, sources)
    departed = moves.filter(pl.col("kind") == "LEFT").select("resident", "household").unique()
    return Unlinking(
        rows=rows,
        reviews=reviews["id"].to_list(),
        people=alone,
        described=await _described(tx, newcomers.filter(pl.col("source").is_in(sources)), left),
        moves=moves["id"].to_list(),
        left=cast("list[tuple[str, str]]", departed.sort("resident", "household").rows()),
        alerts=alerts["id"].to_list(),
        members=members["id"].to_list(),
        alerts_told=alerts.filter(pl.col("child") == "false").height,
    )


async def _described(
    tx: ReadTransaction, newcomers: pl.DataFrame, left: pl.DataFrame
) -> list[dict[str, Any]]:
    """Describe persons whose describing row goes by the first that stays."""
    first = left.filter(pl.col("rule") == "NEW_PERSON").join(
        newcomers.select("id"), left_on="person", right_on="id", how="semi"
    )
    first = first.sort("id").unique("person", keep="first", maintain_order=True)
    stored = await stored_nodes(tx, "DepartmentRecord", first["id"].to_list())
    told = first.select("id", "person").join(stored, on="id", maintain_order="left")
    return told.select(pl.col("person").alias("id"), *_DESCRIBED).to_dicts()
