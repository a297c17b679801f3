"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Generic, Protocol, TypeVar

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.types.nodes import SelectedField, Selection

from domain.actors import Actor
from domain.errors import InvalidInputError
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page, page_of_list
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


class ReadsPages(Protocol[RowT]):
    """A list of the graph within an actor's scope, narrowed to what was asked for."""

    def __call__(
        self,
        tx: ReadTransaction,
        actor: Actor,
        *,
        first: int,
        after: KeysetPosition | None,
        with_total: bool,
    ) -> Awaitable[Page[RowT]]:
        """Read one page."""
        ...


async def paged(
    info: Info, first: int, after: str | None, read: ReadsPages[RowT], node: Callable[[RowT], NodeT]
) -> Connection[NodeT]:
    """
    Read a page of what the reader may see, as a connection of nodes.

    Raises
    ------
    InvalidInputError, CursorError
        As ``page_start``.
    """
    start, context = page_start(info, first, after), info.context
    page = await context.read(
        lambda tx: read(tx, context.actor, first=first, after=start, with_total=wants_total(info))
    )
    return connect(info, page, node)


def cut(
    info: Info,
    first: int,
    after: str | None,
    rows: Sequence[RowT],
    node: Callable[[RowT], NodeT],
    *,
    list_name: str,
    order: Callable[[RowT], tuple[str, str]],
) -> Connection[NodeT]:
    """
    Give a page of a short list that was read whole, sorted by ``order`` (sort key and id).

    Raises
    ------
    InvalidInputError, CursorError
        As ``page_start``.
    """
    start = page_start(info, first, after)
    page = page_of_list(list_name, rows, first, start, key=order, total_count=len(rows))
    return connect(info, page, node)


async def loaded(
    load: DataLoader[str, RowT | None], key: str | None, node: Callable[[RowT], NodeT]
) -> NodeT | None:
    """Give the object of a key, if there is one that the reader may see."""
    row = None if key is None else await load.load(key)
    return None if row is None else node(row)


def wants_total(info: Info) -> bool:
    """Whether the connection's length is asked for."""
    return any(_names(field.selections, "totalCount") for field in info.selected_fields)


def _names(selections: Iterable[Selection], name: str) -> bool:
    return any(
        selection.name == name if isinstance(selection, SelectedField) else _names(selection.selections, name)
        for selection in selections
    )
