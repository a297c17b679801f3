"""
The whole error tree.

An error is raised when the caller cannot go on. A bad cell is an *issue*, a declined offer is an *outcome*:
those are values and never stand here. Each class has a stable ``code``; ``docs/*/errors/<code>.md`` says how
to mend it and ``locales`` holds the sentence a person reads.
"""

from typing import ClassVar

Context = dict[str, str | int | float | None]


class PlatformError(Exception):
    """
    Root of everything that zhulian raises on purpose.

    Parameters
    ----------
    message
        English, for logs. People read the text of ``code`` in their own language.
    context
        The parameters of that text: what was wrong, where, and what was expected.
    """

    code: ClassVar[str] = "platform_error"

    def __init__(self, message: str, **context: str | int | float | None) -> None:
        super().__init__(message)
        self.message = message
        self.context: Context = context


class InvalidInputError(PlatformError, ValueError):
    """Something that was handed in cannot be used as it is."""

    code = "invalid_input"


class InvalidIdentifierError(InvalidInputError):
    """An identity number, credit code or region code fails its own check rule."""

    code = "invalid_identifier"


class UnitMismatchError(InvalidInputError):
    """Two quantities are in units with no conversion between them."""

    code = "unit_mismatch"


class UnreadableFileError(InvalidInputError):
    """A file is not what its name says, is cut off, or is in an unknown encoding."""

    code = "unreadable_file"


class MappingError(InvalidInputError):
    """A mapping does not fit the file, or is itself malformed."""

    code = "mapping_error"


class PolicyError(InvalidInputError):
    """A policy file is malformed or has no version for the date asked."""

    code = "policy_error"


class ArchiveError(InvalidInputError):
    """An exported archive is incomplete, altered, or of an unknown version."""

    code = "archive_error"


class CursorError(InvalidInputError):
    """A page cursor is malformed or was made for another list."""

    code = "invalid_cursor"


class SettingsError(InvalidInputError):
    """A setting is missing or out of its range."""

    code = "invalid_settings"


class NotFoundError(PlatformError, LookupError):
    """Nothing of that id exists within the scope of the one who asks."""

    code = "not_found"


class ConflictError(PlatformError):
    """The request is well-formed but the present state forbids it."""

    code = "conflict"


class StaleVersionError(ConflictError):
    """Somebody else changed the object since it was read."""

    code = "stale_version"


class SlotTakenError(ConflictError):
    """The slot was claimed by somebody else first."""

    code = "slot_taken"


class DuplicateNeedError(ConflictError):
    """Needs of the last weeks look like the one to be posted, and nobody said why it is another."""

    code = "duplicate_need"


class TransitionError(ConflictError):
    """The state machine has no such step from the present state."""

    code = "transition_not_allowed"


class IdempotencyKeyReusedError(ConflictError):
    """An idempotency key was sent again with another request."""

    code = "idempotency_key_reused"


class InsufficientFundsError(ConflictError):
    """A fund has less free money than the plan would reserve."""

    code = "insufficient_funds"


class StoreNotEmptyError(ConflictError):
    """A restore was asked for into a store that already holds data."""

    code = "store_not_empty"


class NotPermittedError(PlatformError):
    """The acting person's roles do not allow the step."""

    code = "not_permitted"


class SeparationOfDutiesError(NotPermittedError):
    """One person may not both post, verify and approve the same need (HC-29)."""

    code = "separation_of_duties"


class UnavailableError(PlatformError):
    """Something outside does not answer; trying again may help."""

    code = "unavailable"


class GraphUnavailableError(UnavailableError):
    """The graph engine cannot be reached or refuses the connection."""

    code = "graph_unavailable"


class StoreLockedError(UnavailableError):
    """Another process holds the data directory."""

    code = "store_locked"


class PortTakenError(UnavailableError):
    """Another process listens on the address that was to be served."""

    code = "port_taken"


class SolverUnavailableError(UnavailableError):
    """No solver gave an answer within its limits."""

    code = "solver_unavailable"


class InvariantError(PlatformError):
    """A promise of the program itself does not hold: a bug, never a user's mistake."""

    code = "invariant_broken"


class AuditFailedError(InvariantError):
    """The independent audit found a violation in a plan, so the plan is not shown."""

    code = "audit_failed"


class AuditChainBrokenError(InvariantError):
    """A record of the audit chain does not hash to its successor's link."""

    code = "audit_chain_broken"


class MigrationError(InvariantError):
    """A migration already applied has been changed, or the store is newer than the program."""

    code = "migration_error"
