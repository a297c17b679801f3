"""Needs: what may be asked for, and the ways through their states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError, TransitionError
from domain.identifiers import RegionCode, RegionSystem
from domain.money import MOST_FEN
from domain.needs import (
    CLAIMABLE,
    MOST_DURATION_MIN,
    MOST_QUANTITY,
    NEED_TRANSITIONS,
    OPEN_FOR_MATCHING,
    Need,
    NeedCategory,
    NeedItem,
    NeedKind,
    NeedSlot,
    NeedState,
    SubjectKind,
    Urgency,
    check_transition,
)
from domain.people import Licence, Skill
from domain.provenance import MANUAL_SOURCE, Provenance
from domain.rounds import PROPOSAL_TRANSITIONS, ProposalState
from domain.time import Window

NOON = datetime(2026, 8, 1, 4, 0, tzinfo=UTC)

WISH = Need(
    id="need-1",
    kind=NeedKind.WISH,
    category=NeedCategory.LIVING_AID,
    title="A desk lamp",
    state=NeedState.DRAFT,
    urgency=Urgency.ROUTINE,
    region=RegionCode.parse(RegionSystem.NBS, "320582100"),
    place=None,
    subject_kind=SubjectKind.HOUSEHOLD,
    subject_id="household-1",
    items=(NeedItem(id="item-1", item="DESK_LAMP", quantity=1, unit="piece"),),
    provenance=Provenance(source_id=MANUAL_SOURCE, source_row=0, recorded_at=NOON),
)

MORNING = Window(start=NOON, end=NOON + timedelta(hours=2))


def reached_from(state, transitions):
    """Every state that some walk from ``state`` ends in."""
    seen, open_ends = {state}, [state]
    while open_ends:
        for after in transitions[open_ends.pop()] - seen:
            seen.add(after)
            open_ends.append(after)
    return seen


class TestStates:
    def test_each_state_says_what_may_follow(self):
        assert set(NEED_TRANSITIONS) == set(NeedState)
        assert set().union(*NEED_TRANSITIONS.values()) <= set(NeedState)

    def test_each_state_is_reached_from_a_draft(self):
        assert reached_from(NeedState.DRAFT, NEED_TRANSITIONS) == set(NeedState)

    def test_a_cancelled_need_is_the_only_one_that_never_moves_again(self):
        assert {state for state, after in NEED_TRANSITIONS.items() if not after} == {NeedState.CANCELLED}

    @pytest.mark.parametrize("state", sorted(set(NeedState) - {NeedState.CANCELLED}))
    def test_from_every_other_state_a_need_can_still_be_closed(self, state: NeedState):
        assert NeedState.CLOSED in reached_from(state, NEED_TRANSITIONS)

    def test_nothing_is_matched_or_offered_before_it_was_verified(self):
        unverified = {
            state: after for state, after in NEED_TRANSITIONS.items() if state is not NeedState.VERIFIED
        } | {NeedState.VERIFIED: frozenset[NeedState]()}
        assert reached_from(NeedState.DRAFT, unverified) == {
            NeedState.DRAFT,
            NeedState.POSTED,
            NeedState.VERIFIED,
            NeedState.REJECTED,
            NeedState.EXPIRED,
            NeedState.CANCELLED,
        }

    def test_help_is_confirmed_only_after_it_was_given(self):
        before = {state for state, after in NEED_TRANSITIONS.items() if NeedState.CONFIRMED in after}
        assert before == {NeedState.DONE, NeedState.DISPUTED}

    def test_what_is_claimable_is_open_for_matching_and_leads_to_acceptance(self):
        assert CLAIMABLE <= OPEN_FOR_MATCHING
        assert all(NeedState.ACCEPTED in NEED_TRANSITIONS[state] for state in CLAIMABLE)
        assert all(
            {NeedState.MATCHED, NeedState.MATCHING} & NEED_TRANSITIONS[state] for state in OPEN_FOR_MATCHING
        )

    @given(st.sampled_from(NeedState), st.sampled_from(NeedState))
    def test_a_step_is_refused_unless_the_table_has_it(self, before: NeedState, after: NeedState):
        if after in NEED_TRANSITIONS[before]:
            check_transition(before, after)
        else:
            with pytest.raises(TransitionError) as caught:
                check_transition(before, after)
            assert caught.value.context == {"before": before.value, "after": after.value}

    def test_the_table_cannot_be_changed(self):
        with pytest.raises(TypeError):
            NEED_TRANSITIONS[NeedState.CANCELLED] = frozenset({NeedState.DRAFT})  # type: ignore[index]


class TestProposalStates:
    def test_each_state_is_reached_from_a_proposal_and_has_its_row(self):
        assert set(PROPOSAL_TRANSITIONS) == set(ProposalState)
        assert reached_from(ProposalState.PROPOSED, PROPOSAL_TRANSITIONS) == set(ProposalState)

    def test_nobody_accepts_what_was_not_offered_to_them(self):
        assert [s for s, after in PROPOSAL_TRANSITIONS.items() if ProposalState.ACCEPTED in after] == [
            ProposalState.OFFERED
        ]

    def test_a_decline_ends_the_proposal(self):
        assert not PROPOSAL_TRANSITIONS[ProposalState.DECLINED]


class TestNeed:
    def test_people_goods_and_money_may_be_asked_for_in_one_need(self):
        slots = (
            NeedSlot(id="slot-1", position=1, skill=Skill.HOME_REPAIR),
            NeedSlot(id="slot-2", position=2, skill=Skill.ELECTRICAL, licence=Licence.ELECTRICIAN),
        )
        need = replace(
            WISH, kind=NeedKind.WORKS, slots=slots, duration_min=120, amount_fen=500_000, windows=(MORNING,)
        )
        assert [slot.licence for slot in need.slots] == [None, Licence.ELECTRICIAN]
        assert need.items
        assert need.gap_fen == 500_000

    @pytest.mark.parametrize(
        "change",
        [
            {"items": ()},
            {"amount_fen": -1},
            {"duration_min": -1},
            {"amount_fen": MOST_FEN + 1},
            {"policy_aid_fen": MOST_FEN + 1},
            {"insurance_fen": MOST_FEN + 1},
            {"duration_min": MOST_DURATION_MIN + 1},
            {"slots": (NeedSlot(id="slot-1", position=1),)},
            {"slots": (NeedSlot(id="slot-1", position=1),), "duration_min": 121, "windows": (MORNING,)},
            {"items": WISH.items * 2},
            {"slots": (NeedSlot(id="item-1", position=1),), "duration_min": 30},
            {"subject_id": None},
            {"subject_kind": SubjectKind.ANONYMOUS},
        ],
    )
    def test_a_need_that_cannot_be_met_as_it_stands_is_refused(self, change):
        with pytest.raises(InvalidInputError):
            replace(WISH, **change)

    def test_a_figure_beyond_its_limit_is_named(self):
        with pytest.raises(InvalidInputError) as refused:
            replace(WISH, insurance_fen=2**63 - 1)
        assert (refused.value.context["field"], refused.value.context["need"]) == ("insurance_fen", WISH.id)
        assert replace(WISH, amount_fen=MOST_FEN).gap_fen == MOST_FEN

    def test_a_person_without_a_household_may_ask(self):
        assert replace(WISH, subject_kind=SubjectKind.ANONYMOUS, subject_id=None).subject_id is None

    @pytest.mark.parametrize("quantity", [0, -1, MOST_QUANTITY + 1])
    def test_an_item_is_asked_for_in_a_positive_quantity(self, quantity: int):
        with pytest.raises(InvalidInputError):
            NeedItem(id="item-1", item="RICE", quantity=quantity, unit="kg")

    @given(*[st.integers(0, 10**12)] * 3)
    def test_charity_pays_at_most_what_policy_and_insurance_leave(self, asked: int, aid: int, insured: int):
        need = replace(WISH, amount_fen=asked, policy_aid_fen=aid, insurance_fen=insured)
        assert 0 <= need.gap_fen <= asked
        assert need.gap_fen + aid + insured >= asked
        if need.gap_fen:
            assert need.gap_fen + aid + insured == asked

    def test_each_step_of_urgency_weighs_more(self):
        points = [urgency.points for urgency in Urgency]
        assert points == sorted(set(points))
