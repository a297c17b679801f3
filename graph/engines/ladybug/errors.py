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
def translated(statement: str, path: str | None = None) -> Generator[None]:
    """
    Run driver calls for one statement; what they raise leaves as one of our errors, the cause kept.

    Parameters
    ----------
    statement
        For the log, as a note of the error: people are told its context, and a statement is none of theirs.
    path
        Of the database, told where it cannot be opened.
    """
    try:
        yield
    except RuntimeError as error:
        # The frames below hold the connection, and through it the database: whoever kept the error would keep
        # the database from closing, and its late closing would delete the log of the next one on these files.
        clear_frames(error.__traceback__)
        translation = _translate(str(error), {} if path is None else {"path": path})
        translation.add_note(f"in: {statement}")
        raise translation from error


def _translate(message: str, context: dict[str, str]) -> PlatformError:
    for fragment, kind in _KINDS:
        if fragment in message:
            return kind(message, **context)
    return InvariantError(message, **context)
