"""How people come to a slot and leave it: holdings, offers, waiting lists, invitations, risks."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.errors import TransitionError


class HoldingState(StrEnum):
    """A slot kept by a team or an enterprise."""

    HELD = "HELD"
    FILLED = "FILLED"
    LAPSED = "LAPSED"
    RELEASED = "RELEASED"


class OfferKind(StrEnum):
    """Why somebody is asked to take a slot."""

    WAITING = "WAITING"  # first of the waiting list; the slot is kept until the answer
    WAVE = "WAVE"  # one of several who are asked; the first yes wins
    REPLACEMENT = "REPLACEMENT"  # would take over from somebody who holds it until then
    NAMED = "NAMED"  # named by the team or enterprise that holds the slot


class OfferState(StrEnum):
    """What was answered. A no has no consequence but that nobody asks again (HC-05)."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class WaitingState(StrEnum):
    """A place in the waiting list of a need."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    SERVED = "SERVED"
    LEFT = "LEFT"


class InvitationState(StrEnum):
    """An invitation to become a volunteer."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class Risk(StrEnum):
    """Why a promised visit may fall through."""

    UNCONFIRMED = "UNCONFIRMED"
    NOT_CHECKED_IN = "NOT_CHECKED_IN"
    NO_LONGER_VALID = "NO_LONGER_VALID"


_O = OfferState
OFFER_TRANSITIONS: Mapping[OfferState, frozenset[OfferState]] = MappingProxyType(
    {
        _O.OPEN: frozenset({_O.ACCEPTED, _O.DECLINED, _O.EXPIRED, _O.WITHDRAWN}),
        _O.ACCEPTED: frozenset(),
        _O.DECLINED: frozenset(),
        _O.EXPIRED: frozenset(),
        _O.WITHDRAWN: frozenset(),
    }
)

_H = HoldingState
HOLDING_TRANSITIONS: Mapping[HoldingState, frozenset[HoldingState]] = MappingProxyType(
    {
        _H.HELD: frozenset({_H.FILLED, _H.LAPSED, _H.RELEASED}),
        _H.FILLED: frozenset({_H.HELD}),  # the one named gave the slot back in time for another
        _H.LAPSED: frozenset(),
        _H.RELEASED: frozenset(),
    }
)


def check_offer_step(before: OfferState, after: OfferState) -> None:
    """
    Refuse a step of an offer that there is none of.

    Raises
    ------
    TransitionError
        ``after`` may not follow ``before``.
    """
    if after not in OFFER_TRANSITIONS[before]:
        raise TransitionError(
            f"an offer cannot go from {before} to {after}", before=before.value, after=after.value
        )


def check_holding_step(before: HoldingState, after: HoldingState) -> None:
    """
    Refuse a step of a holding that there is none of.

    Raises
    ------
    TransitionError
        ``after`` may not follow ``before``.
    """
    if after not in HOLDING_TRANSITIONS[before]:
        raise TransitionError(
            f"a holding cannot go from {before} to {after}", before=before.value, after=after.value
        )
