"""
One person under two records of a registry: what may be asked of a pair, and the rules for what both halves have.

What a person has is derived from the records of all their halves and is never a fact of its own, so that taking a
merge back leaves what there would have been without it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.linking import LinkVerdict, ReviewReason, ReviewState, after_verdict


class PersonReason(StrEnum):
    """Why a pair waits for a person."""

    LIKELY = "LIKELY"  # the model finds the two alike
    BY_HAND = "BY_HAND"  # somebody says so
    OTHER_ID_NUMBER = "OTHER_ID_NUMBER"  # all else fits, the numbers differ: a veto
    SEPARATION = "SEPARATION"  # somebody says that a merge was wrong


class PersonDecisionKind(StrEnum):
    """What was decided of two records: they are one person's, or they are not."""

    MERGE = "MERGE"
    PART = "PART"


_TWO_SAY_YES = frozenset({PersonReason.OTHER_ID_NUMBER, PersonReason.SEPARATION})


def needs_two(reason: PersonReason) -> bool:
    """Whether two persons must say yes: where a veto is overridden, and where a merge is taken back."""
    return reason in _TWO_SAY_YES


def after_person_verdict(state: ReviewState, reason: PersonReason, verdict: LinkVerdict) -> ReviewState:
    """
    Give where a proposal stands after one more person spoke.

    Raises
    ------
    TransitionError
        It is decided already.
    """
    return after_verdict(state, ReviewReason.SEPARATION if needs_two(reason) else ReviewReason.WEAK, verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """
    Something of a half that takes time: a service, a sum of minutes over a period, a promise.

    Parameters
    ----------
    of
        The record of the person for which it was taken down.
    since
        When it was: the earlier wins.
    source
        Who sums up, for a sum of minutes; sums are held against sums of the same source alone, services against
        services.
    """

    id: str
    of: str
    since: datetime
    start: datetime
    end: datetime
    source: str = ""


def doubled(spans: Iterable[Span]) -> dict[str, str]:
    """
    Give what stands twice for one person, by what it doubles: of two halves' spans that meet, the earlier one holds.

    Spans of one half are left alone: those were judged when they were written.

    Examples
    --------
    >>> from datetime import UTC
    >>> def span(name, of, hour):
    ...     at = datetime(2026, 3, 2, hour, tzinfo=UTC)
    ...     return Span(id=name, of=of, since=at, start=at, end=at.replace(hour=hour + 2))
    >>> doubled([span("b", "second", 9), span("a", "first", 8), span("c", "second", 12)])
    {'b': 'a'}
    """
    kept: list[Span] = []
    found: dict[str, str] = {}
    for span in sorted(spans, key=lambda one: (one.since, one.id)):
        held = next((one for one in kept if _meet(one, span)), None)
        if held is None:
            kept.append(span)
        else:
            found[span.id] = held.id
    return found


def _meet(one: Span, other: Span) -> bool:
    return (
        one.of != other.of and one.source == other.source and one.start < other.end and other.start < one.end
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """
    What a decision brought with it, by rule; all of it is said to whoever decides.

    Parameters
    ----------
    moved
        Rows that went from one record to another, by label.
    hours_held_back
        Records of hours that are frozen, each with the one whose time it tells of again.
    hours_given_back
        Records of hours that count again.
    promises_doubled
        Claims that are at risk, each with the one that the person keeps for that time.
    promises_restored
        Claims that are at risk no longer for that reason.
    credentials_suspended
        Credentials that were issued while the two stood as one.
    certificates_to_check
        Certificates that were, and are on paper.
    """

    moved: dict[str, int]
    hours_held_back: dict[str, str]
    hours_given_back: tuple[str, ...]
    promises_doubled: dict[str, str]
    promises_restored: tuple[str, ...]
    credentials_suspended: tuple[str, ...] = ()
    certificates_to_check: tuple[str, ...] = ()
