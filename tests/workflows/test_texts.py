"""Every state and role that people see has its word in both languages."""

from enum import StrEnum

import pytest

from domain.actors import Role
from domain.alerts import (
    AlertOutcome,
    AlertPriority,
    AlertState,
    FalseAlarmReason,
    PrecisionAxis,
    RuleFamily,
    RuleSetState,
)
from domain.allocations import (
    AllocationState,
    ApprovalDecision,
    DisclosureKind,
    DisclosureState,
    EvidenceKind,
)
from domain.comparing import Difference, EndGround, EndState, Lacking, TaskOutcome, TaskState
from domain.conferences import ConferenceState
from domain.donations import ChangeGround, DonorKind, PurposeChangeState
from domain.giving import DonationSource, DonationState
from domain.household_files import Choice, FileField, PlanState, PlanStep
from domain.ledger import EntrySource, FundAccount, FundEntryKind
from domain.linking import LinkOutcome, LinkRule, LinkVerdict, OrganisationReason, ReviewReason, ReviewState
from domain.needs import NeedState
from domain.people import VolunteerStatus
from domain.persons import PersonDecisionKind, PersonReason
from domain.protection import (
    ConsentBasis,
    ConsentChannel,
    ConsentingParty,
    ConsentKind,
    DataRequestKind,
    DataRequestState,
    Standing,
    UnmaskPurpose,
)
from domain.recognition import AppealState, CaseState, CredentialState, MonthState
from domain.recognition import ClaimState as RecognisedClaimState
from domain.recognition import TaskState as DifferenceState
from domain.rounds import ClaimState, ProposalKind, ProposalState, RoundState
from domain.series import SeriesState
from domain.stations import Network, Party
from identity.recognition.likeness import FieldLevel
from identity.recognition.reasons import ClaimKind, Outcome, Reason
from identity.recognition.reconciling import DifferenceKind, StatementKind
from locales import Locale, text
from workflows.donations.reconciling import MatchedBy
from workflows.recognition.asking import AskedFor

WORDED: dict[str, type[StrEnum]] = {
    "need_state": NeedState,
    "round_state": RoundState,
    "proposal_state": ProposalState,
    "proposal_kind": ProposalKind,
    "claim_state": ClaimState,
    "volunteer_status": VolunteerStatus,
    "role": Role,
    "network": Network,
    "party": Party,
    "conference_state": ConferenceState,
    "series_state": SeriesState,
    "allocation_state": AllocationState,
    "approval_decision": ApprovalDecision,
    "evidence_kind": EvidenceKind,
    "disclosure_kind": DisclosureKind,
    "disclosure_state": DisclosureState,
    "fund_account": FundAccount,
    "fund_entry_kind": FundEntryKind,
    "entry_source": EntrySource,
    "link_reason": ReviewReason,
    "organisation_reason": OrganisationReason,
    "person_reason": PersonReason,
    "person_decision_kind": PersonDecisionKind,
    "link_review_state": ReviewState,
    "organisation_review_state": ReviewState,
    "link_verdict": LinkVerdict,
    "link_rule": LinkRule,
    "link_outcome": LinkOutcome,
    "file_field": FileField,
    "file_choice": Choice,
    "plan_state": PlanState,
    "plan_step": PlanStep,
    "compare_difference": Difference,
    "coverage_task_state": TaskState,
    "coverage_outcome": TaskOutcome,
    "coverage_lacking": Lacking,
    "status_end_ground": EndGround,
    "status_end_state": EndState,
}


DONATIONS: dict[str, type[StrEnum]] = {
    "change_ground": ChangeGround,
    "change_state": PurposeChangeState,
    "donor_kind": DonorKind,
    "how": MatchedBy,
    "source": DonationSource,
    "state": DonationState,
}


RECOGNITION: dict[str, type[StrEnum]] = {
    "outcome": Outcome,
    "claim_kind": ClaimKind,
    "case_state": CaseState,
    "claim_state": RecognisedClaimState,
    "appeal_state": AppealState,
    "credential_state": CredentialState,
    "reason": Reason,
    "field_level": FieldLevel,
    "asked_for": AskedFor,
    "month_state": MonthState,
    "statement_kind": StatementKind,
    "difference_state": DifferenceState,
    "difference_kind": DifferenceKind,
}


PROTECTION: dict[str, type[StrEnum]] = {
    "consent_kind": ConsentKind,
    "consent_channel": ConsentChannel,
    "consent_giver": ConsentingParty,
    "consent_basis": ConsentBasis,
    "unmask_purpose": UnmaskPurpose,
    "standing": Standing,
    "request_kind": DataRequestKind,
    "request_state": DataRequestState,
}

ALERTS: dict[str, type[StrEnum]] = {
    "family": RuleFamily,
    "priority": AlertPriority,
    "state": AlertState,
    "outcome": AlertOutcome,
    "reason": FalseAlarmReason,
    "rule_set": RuleSetState,
    "axis": PrecisionAxis,
}


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("group", list(PROTECTION))
def test_every_member_about_protection_has_its_word(locale, group):
    for member in PROTECTION[group]:
        key = f"protection.{group}.{member.value}"
        assert text(key, locale) != key


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("group", list(ALERTS))
def test_every_member_about_alerts_has_its_word(locale, group):
    for member in ALERTS[group]:
        key = f"alerts.{group}.{member.value}"
        assert text(key, locale) != key


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("group", list(DONATIONS))
def test_every_member_about_gifts_has_its_word(locale, group):
    for member in DONATIONS[group]:
        key = f"donations.{group}.{member.value}"
        assert text(key, locale) != key


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("group", list(WORDED))
def test_every_member_has_its_word(locale, group):
    for member in WORDED[group]:
        key = f"workflows.{group}.{member.value}"
        assert text(key, locale) != key


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("group", list(RECOGNITION))
def test_every_member_about_recognition_has_its_word(locale, group):
    for member in RECOGNITION[group]:
        key = f"recognition.{group}.{member.value}"
        assert text(key, locale) != key
