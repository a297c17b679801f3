"""What people are told, and by which way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

DESK_INBOX = "desk"
"""The one inbox that all who work at the desk of a notice's region share."""


class NoticeCode(StrEnum):
    """What a notice says; the words in both languages stand in ``locales``, by this code."""

    NEED_DUE = "NEED_DUE"
    NEED_ESCALATED = "NEED_ESCALATED"
    NEED_OPEN = "NEED_OPEN"
    SLOT_OFFERED = "SLOT_OFFERED"
    SLOT_FREED = "SLOT_FREED"
    CLAIM_TO_CONFIRM = "CLAIM_TO_CONFIRM"
    CLAIM_WITHDRAWN = "CLAIM_WITHDRAWN"
    CLAIM_REPLACED = "CLAIM_REPLACED"
    CLAIM_AT_RISK = "CLAIM_AT_RISK"
    HOLDING_TO_NAME = "HOLDING_TO_NAME"
    HOLDING_LAPSED = "HOLDING_LAPSED"
    NO_SHOW_RECORDED = "NO_SHOW_RECORDED"
    CHECK_IN_TO_REVIEW = "CHECK_IN_TO_REVIEW"
    HOURS_POSTED = "HOURS_POSTED"
    HOURS_DISPUTED = "HOURS_DISPUTED"
    STAR_NOTICE = "STAR_NOTICE"
    CERTIFICATE_ISSUED = "CERTIFICATE_ISSUED"
    GIFT_TO_APPROVE = "GIFT_TO_APPROVE"
    GIFT_HAS_HELPED = "GIFT_HAS_HELPED"
    CREDENTIAL_ISSUED = "CREDENTIAL_ISSUED"
    CREDENTIAL_CHANGED = "CREDENTIAL_CHANGED"
    RECOGNITION_DECIDED = "RECOGNITION_DECIDED"
    RECOGNITION_ENDED = "RECOGNITION_ENDED"
    PERSON_MERGED = "PERSON_MERGED"
    PERSON_PARTED = "PERSON_PARTED"
    VISIT_PLANNED = "VISIT_PLANNED"
    VISIT_OVERDUE = "VISIT_OVERDUE"
    VISIT_ALARM = "VISIT_ALARM"
    COVERAGE_TASKS = "COVERAGE_TASKS"
    NEED_UNDER_REVIEW = "NEED_UNDER_REVIEW"
    ALERTS_RAISED = "ALERTS_RAISED"
    ALERTS_OVERDUE = "ALERTS_OVERDUE"


class Channel(StrEnum):
    """How a notice leaves the house; the inbox is always written."""

    INBOX = "INBOX"
    WEBHOOK = "WEBHOOK"
    MAIL = "MAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """
    A notice about to be written.

    Parameters
    ----------
    recipient_id
        A volunteer, a social worker, an organisation, a station whose desk is told, or ``DESK_INBOX``.
    subject_id
        The need, claim, visit ... it is about.
    parameters
        Figures and names for the text; never raw personal data.
    """

    recipient_id: str
    code: NoticeCode
    subject_id: str
    region_path: str
    parameters: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))


class OutboxState(StrEnum):
    """A message on its way out by one channel."""

    PENDING = "PENDING"
    SENT = "SENT"
    DEAD = "DEAD"
