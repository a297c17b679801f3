"""The one place where the Neo4j driver's errors become ours."""

from collections.abc import Generator
from contextlib import contextmanager

from neo4j.exceptions import DriverError, Neo4jError

from domain.errors import ConflictError, GraphUnavailableError, InvariantError, PlatformError

_CONFLICT = "Neo.ClientError.Schema.ConstraintValidationFailed"
_UNAVAILABLE = (
    "Neo.ClientError.Security.",  # a wrong password is mended where the server is configured
    "Neo.ClientError.Database.DatabaseNotFound",
    "Neo.TransientError.",  # retried until the driver's patience ended
    "Neo.DatabaseError.",
)


def is_retried(error: BaseException) -> bool:
    """Whether the driver will run the unit of work again."""
    return isinstance(error, Neo4jError | DriverError) and error.is_retryable()


def translate(error: Neo4jError | DriverError, statement: str, address: str | None = None) -> PlatformError:
    """
    Give our error for one of the driver's.

    Parameters
    ----------
    error
        The driver's.
    statement
        For the log, as a note of the error: people are told its context, and a statement is none of theirs.
    address
        Of the server, told where it does not answer.
    """
    translation = _translation(error, address)
    translation.add_note(f"in: {statement}")
    return translation


def _translation(error: Neo4jError | DriverError, address: str | None) -> PlatformError:
    server = f"Neo4j at {address}" if address else "Neo4j"
    if isinstance(error, DriverError):
        return GraphUnavailableError(f"no answer from {server}: {error}", address=address)
    code = error.code or ""
    if code == _CONFLICT:
        return ConflictError(error.message or code)
    if code.startswith(_UNAVAILABLE):
        return GraphUnavailableError(
            f"{server} refuses: {code}: {error.message}", address=address, status=code
        )
    return InvariantError(f"{code}: {error.message}")


@contextmanager
def translated(statement: str, address: str) -> Generator[None]:
    """Run driver calls; what they raise leaves as one of our errors, the cause kept. See ``translate``."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise translate(error, statement, address) from error
