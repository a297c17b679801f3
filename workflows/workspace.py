"""What every use case is handed: the graph, the clock and a source of ids."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.errors import InvariantError
from graph.ports import GraphStore
from identity.keys.sealing import Cipher

T = TypeVar("T")


def _no_secret(name: str) -> bytes:
    raise InvariantError("this workspace was opened without its secrets", name=name)


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
    secret
        Gives the installation's secret of 32 bytes for one use, by its name: ``check-in`` makes codes of
        stations, ``certificate`` and ``approval`` sign, ``envelope-1`` and on open the keys of registries.
    cipher
        What new keys of registries seal with.
    """

    store: GraphStore
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    secret: Callable[[str], bytes] = _no_secret
    cipher: Cipher = Cipher.AES


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What a repeatable call gave; ``replayed`` says that its key was seen before: nothing was done again."""

    value: T
    replayed: bool
