"""The one place where ladybug's errors become ours. It has a single error type, so the text decides."""

from collections.abc import Generator
from contextlib import contextmanager
from traceback import clear_frames

from domain.errors import (
    ConflictError,
    GraphUnavailableError,
    InvalidInputError,
    InvariantError,
    NotFoundError,
    PlatformError,
)

_KINDS: tuple[tuple[str, type[PlatformError]], ...] = (
    ("Found duplicated primary key", ConflictError),
    ("Found NULL, which violates the non-null constraint", InvalidInputError),
    ("Unable to find primary key", NotFoundError),
    ("Buffer manager exception", GraphUnavailableError),
    ("IO exception", GraphUnavailableError),
    ("Unable to open database", GraphUnavailableError),  # another release's file, or none of ladybug's
    ("Corrupted wal file", GraphUnavailableError),
    ("Could not set lock on file", GraphUnavailableError),
    ("Connection is closed", GraphUnavailableError),
    ("Database is closed", GraphUnavailableError),
)


@contextmanager
def translated(statement: str) -> Generator[None]:
    """Run driver calls for one statement; what they raise leaves as one of our errors, the cause kept."""
    try:
        yield
    except RuntimeError as error:
        # The frames below hold the connection, and through it the database: whoever kept the error would keep
        # the database from closing, and its late closing would delete the log of the next one on these files.
        clear_frames(error.__traceback__)
        message = str(error)
        for fragment, kind in _KINDS:
            if fragment in message:
                raise kind(message, statement=statement) from error
        raise InvariantError(f"{message} in: {statement}", statement=statement) from error
