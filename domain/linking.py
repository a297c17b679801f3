"""Which person a row is about, which organisations are one: rules that say so, reviews where none may."""

from datetime import date, timedelta
from enum import StrEnum

from domain.errors import TransitionError

REVIEW_DAYS = 14
"""Civil days within which a pair that nobody but a person may decide is to be decided."""


class LinkRule(StrEnum):
    """By what a row was linked. A lower one never overrides a higher one (identity design, 5.1)."""

    ID_NUMBER = "ID_NUMBER"  # the same identity number, and a name that may be the same
    NEAR_ID_NUMBER = "NEAR_ID_NUMBER"  # one slip in a number that fails its check, and the same name
    MASKED_ID_NUMBER = "MASKED_ID_NUMBER"  # what a mask shows, the same name, and birth or telephone
    TELEPHONE = "TELEPHONE"  # the same telephone, name and birth
    MODEL = "MODEL"  # the probabilistic model with its corroboration rule
    NEW_PERSON = "NEW_PERSON"  # a number that no register knows
    REVIEW = "REVIEW"  # a person said so


class ReviewReason(StrEnum):
    """Why a pair waits for a person."""

    OTHER_NAME = "OTHER_NAME"  # the same number, another name
    SEVERAL = "SEVERAL"  # more than one person fits
    OTHER_ID_NUMBER = "OTHER_ID_NUMBER"  # all else fits, the numbers differ: a veto
    WEAK = "WEAK"  # likely, and not corroborated
    SEPARATION = "SEPARATION"  # somebody says that a link is wrong


class OrganisationReason(StrEnum):
    """Why two organisations may be one."""

    SAME_CREDIT_CODE = "SAME_CREDIT_CODE"
    SAME_NAME = "SAME_NAME"  # equal names, or equal in all that they say
    LIKE_NAME = "LIKE_NAME"  # a slip, a short form, or a name that any town has one of


class ReviewState(StrEnum):
    """Where a review stands."""

    OPEN = "OPEN"
    SECONDED = "SECONDED"  # one of two persons said yes
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    LAPSED = "LAPSED"  # decided otherwise meanwhile: the row found its person


class LinkVerdict(StrEnum):
    """What a person says of a pair."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"


class LinkOutcome(StrEnum):
    """What a decision leaves: a link, or two that are kept apart."""

    LINKED = "LINKED"
    APART = "APART"


_VETOED = frozenset({ReviewReason.OTHER_ID_NUMBER, ReviewReason.SEPARATION})
OPEN_REVIEWS = frozenset({ReviewState.OPEN, ReviewState.SECONDED})


def needs_two(reason: ReviewReason | OrganisationReason) -> bool:
    """Whether two persons must say yes: where a veto is overridden, and where a link is taken back."""
    return reason in _VETOED


def after_verdict(
    state: ReviewState, reason: ReviewReason | OrganisationReason, verdict: LinkVerdict
) -> ReviewState:
    """
    Give where a review stands after one more person spoke.

    Raises
    ------
    TransitionError
        It is decided already.
    """
    if state not in OPEN_REVIEWS:
        raise TransitionError("the review is decided already", state=state.value)
    if verdict is LinkVerdict.REJECT:
        return ReviewState.REJECTED
    if needs_two(reason) and state is ReviewState.OPEN:
        return ReviewState.SECONDED
    return ReviewState.ACCEPTED


def due_on(opened: date) -> date:
    """Give the day by which a review that is opened on a day is due."""
    return opened + timedelta(days=REVIEW_DAYS)
