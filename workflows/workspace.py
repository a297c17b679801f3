"""What every use case is handed: the graph, the clock and a source of ids."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from graph.ports import GraphStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """
    The graph, the clock and the ids of one installation.

    Parameters
    ----------
    store
        An open engine.
    clock
        Gives the present moment, aware UTC.
    new_id
        Gives an id that nothing has, such as a UUID.
    """

    store: GraphStore
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What a repeatable call gave; ``replayed`` says that its key was seen before: nothing was done again."""

    value: T
    replayed: bool
