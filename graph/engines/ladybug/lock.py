"""One process a data directory, and an answer to "who?" for the second one."""

import fcntl
import json
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from domain.errors import StoreLockedError

_LOCK_FILE = "zhulian.lock"


class DirectoryLock:
    """
    Hold a data directory until ``release`` or the end of the process.

    The lock is the kernel's (``flock``), so a killed process never leaves it behind; the file's text only
    names the holder.

    Raises
    ------
    StoreLockedError
        Another process holds the directory; pid, host and since are in the message.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / _LOCK_FILE).open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(self._file)
            self._file.close()
            raise StoreLockedError(
                f"{directory} is held by process {holder['pid']} on {holder['host']} since {holder['since']}",
                directory=str(directory),
                **holder,
            ) from error
        self._file.truncate(0)
        json.dump(
            {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            self._file,
        )
        self._file.flush()

    def release(self) -> None:
        """Let the directory go. The file stays: deleting it would race with the next holder."""
        if not self._file.closed:
            self._file.truncate(0)
            self._file.close()


def _holder(file: TextIO) -> dict[str, str]:
    found: dict[str, str] = {}
    with suppress(OSError, ValueError):  # the holder may be writing just now
        file.seek(0)
        found = json.load(file)
    return {name: str(found.get(name, "?")) for name in ("pid", "host", "since")}
