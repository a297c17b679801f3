"""The tree of stations: who serves which territory, and what may not happen to the tree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import ConflictError, InvalidInputError

MOST_LEVELS = 6
"""City, district, township, community and what a region puts between them; deeper is a mistake."""


class Network(StrEnum):
    """Networks that share one tree: a node carries as many of these labels as it has signs at its door."""

    CONSORTIUM = "CONSORTIUM"
    SOCIAL_WORK = "SOCIAL_WORK"
    CIVILISATION_PRACTICE = "CIVILISATION_PRACTICE"
    CHILD_PROTECTION = "CHILD_PROTECTION"
    ELDER_CARE = "ELDER_CARE"
    VOLUNTEER_SERVICE = "VOLUNTEER_SERVICE"


class Party(StrEnum):
    """The five parties of community collaboration."""

    COMMUNITY = "COMMUNITY"
    SOCIAL_WORKER = "SOCIAL_WORKER"
    SOCIAL_ORGANISATION = "SOCIAL_ORGANISATION"
    VOLUNTEER = "VOLUNTEER"
    CHARITY_RESOURCE = "CHARITY_RESOURCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """
    A station as the tree sees it.

    Parameters
    ----------
    tree_path
        Ids from the root down, as ``/root/town/point/``: what lies below begins with it.
    territory
        Paths of the divisions it serves.
    """

    id: str
    tree_path: str
    territory: tuple[str, ...]
    open: bool = True

    @property
    def depth(self) -> int:
        """How many stations stand above it."""
        return self.tree_path.count("/") - 2

    @property
    def root_id(self) -> str:
        """The root of its tree."""
        return self.tree_path.split("/")[1]


def tree_path_of(station_id: str, parent: Node | None) -> str:
    """Give the path of a station under a parent, or of a root."""
    return f"{parent.tree_path if parent else '/'}{station_id}/"


def covers(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """Whether every division of ``inner`` lies in one of ``outer``."""
    return all(path.startswith(tuple(outer)) for path in inner)


def bare_territory(paths: Iterable[str]) -> tuple[str, ...]:
    """
    Give the divisions without those that lie in another of them, in order.

    Examples
    --------
    >>> bare_territory(["/A/1/", "/A/", "/B/"])
    ('/A/', '/B/')
    """
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return tuple(kept)


def require_place_in_tree(station: Node, parent: Node | None, *, height: int = 1) -> None:
    """
    Go on only if a station may stand under a parent.

    Parameters
    ----------
    height
        Levels of the station's own subtree, itself included.

    Raises
    ------
    InvalidInputError
        The parent does not cover the station's territory, or the tree would be too deep.
    ConflictError
        The parent is closed, or is the station itself or below it.
    """
    if parent is None:
        return
    if parent.tree_path.startswith(station.tree_path):
        raise ConflictError(
            "a station does not stand below itself", id=station.id, parent=parent.id, rule="no_cycle"
        )
    if not parent.open:
        raise ConflictError("the parent is closed", id=station.id, parent=parent.id, rule="open_parent")
    if not covers(parent.territory, station.territory):
        raise InvalidInputError(
            "a parent covers its children's territory", field="territory", id=station.id, parent=parent.id
        )
    if parent.depth + 1 + height > MOST_LEVELS:
        raise InvalidInputError(f"a tree has at most {MOST_LEVELS} levels", field="parent", id=station.id)


def enclosing_paths(region_path: str) -> list[str]:
    """
    Give a division's path and those of all that enclose it, from the top.

    Examples
    --------
    >>> enclosing_paths("/NBS/32/")
    ['/NBS/', '/NBS/32/']
    """
    parts = region_path.strip("/").split("/")
    return ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


def serving(stations: Iterable[Node], region_path: str) -> Node | None:
    """
    Give the deepest open station whose territory holds a place, or None.

    Of two equally deep ones the one with the narrower division serves, then the first by id.
    """
    best: tuple[int, int, str] | None = None
    found: Node | None = None
    for node in stations:
        held = [len(path) for path in node.territory if region_path.startswith(path)]
        if not node.open or not held:
            continue
        rank = (-node.depth, -max(held), node.id)
        if best is None or rank < best:
            best, found = rank, node
    return found
