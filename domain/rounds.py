"""Matching rounds and what they propose to people."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

DIRECT = "direct"
"""Stands for the round in proposals that people made of their own, outside any round."""


class RoundState(StrEnum):
    """A round is a function of (snapshot, policy, seed); all three are stored with it."""

    SOLVED = "SOLVED"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"


class ProposalState(StrEnum):
    """What people made of one proposal."""

    PROPOSED = "PROPOSED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    CONFIRMED = "CONFIRMED"
    WITHDRAWN = "WITHDRAWN"


class ProposalKind(StrEnum):
    """What a proposal line gives to a need."""

    VOLUNTEER = "VOLUNTEER"
    MONEY = "MONEY"
    GOODS = "GOODS"


PROPOSAL_TRANSITIONS: Mapping[ProposalState, frozenset[ProposalState]] = MappingProxyType(
    {
        ProposalState.PROPOSED: frozenset({ProposalState.OFFERED, ProposalState.WITHDRAWN}),
        ProposalState.OFFERED: frozenset(
            {ProposalState.ACCEPTED, ProposalState.DECLINED, ProposalState.WITHDRAWN}
        ),
        ProposalState.ACCEPTED: frozenset({ProposalState.CONFIRMED, ProposalState.WITHDRAWN}),
        ProposalState.DECLINED: frozenset(),
        ProposalState.CONFIRMED: frozenset({ProposalState.WITHDRAWN}),  # money that was clawed back
        ProposalState.WITHDRAWN: frozenset(),
    }
)


class ClaimState(StrEnum):
    """A claim holds its slot while it is ACTIVE."""

    ACTIVE = "ACTIVE"
    WITHDRAWN = "WITHDRAWN"
    NO_SHOW = "NO_SHOW"
    DONE = "DONE"
