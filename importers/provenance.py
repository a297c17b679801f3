"""Back from a stored value to its cell: file, sheet, row and column."""

import json
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, cast

from domain.errors import NotFoundError
from importers.batches import node_id
from importers.headers import HeaderMatch
from importers.mapping import Mapping, Reference, Source
from importers.recipes import RECIPES
from importers.sheets import Sheet, column_letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Where a value was read; ``column`` is None for what no single cell says."""

    file: str
    sheet: str
    row: int
    column: str | None
    header: str | None


def source_id(sheet: Sheet, mapping: Mapping) -> str:
    """Give the id of a table read by a mapping: the same file under a changed mapping is another source."""
    return node_id(
        "SourceTable", "", (sheet.file_digest, sheet.name, mapping.name, mapping.model_dump_json())
    )


def column_map(match: HeaderMatch) -> str:
    """Write which cell each property comes from, as kept in ``SourceTable.columns``."""
    mapping = match.mapping
    properties: dict[str, str] = {}
    if mapping.recipe is not None:
        properties |= RECIPES[mapping.recipe].sources
    for entity in mapping.entities:
        for name, source in entity.set.items():
            column = _column_of(source) or (entity.repeat if source == "@item" else None)
            if column is not None:
                properties[f"{entity.label}.{name}"] = column
    columns = {
        name: {"column": column_letter(position), "header": match.headers[position]}
        for name, position in match.columns.items()
    }
    return json.dumps({"columns": columns, "properties": properties}, ensure_ascii=False, sort_keys=True)


def _column_of(source: Source) -> str | None:
    text = (source.key[0] if source.key else source.id or "") if isinstance(source, Reference) else source
    return None if text.startswith(("=", "@")) else text.partition(".")[0]


def cell_of(source_table: Table[str, Any], node: Table[str, Any], label: str, name: str) -> Cell:
    """
    Give the cell that a property of a node was read from.

    Parameters
    ----------
    source_table
        Properties of the ``SourceTable`` whose id is the node's ``source_id``.
    node
        Properties of the node.
    label, name
        Its label and the property.

    Raises
    ------
    NotFoundError
        The node was not read from that table.
    """
    if node.get("source_id") != source_table.get("id"):
        raise NotFoundError("the node comes from another table", source_id=str(node.get("source_id")))
    content = cast("dict[str, dict[str, Any]]", json.loads(str(source_table["columns"])))
    column = content["columns"].get(content["properties"].get(f"{label}.{name}", ""))
    return Cell(
        file=str(source_table["file_name"]),
        sheet=str(source_table["sheet"]),
        row=int(node["source_row"]),
        column=None if column is None else column["column"],
        header=None if column is None else column["header"],
    )
