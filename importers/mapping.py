"""
The saved mapping of one kind of table: what its headers are called, what its cells hold, what they become.

A mapping is a TOML file in ``importers/mappings``; ``importers/mappings/README.md`` explains it with an
example. Text enters here, so this is pydantic; everything behind reads the checked model.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from domain.errors import MappingError
from domain.identifiers import RegionSystem
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME

AUTO = "auto"
"""Name that stands for the saved mapping which fits a table's headers."""


class ColumnKind(StrEnum):
    """What the cells of a column hold; ``importers/values.py`` has one reader for each."""

    TEXT = "text"
    NAME = "name"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    FOREIGN_MONEY = "foreign_money"
    DATE = "date"
    MOMENT = "moment"
    FLAG = "flag"
    CODE = "code"
    LIST = "list"
    CODES = "codes"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    CREDIT_CODE = "credit_code"
    REGION = "region"
    QUANTITY = "quantity"
    ITEM = "item"
    ITEMS = "items"
    WEEKLY = "weekly"
    WINDOWS = "windows"


PARTS: dict[ColumnKind, tuple[str, ...]] = {
    ColumnKind.ID_NUMBER: ("hash", "mask", "birth_date", "sex", "near"),
    ColumnKind.PHONE: ("hash", "mask"),
    ColumnKind.REGION: ("id", "path", "code", "name", "level", "parent"),
    ColumnKind.QUANTITY: ("quantity", "unit"),
    ColumnKind.ITEM: ("item", "unit", "text"),
    ColumnKind.WINDOWS: ("starts", "ends"),
}
"""Kinds whose value has named parts: a mapping reads ``column.part``."""

KEYED = frozenset({ColumnKind.ID_NUMBER, ColumnKind.PHONE})
"""Kinds of which a keyed hash and a mask go on, and nothing else: no report repeats them, no node holds them."""

FILLED_DOWN = frozenset(
    {ColumnKind.TEXT, ColumnKind.NAME, ColumnKind.REGION, ColumnKind.CODE, ColumnKind.ITEM}
)
"""Kinds that name something: a figure in a merged cell may cover several rows, so it is never copied."""
ITEM_PARTS = ("item", "quantity", "unit", "text")
REPEATED = "@item"
POSITION = "@position"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recognise(_Strict):
    """What the files of this kind look like from outside: shell patterns of file and sheet names."""

    files: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ("*",)


class Header(_Strict):
    """How many rows the header has, and how far down the sheet it may start."""

    rows: Annotated[int, Field(ge=1, le=5)] = 1
    within: Annotated[int, Field(ge=1, le=100)] = 30


class Column(_Strict):
    """
    One source column.

    Parameters
    ----------
    headers
        What the header cell may say. Blanks, brackets and full-width forms are folded before comparing.
    required
        The column must exist, and a row without a readable value in it is refused.
    optional_value
        With ``required``: the column must exist, its cells may be empty.
    fill_down
        A blank inside a merged cell, or below a value, takes the value above. Never for quantities.
    unit
        Of money: what the figures count, unless the header itself says so.
    currency
        Of foreign money: ISO 4217 code of what the figures count.
    zone
        Of dates: where the day of a moment that states a zone is read.
    values
        Words of the source to codes, or to plainer words.
    split
        Characters that part a list.
    missing
        Words that mean an empty cell.
    system
        Of regions: who gave the codes.
    within
        Of regions: the code of the division in which bare names are looked up first.
    known
        Of regions: a code must be one that ships; false where the table itself says what exists.
    period
        Of dates: the year, or year and month, that those belong to which leave them out, as ``2020-01``.
    day_order
        Of dates such as ``05/06/2014``: whether the day or the month stands first; without it they are issues.
    """

    headers: tuple[str, ...]
    kind: ColumnKind = ColumnKind.TEXT
    required: bool = False
    optional_value: bool = False
    fill_down: bool = False
    unit: Literal["yuan", "wan_yuan", "fen"] = "yuan"
    currency: str | None = None
    zone: Literal["civil", "utc"] = "civil"
    values: dict[str, str] = {}
    split: str = "、;；|"
    missing: tuple[str, ...] = ()
    default: str | None = None
    system: RegionSystem = RegionSystem.NBS
    within: str | None = None
    known: bool = True
    period: Annotated[str, Field(pattern=r"^\d{4}(-\d{2})?$")] | None = None
    day_order: Literal["day_first", "month_first"] | None = None

    @model_validator(mode="after")
    def _no_quantities_filled(self) -> Self:
        if self.fill_down and self.kind not in FILLED_DOWN:
            raise ValueError("only names are filled down: a merged figure may cover several rows")
        if self.kind in {ColumnKind.CODE, ColumnKind.CODES} and not self.values:
            raise ValueError("a column of codes needs a table of values")
        if (self.kind is ColumnKind.FOREIGN_MONEY) != (self.currency is not None):
            raise ValueError(
                "a currency belongs to a column of foreign money, and such a column to a currency"
            )
        return self


class Reference(_Strict):
    """The id of a node: of ``ref`` by its key, or an id that stands in a column."""

    ref: str | None = None
    key: tuple[str, ...] = ()
    id: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.ref is None) == (self.id is None) or (self.ref is not None and not self.key):
            raise ValueError("a reference has either ref and key, or id")
        if self.ref is not None and self.ref not in NODE_TYPE_BY_LABEL:
            raise ValueError(f"no node type is called {self.ref}")
        return self


Source = str | Reference
"""``column``, ``column.part``, ``=literal``, or the id of another node."""


class Entity(_Strict):
    """
    One node a row.

    Parameters
    ----------
    label
        Node type.
    key
        Sources whose values name the node; the same key always gives the same id. Empty, with no ``id``: the
        row's own position in its file.
    id
        A source that already is the id.
    set
        Property to source.
    when
        Column that must be filled for the node to exist.
    repeat
        List column: one node for each element; its parts are ``@item`` and ``@position`` (from 1).
    stub
        The row only mentions the node: it is created when unknown, and never changed.
    """

    label: str
    key: tuple[str, ...] = ()
    id: str | None = None
    set: dict[str, Source] = {}
    when: str | None = None
    repeat: str | None = None
    stub: bool = False

    @model_validator(mode="after")
    def _fits_schema(self) -> Self:
        node = NODE_TYPE_BY_LABEL.get(self.label)
        if node is None:
            raise ValueError(f"no node type is called {self.label}")
        unknown = set(self.set) - {p.name for p in node.properties}
        if unknown:
            raise ValueError(f"{self.label} has no property {', '.join(sorted(unknown))}")
        return self


class Relation(_Strict):
    """One relationship a row, or one for each element where an end reads a list."""

    type: str
    start: Reference = Field(alias="from")
    end: Reference = Field(alias="to")
    pair: tuple[str, str]
    set: dict[str, Source] = {}

    @model_validator(mode="after")
    def _fits_schema(self) -> Self:
        kind = RELATIONSHIP_TYPE_BY_NAME.get(self.type)
        if kind is None or self.pair not in kind.pairs:
            raise ValueError(f"no relationship {self.type} stands between {' and '.join(self.pair)}")
        unknown = set(self.set) - {p.name for p in kind.properties}
        if unknown:
            raise ValueError(f"{self.type} has no property {', '.join(sorted(unknown))}")
        return self


class Mapping(_Strict):
    """
    A whole mapping.

    Parameters
    ----------
    name
        File name without its ending.
    title
        What people call this kind of table.
    namespace
        Keys are unique within it; mappings that refer to each other share one.
    order
        Tables of one import are loaded by rising order: what is referred to comes first.
    recipe
        For tables whose rows mean more than a renaming: the function of ``importers/recipes`` that gives the
        nodes. ``parameters`` are its own.
    totals
        Columns whose sum a footer may state.
    footers
        More patterns (regular expressions) of rows below the data that are no data.
    region
        Division of every row that names none, such as ``NBS:420100000000``.
    """

    name: str
    title: str = ""
    namespace: str = ""
    order: int = 100
    recognise: Recognise = Recognise()
    header: Header = Header()
    region: str | None = None
    columns: dict[str, Column]
    totals: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    recipe: str | None = None
    parameters: dict[str, str | int | bool | list[str] | dict[str, str]] = {}
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()

    @field_validator("columns")
    @classmethod
    def _has_columns(cls, columns: dict[str, Column]) -> dict[str, Column]:
        if not columns:
            raise ValueError("a mapping names at least one column")
        return columns

    @model_validator(mode="after")
    def _sources_exist(self) -> Self:
        if bool(self.recipe) == bool(self.entities):
            raise ValueError("a mapping has either entities or a recipe")
        for entity in self.entities:
            sources: list[Source] = [*entity.key, *entity.set.values()]
            sources += [source for source in (entity.id, entity.when, entity.repeat) if source is not None]
            for source in sources:
                self._check_source(source, repeat=entity.repeat)
        for relation in self.relations:
            for source in (relation.start, relation.end, *relation.set.values()):
                self._check_source(source, repeat=None)
        for column in self.totals:
            self._check_source(column, repeat=None)
        return self

    def _check_source(self, source: Source, *, repeat: str | None) -> None:
        if isinstance(source, Reference):
            for part in (*source.key, *((source.id,) if source.id else ())):
                self._check_source(part, repeat=repeat)
            return
        if source.startswith("="):
            return
        name, _, part = source.partition(".")
        if name in {REPEATED, POSITION}:
            if repeat is None:
                raise ValueError(f"{source} stands in an entity that repeats nothing")
            return
        column = self.columns.get(name)
        if column is None:
            raise ValueError(f"no column is called {name}")
        parts = PARTS.get(column.kind, ())
        if part and part not in parts:
            raise ValueError(f"a column of {column.kind} has no part {part}")
        if not part and column.kind in {ColumnKind.ID_NUMBER, ColumnKind.PHONE}:
            raise ValueError(f"{name} is an identity number: use {name}.hash or {name}.mask")

    def means_the_same(self, other: "Mapping") -> bool:
        """Whether rows become the same things by either, whatever the headers are called."""
        return (self.recipe, self.parameters, self.entities, self.relations, self.namespace) == (
            other.recipe,
            other.parameters,
            other.entities,
            other.relations,
            other.namespace,
        )

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a table must have."""
        return tuple(name for name, column in self.columns.items() if column.required)


def parse_mapping(text: str, name: str) -> Mapping:
    """
    Read a mapping from TOML.

    Raises
    ------
    MappingError
        Not TOML, or not a mapping; the message names the place.
    """
    try:
        return Mapping.model_validate({"name": name, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise MappingError(
            f"mapping {name} is not TOML: {error}", mapping=name, problem=str(error)
        ) from error
    except ValidationError as error:
        problem = "; ".join(
            f"{'.'.join(str(part) for part in issue['loc']) or 'mapping'}: {issue['msg']}"
            for issue in error.errors()
        )
        raise MappingError(f"mapping {name}: {problem}", mapping=name, problem=problem) from error


@cache
def saved_mappings() -> dict[str, Mapping]:
    """Every saved mapping by name."""
    folder = files("importers.mappings")
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    return {name: parse_mapping(folder.joinpath(f"{name}.toml").read_text("utf-8"), name) for name in names}


class MappingCatalogue:
    """
    The mappings that ship, and those that people confirmed here, which stand in a folder of their own.

    A confirmed mapping of a shipped one's name stands above it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def confirmed(self) -> dict[str, Mapping]:
        """
        Give the mappings of the folder by name.

        Raises
        ------
        MappingError
            One of them is no mapping.
        """
        if self.folder is None or not self.folder.is_dir():
            return {}
        return {
            path.stem: parse_mapping(path.read_text("utf-8"), path.stem)
            for path in sorted(self.folder.glob("*.toml"))
        }

    def all(self) -> dict[str, Mapping]:
        """Give every mapping by name."""
        return {**saved_mappings(), **self.confirmed()}

    def get(self, name: str) -> Mapping:
        """
        Give one mapping.

        Raises
        ------
        MappingError
            None has the name; the message lists those that exist.
        """
        mapping = self.all().get(name)
        if mapping is None:
            known = ", ".join(self.all())
            raise MappingError(
                f"no mapping is called {name}; there are: {known}", mapping=name, problem=known
            )
        return mapping


SHIPPED = MappingCatalogue()
"""The mappings that ship alone."""
