"""What becomes of money that a need was given, from its reservation to its public account."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class AllocationState(StrEnum):
    """
    Lifecycle of one sum from one fund to one need.

    Money moves at three steps alone: it is set aside at RESERVED, leaves at DISBURSED, and comes back at RELEASED
    or CLAWED_BACK.
    """

    RESERVED = "RESERVED"
    APPROVED = "APPROVED"
    DISBURSED = "DISBURSED"
    EVIDENCED = "EVIDENCED"
    FEEDBACK_SENT = "FEEDBACK_SENT"
    DISCLOSED = "DISCLOSED"
    RELEASED = "RELEASED"
    CLAWED_BACK = "CLAWED_BACK"


ALLOCATION_TRANSITIONS: Mapping[AllocationState, frozenset[AllocationState]] = MappingProxyType(
    {
        AllocationState.RESERVED: frozenset({AllocationState.APPROVED, AllocationState.RELEASED}),
        AllocationState.APPROVED: frozenset({AllocationState.DISBURSED, AllocationState.RELEASED}),
        AllocationState.DISBURSED: frozenset({AllocationState.EVIDENCED, AllocationState.CLAWED_BACK}),
        AllocationState.EVIDENCED: frozenset({AllocationState.FEEDBACK_SENT, AllocationState.CLAWED_BACK}),
        AllocationState.FEEDBACK_SENT: frozenset({AllocationState.DISCLOSED, AllocationState.CLAWED_BACK}),
        AllocationState.DISCLOSED: frozenset({AllocationState.CLAWED_BACK}),
        AllocationState.RELEASED: frozenset(),
        AllocationState.CLAWED_BACK: frozenset(),
    }
)


class ApprovalDecision(StrEnum):
    """What an approver said."""

    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class EvidenceKind(StrEnum):
    """What shows that help arrived; pictures show no faces."""

    RECEIPT = "RECEIPT"
    INVOICE = "INVOICE"
    ACCEPTANCE = "ACCEPTANCE"
    PHOTO = "PHOTO"


class DisclosureKind(StrEnum):
    """Why something is to be made public, and by when (rule on charities' disclosure, in force 2026-01-01)."""

    PROJECT = "PROJECT"
    RELATED_PARTY = "RELATED_PARTY"
    MAJOR_ITEM = "MAJOR_ITEM"
    ANNUAL = "ANNUAL"
    LEFT_OVER = "LEFT_OVER"  # money that went to a near purpose when its own was over (HC-14)


class DisclosureState(StrEnum):
    """Where a duty to disclose stands."""

    DUE = "DUE"
    PUBLISHED = "PUBLISHED"
