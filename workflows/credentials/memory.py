"""
A verifier's memory in one SQLite file: nonces that were used, and the newest bundles and lists that were seen.

Each use of a nonce is one atomic insert, so that of two processes that are shown the same presentation one refuses it.
"""

import sqlite3
from collections.abc import Generator, Iterator, MutableMapping
from contextlib import closing, contextmanager
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS nonces (
    audience TEXT NOT NULL, nonce TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (audience, nonce)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS newest (kind TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (kind, name)) WITHOUT ROWID;
"""
_BUSY_S = 10.0


class VerifierMemory:
    """
    What has to be remembered so that nothing comes back: nonces, versions of bundles, issue times of lists.

    Parameters
    ----------
    path
        The file; made at first use. Processes may share it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as db:
            db.executescript(_TABLES)

    def use(self, audience: str, nonce: str, *, until: int) -> bool:
        """Use a nonce; whether this was its first use."""
        with self._open() as db, db:
            made = db.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (audience, nonce, until))
            return made.rowcount == 1

    def forget(self, now: int) -> int:
        """Drop nonces that no fresh presentation can name any more; how many."""
        with self._open() as db, db:
            return db.execute("DELETE FROM nonces WHERE until <= ?", (now,)).rowcount

    def newest_bundle(self, home: str) -> int:
        """Give the highest version of a region's bundle that was accepted; 0 before the first."""
        return self.newest("bundle", home)

    def saw_bundle(self, home: str, version: int) -> None:
        """Remember that a version was accepted."""
        self.saw("bundle", home, version)

    def lists(self) -> MutableMapping[str, int]:
        """Give the issue times of the newest lists, by address."""
        return _Newest(self)

    def newest(self, kind: str, name: str) -> int:
        """Give the highest number seen of a thing; 0 before the first."""
        with self._open() as db:
            found = db.execute(
                "SELECT value FROM newest WHERE kind = ? AND name = ?", (kind, name)
            ).fetchone()
            return int(found[0]) if found else 0

    def saw(self, kind: str, name: str, value: int) -> None:
        """Remember a number of a thing, unless a higher one was seen."""
        with self._open() as db, db:
            db.execute(
                "INSERT INTO newest VALUES (?, ?, ?) "
                "ON CONFLICT (kind, name) DO UPDATE SET value = max(value, excluded.value)",
                (kind, name, value),
            )

    def names(self, kind: str) -> list[str]:
        """Give the things of a kind that were seen."""
        with self._open() as db:
            return [str(row[0]) for row in db.execute("SELECT name FROM newest WHERE kind = ?", (kind,))]

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_BUSY_S)) as db:
            yield db


class _Newest(MutableMapping[str, int]):
    """Issue times of lists that only grow."""

    def __init__(self, memory: VerifierMemory) -> None:
        self._memory = memory

    def __getitem__(self, name: str) -> int:
        found = self._memory.newest("list", name)
        if not found:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, value: int) -> None:
        self._memory.saw("list", name, value)

    def __delitem__(self, name: str) -> None:
        raise TypeError("what was seen is not forgotten")

    def __iter__(self) -> Iterator[str]:
        return iter(self._memory.names("list"))

    def __len__(self) -> int:
        return len(self._memory.names("list"))
