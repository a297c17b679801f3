"""Every state and role that people see has its word in both languages."""

from enum import StrEnum

import pytest

from domain.actors import Role
from domain.needs import NeedState
from domain.people import VolunteerStatus
from domain.rounds import ClaimState, ProposalKind, ProposalState, RoundState
from locales import Locale, text

WORDED: dict[str, type[StrEnum]] = {
    "need_state": NeedState,
    "round_state": RoundState,
    "proposal_state": ProposalState,
    "proposal_kind": ProposalKind,
    "claim_state": ClaimState,
    "volunteer_status": VolunteerStatus,
    "role": Role,
}


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("group", list(WORDED))
def test_every_member_has_its_word(locale, group):
    for member in WORDED[group]:
        key = f"workflows.{group}.{member.value}"
        assert text(key, locale) != key
