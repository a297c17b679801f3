"""Whom the rows of two lists are about, by the links of the graph."""

from dataclasses import dataclass

import polars as pl

from importers.differences import ListTable

_NAMES = ("department", "event", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPeople:
    """
    Persons behind the rows of a list.

    Parameters
    ----------
    of_rows
        ``row``, ``person_id`` of every row of the graph that is linked.
    before, after
        ``person_id``, ``household_id``, ``region_path``, ``department``, ``event``, ``occurred_on`` of the linked rows
        of each list.
    unlinked
        Rows of the newest list that nobody is known for, or that the graph lacks.
    homes_before, homes_after
        Numbers of the households that a register of residents names.
    """

    of_rows: pl.DataFrame
    before: pl.DataFrame
    after: pl.DataFrame
    unlinked: int
    homes_before: pl.Series
    homes_after: pl.Series

    def counts(self, lines: pl.DataFrame, label: str) -> dict[str, int]:
        """Count persons and households that came and went, each once, however many rows they have."""
        if label == "DepartmentRecord":
            gone, come = self.left("person_id"), self.entered("person_id")
            homes_gone, homes_come = self.left("household_id"), self.entered("household_id")
        else:
            named = "household_id" if label == "Household" else "person_id"
            gone = lines.filter(pl.col("kind") == "REMOVED")[named].drop_nulls().unique()
            come = lines.filter(pl.col("kind") == "ADDED")[named].drop_nulls().unique()
            homes_gone, homes_come = gone, come
            if label == "Resident":  # a household comes with its first member and goes with its last
                one, other = self.homes_before.to_frame(), self.homes_after.to_frame()
                homes_gone = one.join(other, on=one.columns, how="anti").to_series()
                homes_come = other.join(one, on=one.columns, how="anti").to_series()
        changed = lines.filter(pl.col("kind").is_in(["CHANGED", "RENUMBERED"]))
        return {
            "persons_added": come.len(),
            "persons_removed": gone.len(),
            "persons_changed": changed["person_id"].drop_nulls().n_unique(),
            "households_added": homes_come.len(),
            "households_removed": homes_gone.len(),
            "households_changed": changed["household_id"].drop_nulls().n_unique(),
            "unlinked": self.unlinked,
        }

    def left(self, column: str) -> pl.Series:
        """Give who stands in the list before and not in the newest."""
        return _without(self.before, self.after, column)

    def entered(self, column: str) -> pl.Series:
        """Give who stands in the newest list and not in the one before."""
        return _without(self.after, self.before, column)


def _without(one: pl.DataFrame, other: pl.DataFrame, column: str) -> pl.Series:
    mine = one.select(column).drop_nulls().unique()
    return mine.join(other.select(column).drop_nulls(), on=column, how="anti")[column].sort()


def row_people(
    old: ListTable | None, new: ListTable, records: pl.DataFrame, persons: pl.DataFrame
) -> RowPeople:
    """Join both lists to the graph's rows by department, event and number, in columns."""
    linked = records.filter(pl.col("resident_id").is_not_null())
    named = linked.join(
        persons.select(pl.col("id").alias("resident_id"), "household_id", "region_path"),
        on="resident_id",
        how="left",
    ).rename({"resident_id": "person_id"})
    after, unlinked = _of(new, named)
    before = named.clear() if old is None else _of(old, named)[0]
    return RowPeople(
        of_rows=linked.select(pl.col("id").alias("row"), pl.col("resident_id").alias("person_id")),
        before=before,
        after=after,
        unlinked=unlinked,
        homes_before=new.households().clear() if old is None else old.households(),
        homes_after=new.households(),
    )


def _of(side: ListTable, named: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    if side.label != "DepartmentRecord":
        return named.clear(), 0
    numbers = side.numbers()
    found = named.join(numbers, on=[name for name in _NAMES if name in numbers.columns], how="semi")
    return found, numbers.height - found.height
