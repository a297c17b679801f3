"""
Two lists of one department side by side: rows that came, went, changed, or only took another number.

Rows that stand in both word for word are told apart in columns and never read; only the rest is made into values, so a
comparison costs what has changed. All that is found is a function of the two lists.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import polars as pl

from domain.actors import Scope
from domain.comparing import Difference
from domain.errors import InvalidInputError
from importers import entities
from importers.batches import Batch
from importers.load import recognise
from importers.mapping import AUTO, SHIPPED, MappingCatalogue, Reference, Source
from importers.repeats import key_columns
from importers.resolve import resolve
from importers.scope import within
from importers.tables import ROW, Table, read_table

COMPARED = ("DepartmentRecord", "Resident", "Household")
"""Labels whose lists are compared."""

_SHOWN_AS = {
    "id_number_hash": "id_number_mask",
    "phone_hash": "phone_mask",
    "household_id": "\x00household",
}
"""Fields compared under a hash, and what of them people see."""
_SILENT = frozenset(
    {"id", "region_path", "id_number_mask", "phone_mask", "id_number_near", "number", "file_number", "department",
     "event", "place_made_up"}
)  # fmt: skip
_NAMED = {"id_number_hash": "id_number", "phone_hash": "telephone"}
_BEFORE = "\x00before"
_FEWEST_FIELDS = 4
"""A row that says less is not known again by what it says."""

CHANGE = pl.Struct({"field": pl.String, "before": pl.String, "after": pl.String})
LINES = pl.Schema(
    {
        "kind": pl.String, "row_id": pl.String, "row_before": pl.String, "number": pl.String,
        "number_before": pl.String, "source_row": pl.Int64, "source_row_before": pl.Int64,
        "department": pl.String, "event": pl.String, "region_path": pl.String, "changes": pl.List(CHANGE),
        "id_hash": pl.String, "household_id": pl.String, "content": pl.String,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTable:
    """One list as it was sent; ``digest`` names the very file."""

    path: Path
    table: Table

    @property
    def digest(self) -> str:
        """Digest of the file's bytes."""
        return self.table.sheet.file_digest

    @property
    def label(self) -> str:
        """What a row is about."""
        return self.table.mapping.entities[0].label

    @property
    def rows(self) -> int:
        """How many rows of data it has."""
        return self.table.frame.height

    def values_of(self, column: str) -> list[str]:
        """Give the different words of a column, none where the list has no such column."""
        frame = self.table.frame
        if column not in frame.columns:
            return []
        return sorted(cast("list[str]", frame[column].drop_nulls().unique().to_list()))

    def households(self) -> pl.Series:
        """Give the numbers of households that a register of residents names, each once."""
        frame = self.table.frame
        if "household" not in frame.columns:
            return pl.Series("household", [], dtype=pl.String)
        return frame["household"].str.normalize("NFKC").str.strip_chars().drop_nulls().unique()

    def numbers(self) -> pl.DataFrame:
        """Give what names each row: ``department``, ``event`` and ``number``, width folded, each once."""
        names = [name for name in ("department", "event", "number") if name in self.table.frame.columns]
        return self.table.frame.select(
            pl.col(name).str.normalize("NFKC").str.strip_chars() for name in names
        ).unique(maintain_order=True)


def read_list(path: Path, mapping: str = AUTO, mappings: MappingCatalogue = SHIPPED) -> ListTable:
    """
    Read a list that can be compared: residents, households, or a department's records on them.

    Raises
    ------
    InvalidInputError
        It holds no such list, or several.
    UnreadableFileError, MappingError
        As for an import.
    """
    found = recognise(path, mapping, mappings)
    lists = [
        (sheet, match)
        for sheet, match in found.in_order
        if match.mapping.entities
        and match.mapping.entities[0].label in COMPARED
        and match.mapping.entities[0].key
    ]
    if len(lists) != 1:
        raise InvalidInputError(
            "a comparison takes a file with one list of residents, households or records", file=path.name,
            lists=len(lists),
        )  # fmt: skip
    return ListTable(path=path, table=read_table(*lists[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """
    What differs between two lists.

    Parameters
    ----------
    lines
        ``LINES``, by kind and row; people are not known yet.
    counts
        Rows of both lists, each in exactly one count: ``before_rows`` = ``before_same`` + ``before_left_out`` +
        ``reworded`` + REMOVED + CHANGED + RENUMBERED + what of UNREADABLE it has, and so for ``after``.
    """

    lines: pl.DataFrame
    counts: dict[str, int]


def compare_lists(
    before: ListTable | None,
    after: ListTable,
    *,
    identity_key: bytes | None,
    scope: Scope,
    day: date | None = None,
) -> Compared:
    """
    Compare a list with the one before it; without one before, with nothing: every row is new.

    Raises
    ------
    InvalidInputError
        The two are not lists of the same kind.
    """
    if before is not None and before.label != after.label:
        raise InvalidInputError(
            "lists of one kind are compared", before=before.label, after=after.label, field="before"
        )
    old_rows = after.table.frame.clear() if before is None else before.table.frame
    new_rows = after.table.frame
    old_delta, new_delta = _deltas(old_rows, new_rows, key_columns(after.table.mapping, new_rows))
    old_table = (after if before is None else before).table.with_rows(old_delta)
    old = _read(old_table, identity_key, scope, day)
    new = _read(after.table.with_rows(new_delta), identity_key, scope, day)
    shared = set(old_rows.columns) & set(new_rows.columns)
    fields = [
        name
        for name, source in after.table.mapping.entities[0].set.items()
        if name not in _SILENT and _column_of(source) in shared
    ]
    lines, reworded = _lines(_with_words(old), _with_words(new), fields)
    lines = _unreadable(lines, old, new)
    counts = {
        "before_rows": old_rows.height,
        "after_rows": new_rows.height,
        "before_same": old_rows.height - old_delta.height,
        "after_same": new_rows.height - new_delta.height,
        "before_left_out": old_delta.height - old.nodes[0].frame.height,
        "after_left_out": new_delta.height - new.nodes[0].frame.height,
        "reworded": reworded,
    }
    return Compared(lines=lines, counts=counts)


def _column_of(source: Source) -> str:
    text = (source.key[0] if source.key else source.id or "") if isinstance(source, Reference) else source
    return text.partition(".")[0]


def _deltas(old: pl.DataFrame, new: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give of each list the rows that the other has not word for word, with all rows that share their keys."""
    names = sorted((set(old.columns) & set(new.columns)) - {ROW})
    old_other = old.join(new.select(names), on=names, how="anti", nulls_equal=True)
    new_other = new.join(old.select(names), on=names, how="anti", nulls_equal=True)
    if not keys:
        return old_other.sort(ROW), new_other.sort(ROW)
    touched = pl.concat([old_other.select(keys), new_other.select(keys)]).unique()
    return (
        old.join(touched, on=keys, how="semi", nulls_equal=True).sort(ROW),
        new.join(touched, on=keys, how="semi", nulls_equal=True).sort(ROW),
    )


def _read(table: Table, identity_key: bytes | None, scope: Scope, day: date | None) -> Batch:
    return within(entities.build(resolve(table, identity_key=identity_key, day=day)), scope)


def _with_words(batch: Batch) -> pl.DataFrame:
    """Give the nodes of a batch with the numbers that its rows have in words: their own, their household's."""
    frame, raw = batch.nodes[0].frame, batch.table.frame
    stated = [pl.col("number")] if "number" in raw.columns and "number" not in frame.columns else []
    home = pl.col("household") if "household" in raw.columns else pl.lit(None, dtype=pl.String)
    return frame.join(raw.select(ROW, home.alias("\x00household"), *stated), on=ROW, how="left")


def _lines(old: pl.DataFrame, new: pl.DataFrame, fields: list[str]) -> tuple[pl.DataFrame, int]:
    """Give the lines of rows by their keys, and how many say the same in other words."""
    both = new.join(old, on="id", how="inner", suffix=_BEFORE)
    changes = changed_fields(both, fields)
    changed = both.join(changes, on="id", how="inner", maintain_order="left")
    added = new.join(old.select("id"), on="id", how="anti")
    removed = old.join(new.select("id"), on="id", how="anti")
    none = pl.lit(None, dtype=pl.List(CHANGE)).alias("changes")
    lines = pl.concat(
        [
            _side(added, Difference.ADDED, none, _content(added, fields)),
            _side(removed, Difference.REMOVED, none, _content(removed, fields)),
            _side(changed, Difference.CHANGED, pl.col("changes"), pl.lit(None, dtype=pl.String)),
        ]
    )
    return lines.sort("kind", "source_row", "source_row_before"), both.height - changed.height


def _content(frame: pl.DataFrame, fields: list[str]) -> pl.Expr:
    """Say all that a row says but its number, null where that is too little to know it again by."""
    texts = [
        pl.col(name).list.join(",")
        if frame.schema[name] == pl.List(pl.String)
        else pl.col(name).cast(pl.String)
        for name in fields
    ]
    said = pl.sum_horizontal(pl.col(name).is_not_null() for name in fields)
    whole = pl.concat_str([each.fill_null("\x00") for each in texts], separator="\x1f")
    return pl.when(said >= _FEWEST_FIELDS).then(whole)


def _side(frame: pl.DataFrame, kind: Difference, changes: pl.Expr, content: pl.Expr) -> pl.DataFrame:
    """Give one kind of lines from a frame of nodes; of a change both sides stand in it."""
    has_old, has_new = kind is not Difference.ADDED, kind is not Difference.REMOVED
    suffix = _BEFORE if kind is Difference.CHANGED else ""

    def stated(*names: str, dtype: pl.DataType | type[pl.DataType] = pl.String) -> pl.Expr:
        found = [pl.col(name) for name in names if name in frame.columns]
        return pl.coalesce(found) if found else pl.lit(None, dtype=dtype)

    nothing = pl.lit(None, dtype=pl.String)
    number = stated("number", "file_number")
    row = pl.col(ROW)
    return frame.select(
        pl.lit(kind.value).alias("kind"),
        (pl.col("id") if has_new else nothing).alias("row_id"),
        (pl.col("id") if has_old else nothing).alias("row_before"),
        (number if has_new else nothing).alias("number"),
        (number if has_old else nothing).alias("number_before"),
        (row if has_new else pl.lit(None, dtype=pl.Int64)).alias("source_row"),
        (pl.col(f"{ROW}{suffix}") if has_old else pl.lit(None, dtype=pl.Int64)).alias("source_row_before"),
        stated("department").alias("department"),
        stated("event").alias("event"),
        stated("region_path").fill_null("/").alias("region_path"),
        changes,
        stated("id_number_hash").alias("id_hash"),
        stated("household_id").alias("household_id"),
        content.alias("content"),
    ).cast(dict(LINES))  # type: ignore[arg-type]  # a schema is a mapping of names to types


def changed_fields(both: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
    """
    Give ``id`` and ``changes`` of rows whose fields differ: names, and both values as people may see them.

    ``both`` has every field twice, that of before under a suffix. Of what identifies a person the ends alone are
    shown, of a birth the year.
    """
    parts = [
        both.filter(pl.col(name).ne_missing(pl.col(f"{name}{_BEFORE}"))).select(
            "id",
            pl.struct(
                pl.lit(_NAMED.get(name, name)).alias("field"),
                _shown(both, name, _BEFORE).alias("before"),
                _shown(both, name, "").alias("after"),
            ).alias("changes"),
        )
        for name in fields
    ]
    if not parts:
        return pl.DataFrame(schema={"id": pl.String, "changes": pl.List(CHANGE)})
    return pl.concat(parts).group_by("id", maintain_order=True).agg("changes")


def _shown(frame: pl.DataFrame, name: str, suffix: str) -> pl.Expr:
    shown = _SHOWN_AS.get(name, name)
    if shown not in frame.columns:  # a hash without a mask says that it changed and no more
        return pl.lit(None, dtype=pl.String)
    column = pl.col(f"{shown}{suffix}")
    dtype = frame.schema[shown]
    if dtype == pl.List(pl.String):
        return column.list.sort().list.join(", ")
    if name in ("birth_date", "birth_stated"):
        return column.dt.year().cast(pl.String)
    if name == "name":
        return pl.when(column.str.len_chars() > 0).then(pl.concat_str([column.str.slice(0, 1), pl.lit("*")]))
    return column.cast(pl.String)


def _unreadable(lines: pl.DataFrame, old: Batch, new: Batch) -> pl.DataFrame:
    """Call neither added nor removed what the other list has under the same number and cannot be read there."""
    old_numbers, new_numbers = _refused_numbers(old), _refused_numbers(new)
    if not old_numbers and not new_numbers:
        return lines
    came = (pl.col("kind") == Difference.ADDED) & pl.col("number").is_in(old_numbers)
    went = (pl.col("kind") == Difference.REMOVED) & pl.col("number_before").is_in(new_numbers)
    return lines.with_columns(
        pl.when(came | went).then(pl.lit(Difference.UNREADABLE.value)).otherwise("kind").alias("kind")
    ).sort("kind", "source_row", "source_row_before")


def _refused_numbers(batch: Batch) -> list[str]:
    frame = batch.table.frame
    if not batch.refused or "number" not in frame.columns:
        return []
    refused = frame.filter(pl.col(ROW).is_in(list(batch.refused)))["number"]
    return sorted(cast("list[str]", refused.drop_nulls().unique().to_list()))


def pair_renumbered(lines: pl.DataFrame) -> pl.DataFrame:
    """
    Make one line of a row that went and one that came, where they are one row under another number.

    ``lines`` have ``person_id`` too. They are one where they are the same person's and say the same; else where the
    person lost one row of a kind and got one; else, of nobody known, where no other rows of the two lists say that.
    """
    known, unknown = pl.col("person_id").is_not_null(), pl.col("person_id").is_null()
    told = pl.col("content").is_not_null()
    for able, group, many in (
        (known & told, ["person_id", "event", "content"], True),
        (known, ["person_id", "event"], False),
        (unknown & told, ["event", "content"], False),
    ):
        lines = _paired(lines, _pairs(lines.filter(able), group, many=many))
    return lines.sort("kind", "source_row", "source_row_before")


def _pairs(lines: pl.DataFrame, group: list[str], *, many: bool) -> pl.DataFrame:
    """Give ``row_id`` of what came and ``_row``, ``_number``, ``_source`` of what went with it."""
    came, went = (
        lines.filter(pl.col("kind") == kind)
        .sort("source_row", "source_row_before")
        .with_columns(pl.int_range(pl.len()).over(group).alias("_place"), pl.len().over(group).alias("_all"))
        for kind in (Difference.ADDED, Difference.REMOVED)
    )
    if not many:
        came, went = came.filter(pl.col("_all") == 1), went.filter(pl.col("_all") == 1)
    return came.select(*group, "_place", "row_id").join(
        went.select(
            *group,
            "_place",
            pl.col("row_before").alias("_row"),
            pl.col("number_before").alias("_number"),
            pl.col("source_row_before").alias("_source"),
        ),
        on=[*group, "_place"],
        how="inner",
        nulls_equal=True,
    )


def _paired(lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Put one line in the place of each pair."""
    if pairs.is_empty():
        return lines
    change = pl.struct(
        pl.lit("number").alias("field"),
        pl.col("number_before").alias("before"),
        pl.col("number").alias("after"),
    )
    renumbered = (
        lines.join(pairs.select("row_id", "_row", "_number", "_source"), on="row_id", how="inner")
        .with_columns(
            pl.lit(Difference.RENUMBERED.value).alias("kind"),
            pl.col("_row").alias("row_before"),
            pl.col("_number").alias("number_before"),
            pl.col("_source").alias("source_row_before"),
        )
        .with_columns(pl.concat_list(change).cast(pl.List(CHANGE)).alias("changes"))
        .select(lines.columns)
    )
    rest = lines.join(pairs, on="row_id", how="anti").join(
        pairs.select(pl.col("_row").alias("row_before")), on="row_before", how="anti"
    )
    return pl.concat([rest, renumbered])
