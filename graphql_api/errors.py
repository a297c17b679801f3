"""
What a client is told of an error. The only place that turns a code into a payload.

The four families that a caller can do something about become ``userErrors`` of a mutation, or errors with
their code on a query. The other two (something outside does not answer, a bug) go to the top level and say no
more than that.
"""

from enum import StrEnum

import strawberry

from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    PlatformError,
    SeparationOfDutiesError,
    UnavailableError,
)
from graphql_api.ids import encode_id
from locales import Locale, catalogue, text

INTERNAL = "internal"
"""Code of everything that is nobody's business outside."""

_KEPT_BACK = frozenset({"id", "actor", "field", "detail"})
_KEYS = {
    "slot": "NeedSlot",
    "other": "Need",
    "first": "Need",
    "fund": "Fund",
    "need": "Need",
    "earmark": "Earmark",
}
"""Parameters that hold the key of a stored object, and of which type."""

_REPORTED = (InvalidInputError, NotFoundError, ConflictError, NotPermittedError)


class ErrorCode(StrEnum):
    """Stable codes of what a caller can mend; a test keeps the list equal to the error tree."""

    INVALID_INPUT = "invalid_input"
    INVALID_IDENTIFIER = "invalid_identifier"
    UNIT_MISMATCH = "unit_mismatch"
    UNREADABLE_FILE = "unreadable_file"
    MAPPING_ERROR = "mapping_error"
    POLICY_ERROR = "policy_error"
    ARCHIVE_ERROR = "archive_error"
    INVALID_CURSOR = "invalid_cursor"
    INVALID_SETTINGS = "invalid_settings"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    STALE_VERSION = "stale_version"
    SLOT_TAKEN = "slot_taken"
    DUPLICATE_NEED = "duplicate_need"
    TRANSITION_NOT_ALLOWED = "transition_not_allowed"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    STORE_NOT_EMPTY = "store_not_empty"
    NOT_PERMITTED = "not_permitted"
    SEPARATION_OF_DUTIES = "separation_of_duties"


strawberry.enum(ErrorCode, description="Stable code of an error that the caller can mend.")


@strawberry.type(description="One parameter of an error's sentence.")
class ErrorParameter:
    """A name and a value as text."""

    name: str
    value: str


@strawberry.type(description="Why a mutation did nothing, in a form for programs and a sentence for people.")
class UserError:
    """One refusal."""

    path: list[str] = strawberry.field(description="Where in the arguments, from the outside in.")
    code: ErrorCode
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")
    params: list[ErrorParameter]


def sentence(error: PlatformError, locale: Locale) -> str:
    """
    Word an error for a person: by its reason or the rule that stands against it, where those have words.

    A step that takes two people says so itself, and of what is not found no rule is told.
    """
    if not isinstance(error, NotFoundError | SeparationOfDutiesError):
        known, rule = catalogue(locale), error.context.get("rule")
        reason = known.get(f"api.reason.{error.context.get('reason')}")
        if reason is not None:
            return reason
        if said := known.get(f"reasons.rule.{rule}"):
            return text("api.against_rule", locale, said=said, rule=rule)
    return text(f"errors.{error.code}", locale, **{**error.context, "message": error.message})


def is_reported(error: BaseException | None) -> bool:
    """Whether the caller can do something about the error."""
    return isinstance(error, _REPORTED)


def user_error(error: PlatformError, locale: Locale, path: list[str]) -> UserError:
    """
    Turn an error of a reported family into the form a mutation gives.

    ``context['field']``, where an error has it, is the last step of the path.
    """
    field = error.context.get("field")
    return UserError(
        path=[*path, _camel(str(field))] if field else path,
        code=ErrorCode(error.code),
        message=sentence(error, locale),
        params=[ErrorParameter(name=name, value=value) for name, value in _parameters(error).items()],
    )


def rule_behind(error: PlatformError) -> str:
    """
    Give the hard rule that refused, for the server's log alone; ``-`` where none did.

    What must not show, such as that there is a child-protection case (HC-25), is the error's cause.
    """
    cause = error.__cause__
    hidden = cause.context.get("rule") if isinstance(cause, PlatformError) else None
    return str(error.context.get("rule") or hidden or "-")


def _parameters(error: PlatformError) -> dict[str, str]:
    """
    Give what is told of an error: keys of stored objects only as global ids, accounts not at all.

    Of what is not found no rule is told: it would say that there is something.
    """
    told: dict[str, str] = {}
    for name, value in sorted(error.context.items()):
        hidden = name == "rule" and isinstance(error, NotFoundError)
        if value is None or hidden or name in _KEPT_BACK:
            continue
        kind = _KEYS.get(name)
        told[_camel(name)] = encode_id(kind, str(value)) if kind else str(value)
    return told


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def top_level(error: BaseException | None, locale: Locale, request_id: str) -> dict[str, object]:
    """
    Give message and extensions of a top-level error.

    Whatever is not of a reported family is masked: an unavailable store says only that, anything else only
    the request's id, under which the log has the rest.
    """
    if isinstance(error, PlatformError) and isinstance(error, _REPORTED):
        extensions: dict[str, object] = {"code": error.code.upper(), "params": _parameters(error)}
        if field := error.context.get("field"):
            extensions["field"] = _camel(str(field))
        return {"message": sentence(error, locale), "extensions": extensions}
    if isinstance(error, UnavailableError):
        message = text("api.unavailable", locale)
        return {"message": message, "extensions": {"code": UnavailableError.code.upper()}}
    return {
        "message": text("api.internal", locale, request_id=request_id),
        "extensions": {"code": INTERNAL.upper(), "requestId": request_id},
    }
