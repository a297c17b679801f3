"""Checks and comparisons of bulk frames that both engines share."""

from collections.abc import Iterable

import polars as pl

from domain.errors import InvalidInputError, NotFoundError
from graph.ports import LoadCount
from graph.schema import NODE_TYPE_BY_LABEL, NodeType, Property, PropertyType, RelationshipType

END_COLUMNS = ("from_id", "to_id")
ENDS = tuple(Property(name, required=True) for name in END_COLUMNS)

DTYPES: dict[PropertyType, pl.DataType] = {
    PropertyType.STRING: pl.String(),
    PropertyType.INT64: pl.Int64(),
    PropertyType.DOUBLE: pl.Float64(),
    PropertyType.BOOL: pl.Boolean(),
    PropertyType.DATE: pl.Date(),
    PropertyType.TIMESTAMP: pl.Datetime("us", "UTC"),
    PropertyType.STRING_LIST: pl.List(pl.String()),
}


def checked_nodes(node: NodeType, frame: pl.DataFrame) -> pl.DataFrame:
    """
    Give a bulk frame of nodes with ``id`` first and every column in its declared type.

    Raises
    ------
    InvalidInputError
        A column that the label lacks, a value of another type, a null where one is required, an id twice.
    """
    return _checked(node.label, node.properties, ("id",), frame)


def checked_relationships(relationship: RelationshipType, frame: pl.DataFrame) -> pl.DataFrame:
    """
    Give a bulk frame of relationships with its ends first and every column in its declared type.

    Raises
    ------
    InvalidInputError
        As for ``checked_nodes``; the key is the pair of ends.
    """
    return _checked(relationship.name, with_ends(relationship), END_COLUMNS, frame)


def with_ends(relationship: RelationshipType) -> tuple[Property, ...]:
    """Give the columns of a relationship's frame: its ends, then its properties."""
    return (*ENDS, *relationship.properties)


def declared(properties: Iterable[Property], frame: pl.DataFrame) -> tuple[Property, ...]:
    """Give the properties that a frame has columns of, in its order."""
    by_name = {p.name: p for p in properties}
    return tuple(by_name[name] for name in frame.columns if name in by_name)


def typed(frame: pl.DataFrame, properties: tuple[Property, ...]) -> pl.DataFrame:
    """Give the declared columns of an engine's frame in their declared order and types."""
    return frame.select(pl.col(p.name).cast(DTYPES[p.type]) for p in properties)


def columns_of(label: str, frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """Give some of a label's columns from an engine's frame in their declared types; one of no rows may have none."""
    kinds = {p.name: DTYPES[p.type] for p in NODE_TYPE_BY_LABEL[label].properties}
    if not frame.width:
        return pl.DataFrame(schema={name: kinds[name] for name in names})
    return frame.select(pl.col(name).cast(kinds[name]) for name in names)


def _checked(
    owner: str, properties: tuple[Property, ...], key: tuple[str, ...], frame: pl.DataFrame
) -> pl.DataFrame:
    declared = {p.name: p for p in properties}
    unknown = [name for name in frame.columns if name not in declared]
    missing = [name for name in key if name not in frame.columns]
    if unknown or missing:
        raise InvalidInputError(f"{owner}: unknown columns {unknown}, missing columns {missing}", owner=owner)
    names = [p.name for p in properties if p.name in frame.columns]
    try:
        typed = _in_types(frame, [declared[name] for name in names])
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(f"{owner}: {error}", owner=owner) from error
    for name in names:
        if declared[name].type is PropertyType.DOUBLE and not typed[name].is_finite().all():
            raise InvalidInputError(f"{owner}.{name} is not finite in some row", owner=owner, column=name)
        if declared[name].required and typed[name].null_count():
            raise InvalidInputError(f"{owner}.{name} is null in some row", owner=owner, column=name)
    keys = [typed[name] for name in key]
    if any((column == "").any() for column in keys):
        raise InvalidInputError(f"{owner}: a key is empty", owner=owner)
    if (keys[0] if len(keys) == 1 else typed.select(key)).is_duplicated().any():
        raise InvalidInputError(f"{owner}: a key stands twice in one frame", owner=owner)
    return typed


def _in_types(frame: pl.DataFrame, columns: list[Property]) -> pl.DataFrame:
    schema = {item.name: DTYPES[item.type] for item in columns}
    if dict(frame.schema) == schema:
        return frame.select(list(schema))
    return frame.select(_typed(frame, item) for item in columns)


def _typed(frame: pl.DataFrame, declared: Property) -> pl.Expr:
    kind, column = frame.schema[declared.name], pl.col(declared.name)
    if declared.type is PropertyType.TIMESTAMP and isinstance(kind, pl.Datetime):
        if kind.time_zone is None:
            raise InvalidInputError(f"{declared.name}: times without a zone", column=declared.name)
        return column.dt.convert_time_zone("UTC").cast(DTYPES[declared.type])
    return column.cast(DTYPES[declared.type])


def require_on_new(owner: str, properties: tuple[Property, ...], new: pl.DataFrame) -> None:
    """
    Refuse new rows that leave out a required property.

    Raises
    ------
    InvalidInputError
        There are new rows and a required column is not among theirs.
    """
    absent = [p.name for p in properties if p.required and p.name not in new.columns]
    if absent and not new.is_empty():
        raise InvalidInputError(f"{owner}: new rows need {absent}", owner=owner)


def split(
    frame: pl.DataFrame, stored: pl.DataFrame, key: tuple[str, ...]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """
    Give the rows of ``frame`` that ``stored`` lacks, and those that it holds otherwise.

    Null equals null. Rows in neither are unchanged.
    """
    if stored.is_empty():
        return frame, frame.clear()
    new = frame.join(stored, on=key, how="anti")
    rest = [name for name in frame.columns if name not in key]
    if not rest:
        return new, frame.clear()
    both = frame.join(stored, on=key, how="inner", suffix="\x00stored")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}\x00stored")) for name in rest)
    return new, both.filter(differs).select(frame.columns)


def count(rows: pl.DataFrame, new: pl.DataFrame, changed: pl.DataFrame) -> LoadCount:
    """Count what a load did with its rows."""
    return LoadCount(
        created=new.height, updated=changed.height, unchanged=rows.height - new.height - changed.height
    )


def require_found(owner: str, label: str, ids: pl.DataFrame, found: pl.DataFrame) -> None:
    """
    Refuse relationships to nodes that are not there.

    Raises
    ------
    NotFoundError
        Some of ``ids`` are not in ``found``; the number and the first of them are in the message.
    """
    missing = ids.join(found, on="id", how="anti") if found.height else ids
    if not missing.is_empty():
        first = str(missing["id"].min())
        raise NotFoundError(
            f"{owner}: {missing.height} {label} ids do not exist, first {first}",
            owner=owner,
            label=label,
            count=missing.height,
            first=first,
        )
