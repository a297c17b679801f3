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


def translate(error: Neo4jError | DriverError, about: str) -> PlatformError:
    """Give our error for one of the driver's."""
    if isinstance(error, DriverError):
        return GraphUnavailableError(f"no Neo4j at {about}: {error}", about=about)
    code = error.code or ""
    if code == _CONFLICT:
        return ConflictError(error.message or code, about=about)
    if code.startswith(_UNAVAILABLE):
        return GraphUnavailableError(
            f"Neo4j refuses ({about}): {code}: {error.message}", about=about, status=code
        )
    return InvariantError(f"{code}: {error.message} in: {about}", about=about)


@contextmanager
def translated(about: str) -> Generator[None]:
    """Run driver calls; what they raise leaves as one of our errors, the cause kept."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise translate(error, about) from error
