"""The check of a text before everybody reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.errors import InvalidInputError
from workflows.public.traces import Finding, Trace, masked, traces

_OF_AN_INSTITUTION = frozenset({Trace.ADDRESS})
"""What may be said of an institution and not of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedText:
    """A text, what in it could lead to a person, and the same text without that."""

    text: str
    findings: tuple[Finding, ...]
    suggestion: str


def check_text(text: str, *, known: Iterable[str] = (), institution: bool = False) -> CheckedText:
    """Look through a text for names, numbers and addresses."""
    allowed = _OF_AN_INSTITUTION if institution else frozenset[Trace]()
    found = tuple(finding for finding in traces(text, known=known) if finding.trace not in allowed)
    return CheckedText(text=text, findings=found, suggestion=masked(text, found))


def require_clean(
    texts: Mapping[str, str], *, known: Iterable[str] = (), institution: bool = False, about: str
) -> None:
    """
    Go on only if none of the texts, by field, holds a trace of a person.

    Raises
    ------
    InvalidInputError
        One does; ``context`` names the field, the kinds of traces, and a text without them. The traces
        themselves are not repeated: errors are logged.
    """
    names = list(known)
    for field, text in texts.items():
        checked = check_text(text, known=names, institution=institution)
        if checked.findings:
            kinds = sorted({finding.trace.value for finding in checked.findings})
            raise InvalidInputError(
                f"the {field} would lead a reader to a person: {', '.join(kinds)}",
                id=about,
                field=field,
                rule="HC-24",
                traces=", ".join(kinds),
                suggestion=checked.suggestion,
            )
