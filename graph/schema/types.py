"""What a declaration of the graph is made of: properties, labels, relationship types."""

from dataclasses import dataclass
from enum import StrEnum


class PropertyType(StrEnum):
    """What a property holds. Times are aware UTC, money is INT64 fen, lists are ordered."""

    STRING = "STRING"
    INT64 = "INT64"
    DOUBLE = "DOUBLE"
    BOOL = "BOOL"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    STRING_LIST = "STRING_LIST"


@dataclass(frozen=True, slots=True)
class Property:
    """One property. ``required`` ones are never null; ``indexed`` ones get an index where the engine has one."""

    name: str
    type: PropertyType = PropertyType.STRING
    required: bool = False
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class NodeType:
    """A label. Its key is always ``id``, unique within the label; it is the first property."""

    label: str
    properties: tuple[Property, ...]

    def __post_init__(self) -> None:
        names = [p.name for p in self.properties]
        if names[0] != "id" or len(set(names)) != len(names):
            raise ValueError(f"{self.label}: the first property is id and names are unique")

    @property
    def scoped(self) -> bool:
        """Whether rows belong to a region subtree, so that reads are scoped by ``region_path``."""
        return any(p.name == "region_path" for p in self.properties)


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """
    A relationship type between one or more pairs of labels.

    At most one relationship of a type stands between two nodes: it is keyed by its ends.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...] = ()
