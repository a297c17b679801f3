"""The declared part of a mapping: entities and relations of each row, built as whole columns."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import polars as pl

from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME, Property
from importers.batches import TYPES, Batch, EdgeFrame, NodeFrame, node_id, position_id
from importers.institutions import NO_HOUSES, organisation_id
from importers.issues import Issue, IssueCode, Severity
from importers.limits import limit_of
from importers.mapping import KEYED, POSITION, REPEATED, Entity, Reference, Relation, Source
from importers.resolve import Values
from importers.tables import ROW

_ID = "id"
_FIRST = "\x00first"


def build(values: Values) -> Batch:
    """Make the nodes and relationships that the mapping declares for the rows of a table."""
    mapping = values.table.mapping
    builder = _Builder(values)
    nodes = [builder.nodes(entity) for entity in mapping.entities]
    edges = [builder.edges(relation) for relation in mapping.relations]
    refused = frozenset(values.refused | builder.refused)
    kept = ~pl.col(ROW).is_in(builder.refused)
    nodes = [replace(n, frame=n.frame.filter(kept)) if builder.refused else n for n in nodes]
    return Batch(
        table=values.table,
        nodes=tuple(nodes),
        edges=tuple(
            EdgeFrame(type=e.type, pair=e.pair, frame=e.frame.filter(kept) if builder.refused else e.frame)
            for e in edges
        ),
        issues=(*values.issues, *builder.issues),
        refused=refused,
        totals=column_totals(values, builder.refused - builder.outdone),
        amounts=amounts_made(values, nodes),
    )


def amounts_made(values: Values, nodes: Sequence[NodeFrame]) -> pl.DataFrame:
    """Give the columns that a footer may state of those rows alone that became a node, each once."""
    rows = {row for made in nodes if not made.stub for row in cast("list[int]", made.frame[ROW].to_list())}
    return values.frame.select(ROW, *values.table.mapping.totals).filter(pl.col(ROW).is_in(rows))


def column_totals(values: Values, refused: set[int] | frozenset[int]) -> dict[str, int]:
    """
    Sum what a footer may state over the rows as they stand: their number, and each column of ``totals``.

    A row that repeats another is counted as the file counts it; ``amounts_made`` says what was loaded.
    """
    frame = values.frame.filter(~pl.col(ROW).is_in(refused)) if refused else values.frame
    sums = {"rows": frame.height}
    for name in values.table.mapping.totals:
        sums[name] = int(cast("int | None", frame[name].sum()) or 0)
    return sums


def _saying_otherwise(repeated: pl.DataFrame, first: pl.DataFrame) -> set[int]:
    """Rows that differ from the first row of their node in what they say of it."""
    both = repeated.join(first, on=_ID, suffix=_FIRST)
    said = [name for name in repeated.columns if name not in {ROW, _ID}]
    differs = [pl.col(name).ne_missing(pl.col(f"{name}{_FIRST}")) for name in said]
    other = both.filter(
        pl.any_horizontal(pl.lit(value=False), *differs) & (pl.col(ROW) != pl.col(ROW + _FIRST))
    )
    return set(cast("list[int]", other[ROW].to_list()))


class _Builder:
    def __init__(self, values: Values) -> None:
        self._values = values
        self._table = values.table
        self._namespace = values.table.mapping.namespace
        self.issues: list[Issue] = []
        self.refused: set[int] = set()
        self.outdone: set[int] = set()
        self._rows_by_id: dict[str, int] = {}
        # A register of organisations speaks of each by itself, even of two that somebody said are one.
        register = any(e.label == "Organisation" and not e.stub for e in values.table.mapping.entities)
        self._houses = NO_HOUSES if register else values.houses

    def nodes(self, entity: Entity) -> NodeFrame:
        rows = self._rows(entity)
        kinds = {p.name: p for p in NODE_TYPE_BY_LABEL[entity.label].properties}
        columns = {ROW: rows[ROW], _ID: self._ids(entity, rows)}
        for name, source in entity.set.items():
            columns[name] = self._value(source, rows, kinds[name])
        frame = self._named(entity, self._sane(entity, pl.DataFrame(columns)))
        frame = self._complete(entity, frame, kinds)
        return NodeFrame(label=entity.label, frame=self._once(entity, frame), stub=entity.stub)

    def _rows(self, entity: Entity) -> pl.DataFrame:
        rows = self._values.frame
        if entity.when is not None:
            rows = rows.filter(pl.col(entity.when).is_not_null())
        if entity.repeat is None:
            return rows
        rows = rows.filter(pl.col(entity.repeat).list.len() > 0)
        return rows.with_columns(
            pl.col(entity.repeat).alias(REPEATED),
            pl.int_ranges(1, pl.col(entity.repeat).list.len().cast(pl.Int64) + 1).alias(POSITION),
        ).explode(REPEATED, POSITION)

    def _ids(self, entity: Entity, rows: pl.DataFrame) -> pl.Series:
        if entity.id is not None:
            return self._column(entity.id, rows).cast(pl.String)
        if entity.key:
            return self._hashed(entity.label, entity.key, rows)
        places = rows[POSITION].to_list() if POSITION in rows.columns else [0] * rows.height
        return pl.Series(
            [
                position_id(entity.label, self._table, row, str(place))
                for row, place in zip(rows[ROW].to_list(), places, strict=True)
            ],
            dtype=pl.String,
        )

    def _hashed(self, label: str, key: tuple[str, ...], rows: pl.DataFrame) -> pl.Series:
        parts = [self._column(source, rows).cast(pl.String).to_list() for source in key]
        if label == "Organisation" and len(parts) == 1:
            return pl.Series(
                [None if v is None else self._houses.settled(organisation_id(v)) for v in parts[0]],
                dtype=pl.String,
            )
        return pl.Series(
            [
                None if any(part is None for part in values) else node_id(label, self._namespace, values)
                for values in zip(*parts, strict=True)
            ],
            dtype=pl.String,
        )

    def _column(self, source: str, rows: pl.DataFrame) -> pl.Series:
        """Values of a source: a literal, a column, or a part of the element that repeats."""
        if source.startswith("="):
            return pl.Series([source[1:]], dtype=pl.String).new_from_index(0, rows.height)
        name, _, part = source.partition(".")
        if name == REPEATED and part:
            return rows[REPEATED].struct.field(part)
        return rows[source]

    def _value(self, source: Source, rows: pl.DataFrame, kind: Property) -> pl.Series:
        series = (
            self._reference(source, rows) if isinstance(source, Reference) else self._column(source, rows)
        )
        target = TYPES[kind.type]
        if series.dtype == target:
            return series
        if isinstance(target, pl.List) and not isinstance(series.dtype, pl.List):
            return pl.Series([None if v is None else [str(v)] for v in series.to_list()], dtype=target)
        if target == pl.Boolean and series.dtype == pl.String:
            return series == "true"
        if isinstance(series.dtype, pl.List) and target == pl.String:
            return series.list.join("\uff1b")
        return series.cast(target)

    def _reference(self, reference: Reference, rows: pl.DataFrame) -> pl.Series:
        if reference.id is not None:
            return self._column(reference.id, rows).cast(pl.String)
        label = cast("str", reference.ref)
        if len(reference.key) == 1:
            series = self._column(reference.key[0], rows)
            if isinstance(series.dtype, pl.List):
                return pl.Series(
                    [
                        [node_id(label, self._namespace, (v,)) for v in part or ()]
                        for part in series.to_list()
                    ],
                    dtype=pl.List(pl.String),
                )
        return self._hashed(label, reference.key, rows)

    def _sane(self, entity: Entity, frame: pl.DataFrame) -> pl.DataFrame:
        """Refuse rows with a figure that nothing real reaches: it would drown every sum it is part of."""
        for name, source in entity.set.items():
            limit = limit_of(name)
            if limit is None or isinstance(source, Reference):
                continue
            beyond = frame.filter(pl.col(name).abs() > limit)
            for row, figure in cast("list[tuple[int, int]]", beyond.select(ROW, name).rows()):
                self.refused.add(row)
                self.issues.append(
                    self._table.issue(
                        IssueCode.FIGURE_BEYOND_LIMIT,
                        Severity.REFUSED,
                        row=row,
                        column=source.partition(".")[0],
                        raw=self._raw(source.partition(".")[0], row) or str(figure),
                    )
                )
            if beyond.height:
                frame = frame.filter(~pl.col(ROW).is_in(beyond[ROW].to_list()))
        return frame

    def _named(self, entity: Entity, frame: pl.DataFrame) -> pl.DataFrame:
        """Leave out nodes whose key is empty; the first entity is what the row is about: the row goes too."""
        nameless = frame.filter(pl.col(_ID).is_null())
        if nameless.is_empty() or entity.stub or entity.when is not None:
            return frame.filter(pl.col(_ID).is_not_null())
        source = next(iter((*entity.key, entity.id or ""))).partition(".")[0]
        self._refuse(nameless, source, entity)
        return frame.filter(pl.col(_ID).is_not_null())

    def _refuse(self, rows: pl.DataFrame, source: str, entity: Entity) -> None:
        primary = entity is self._table.mapping.entities[0]
        severity = Severity.REFUSED if primary else Severity.FLAGGED
        known = {issue.row for issue in self._values.issues}
        for row in cast("list[int]", rows[ROW].unique(maintain_order=True).to_list()):
            if primary:
                self.refused.add(row)
            if primary or row not in known:
                self.issues.append(
                    self._table.issue(IssueCode.MISSING_REQUIRED, severity, row=row, column=source, raw="")
                )

    def _complete(self, entity: Entity, frame: pl.DataFrame, kinds: dict[str, Property]) -> pl.DataFrame:
        """Leave out nodes that lack a property which the schema requires and the mapping sets."""
        for name, source in entity.set.items():
            if kinds[name].required and name != "region_path" and frame[name].null_count():
                lacking = frame.filter(pl.col(name).is_null())
                self._refuse(
                    lacking, source if isinstance(source, str) else next(iter(source.key), ""), entity
                )
                frame = frame.filter(pl.col(name).is_not_null())
        return frame

    def _once(self, entity: Entity, frame: pl.DataFrame) -> pl.DataFrame:
        """
        Keep the first of rows that name one node.

        A row that says the same again is flagged; one that says something else is refused with all that it
        holds, since nobody can tell which is meant.
        """
        if entity.stub:
            return frame.unique(_ID, keep="last", maintain_order=True)
        first = frame.unique(_ID, keep="first", maintain_order=True)
        repeated = frame.filter(~pl.col(_ID).is_first_distinct())
        other = _saying_otherwise(repeated, first) if repeated.height else set[int]()
        if entity.label == self._table.mapping.entities[0].label:
            other |= self._named_elsewhere(first)
            self.refused |= other
            self.outdone |= other
        source = next((part for part in (*entity.key, entity.id or "") if not part.startswith("=")), "")
        column = source.partition(".")[0]
        for row in sorted(other.union(cast("list[int]", repeated[ROW].to_list()))):
            severity = Severity.REFUSED if row in self.outdone else Severity.FLAGGED
            self.issues.append(
                self._table.issue(
                    IssueCode.DUPLICATE_KEY, severity, row=row, column=column, raw=self._raw(column, row)
                )
            )
        return first

    def _named_elsewhere(self, frame: pl.DataFrame) -> set[int]:
        """Rows whose node another row names under another condition of the mapping."""
        pairs = cast("list[tuple[str, int]]", frame.select(_ID, ROW).rows())
        found = {row for name, row in pairs if self._rows_by_id.get(name, row) != row}
        self._rows_by_id |= {name: row for name, row in pairs if name not in self._rows_by_id}
        return found

    def _raw(self, column: str, row: int) -> str:
        texts = self._values.texts
        if column not in texts.columns or self._table.mapping.columns[column].kind in KEYED:
            return ""
        return str(texts.filter(pl.col(ROW) == row)[column][0] or "")

    def edges(self, relation: Relation) -> EdgeFrame:
        rows = self._values.frame
        kinds = {p.name: p for p in RELATIONSHIP_TYPE_BY_NAME[relation.type].properties}
        columns: dict[str, Any] = {
            ROW: rows[ROW],
            "from_id": self._reference(relation.start, rows),
            "to_id": self._reference(relation.end, rows),
        }
        for name, source in relation.set.items():
            columns[name] = self._value(source, rows, kinds[name])
        frame = pl.DataFrame(columns)
        for end in ("from_id", "to_id"):
            if isinstance(frame[end].dtype, pl.List):
                frame = frame.filter(pl.col(end).list.len() > 0).explode(end)
        frame = frame.drop_nulls(["from_id", "to_id"]).unique(
            ["from_id", "to_id"], keep="last", maintain_order=True
        )
        return EdgeFrame(type=relation.type, pair=relation.pair, frame=frame)
