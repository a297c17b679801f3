"""Papers that two people pass: taken by their key, and only as the second one read them."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from domain.errors import NotFoundError, StaleVersionError
from graph.ports import ReadTransaction, Record, Statement, WriteTransaction


class Versioned(Protocol):
    """A row that counts its changes."""

    @property
    def version(self) -> int:
        """How many times it was written."""
        ...


RowT = TypeVar("RowT")
VersionedT = TypeVar("VersionedT", bound=Versioned)


async def find_paper(
    tx: ReadTransaction, statement: Statement, read: Callable[[Record], RowT], *, kind: str, key: str
) -> RowT:
    """
    Give a paper by its key.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = await tx.run(statement, id=key)
    if not found:
        raise NotFoundError(f"no such {kind}", kind=kind, id=key)
    return read(found[0])


async def lock_paper(
    tx: WriteTransaction,
    statement: Statement,
    read: Callable[[Record], VersionedT],
    *,
    kind: str,
    key: str,
    expected_version: int | None,
) -> VersionedT:
    """
    Take a paper for changing; ``statement`` has counted its version up.

    Parameters
    ----------
    expected_version
        As it was read; None for whoever decides on what stands there.

    Raises
    ------
    NotFoundError
        There is none.
    StaleVersionError
        It has changed since it was read.
    """
    row = await find_paper(tx, statement, read, kind=kind, key=key)
    if expected_version is not None and row.version - 1 != expected_version:
        raise StaleVersionError(
            f"the {kind} has changed since it was read",
            id=key,
            expected=expected_version,
            found=row.version - 1,
        )
    return row
