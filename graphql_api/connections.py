"""Relay connections over keyset pages."""

from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from domain.errors import InvalidInputError
from graph.reads.pages import KeysetPosition, Page
from graphql_api.context import Info

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")

DEFAULT_PAGE = 20
LARGEST_PAGE = 100

First = Annotated[int, strawberry.argument(description=f"How many, 1 to {LARGEST_PAGE}.")]
After = Annotated[str | None, strawberry.argument(description="Cursor of the last one already known.")]


@strawberry.interface(name="Node", description="Something that can be asked for again by its id.")
class Node:
    """An object with a global id."""

    id: strawberry.ID


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Pages go forward only."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[NodeT]):
    """An object and where it stands."""

    node: NodeT
    cursor: str


@strawberry.type
class Connection(Generic[NodeT]):
    """One page of a list."""

    edges: list[Edge[NodeT]]
    nodes: list[NodeT]
    page_info: PageInfo
    total_count: int | None = strawberry.field(
        description="Length of the whole list; counted only when asked for."
    )


def page_start(info: Info, first: int, after: str | None) -> KeysetPosition | None:
    """
    Check the size of a page and read the cursor to go on after.

    Raises
    ------
    InvalidInputError
        Not 1 to ``LARGEST_PAGE``.
    CursorError
        Not a cursor of this service and reader.
    """
    if not 1 <= first <= LARGEST_PAGE:
        raise InvalidInputError(f"a page has 1 to {LARGEST_PAGE} rows", field="first", value=first)
    return None if after is None else info.context.cursors.read(after)


def connect(info: Info, page: Page[RowT], node: Callable[[RowT], NodeT]) -> Connection[NodeT]:
    """Give a page of rows as a connection of nodes."""
    nodes = [node(row) for row in page.rows]
    cursors = [info.context.cursors.write(position) for position in page.positions]
    return Connection(
        edges=[Edge(node=each, cursor=cursor) for each, cursor in zip(nodes, cursors, strict=True)],
        nodes=nodes,
        page_info=PageInfo(has_next_page=page.has_next, end_cursor=cursors[-1] if cursors else None),
        total_count=page.total_count,
    )


def wants_total(info: Info) -> bool:
    """Whether the connection's length is asked for."""
    return any(_names(field.selections, "totalCount") for field in info.selected_fields)


def _names(selections: Iterable[Selection], name: str) -> bool:
    return any(
        selection.name == name if isinstance(selection, SelectedField) else _names(selection.selections, name)
        for selection in selections
    )
