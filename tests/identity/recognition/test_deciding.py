"""A case is ruled on claim by claim, and what nobody can read spoils no other."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from identity.recognition.claims import MOST_ENTRIES, read_claims
from identity.recognition.counting import History
from identity.recognition.deciding import decide
from identity.recognition.reasons import ClaimKind, Outcome, Reason
from identity.recognition.terms import Equivalence, HoursClass, Relation, Terms, read_terms

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ENTRY = {
    "id": "s-1",
    "start": 1_772_413_200,
    "end": 1_772_420_400,
    "minutes": 120,
    "clocked": True,
}
TERMS = Terms(
    equivalences=(
        Equivalence(kind=ClaimKind.SKILL, source="sh:care", target="ELDER_CARE", relation=Relation.EXACT),
        Equivalence(
            kind=ClaimKind.SKILL, source="sh:care", target="COMPANIONSHIP", relation=Relation.NARROWER
        ),
        Equivalence(kind=ClaimKind.SKILL, source="sh:help", target="BATHING_CARE", relation=Relation.BROADER),
        Equivalence(
            kind=ClaimKind.TRAINING,
            source="sh:first-aid",
            target="FIRST_AID",
            relation=Relation.EXACT,
            valid_months=24,
        ),
        Equivalence(
            kind=ClaimKind.TRAINING,
            source="sh:lifting",
            target="LIFTING",
            relation=Relation.EXACT,
            needs_refresh=True,
        ),
    )
)


def rulings(
    payload: dict[str, object], terms: Terms = TERMS, **about: bool
) -> dict[str, tuple[Outcome, Reason]]:
    made = decide(read_claims(payload), terms, History(), NOW, **about)
    return {f"{each.subject}>{each.grants or ''}": (each.outcome, each.reason) for each in made.rulings}


def test_skills_and_trainings_go_by_the_table_and_a_wider_notion_grants_no_narrower_one():
    told = {
        "skills": [{"code": "sh:care"}, {"code": "sh:help"}, {"code": "sh:unknown"}],
        "training": [
            {"code": "sh:first-aid", "completed_on": "2025-01-01"},
            {"code": "sh:lifting", "completed_on": "2025-01-01", "valid_until": "2027-01-01"},
        ],
    }
    assert rulings(told) == {
        "sh:care>ELDER_CARE": (Outcome.ACCEPTED, Reason.EQUIVALENT),
        "sh:care>COMPANIONSHIP": (Outcome.ACCEPTED, Reason.NARROWER_GRANTS),
        "sh:help>": (Outcome.REFUSED, Reason.BROADER_GRANTS_NOTHING),
        "sh:unknown>": (Outcome.REFUSED, Reason.NO_EQUIVALENT),
        "sh:first-aid>FIRST_AID": (Outcome.ACCEPTED, Reason.EQUIVALENT),
        "sh:lifting>LIFTING": (Outcome.REVIEW, Reason.NEEDS_REFRESH),
    }
    ends = decide(read_claims(told), TERMS, History(), NOW).valid_until
    assert ends["sh:first-aid", "FIRST_AID"] == date(2027, 1, 1)


def test_a_training_that_ended_is_history_and_no_qualification():
    told = {"training": [{"code": "sh:first-aid", "completed_on": "2024-01-01"}]}
    assert rulings(told) == {"sh:first-aid>FIRST_AID": (Outcome.REFUSED, Reason.EXPIRED)}


def test_what_was_recognised_from_elsewhere_is_not_passed_on():
    told = {
        "skills": [{"code": "sh:care", "recognised_from": "nb"}],
        "entries": [ENTRY | {"recognised_from": "nb"}],
    }
    assert {reason for _, reason in rulings(told).values()} == {Reason.RECOGNISED_ELSEWHERE}


def test_entries_count_and_not_their_sum_besides():
    totals = {"minutes": {"clocked": 120}, "period_from": 1_770_000_000, "period_to": 1_774_000_000}
    assert rulings({"entries": [ENTRY], **totals}) == {"s-1>": (Outcome.ACCEPTED, Reason.ACCEPTED_IN_FULL)}
    less = totals | {"minutes": {"clocked": 60}}
    assert rulings({"entries": [ENTRY], **less}) == {
        "s-1>": (Outcome.REVIEW, Reason.TOTALS_AND_ENTRIES_DIFFER)
    }


def test_a_doubtful_holder_or_terms_without_automation_leave_all_to_a_person():
    assert rulings({"entries": [ENTRY]}, holder_doubtful=True) == {
        "s-1>": (Outcome.REVIEW, Reason.HOLDER_UNLIKE_RECORD)
    }
    assert rulings({"entries": [ENTRY]}, TERMS.model_copy(update={"automatic": False})) == {
        "s-1>": (Outcome.REVIEW, Reason.REVIEW_AGREED)
    }


@pytest.mark.parametrize(
    "spoilt",
    [
        {"minutes": -5},
        {"minutes": 12.5},
        {"minutes": float("nan")},
        {"minutes": True},
        {"minutes": "120"},
        {"minutes": 10**30},
        {"start": "2026-03-02T09:00:00"},
        {"start": -1},
        {"end": 1_772_413_200},
        {"end": 1e300},
        {"clocked": "yes"},
        {"id": ""},
    ],
    ids=str,
)
def test_a_spoilt_entry_is_refused_by_itself(spoilt):
    found = rulings({"entries": [ENTRY | spoilt, ENTRY]})
    assert found == {
        "entries[0]>": (Outcome.REFUSED, Reason.UNREADABLE_CLAIM),
        "s-1>": (Outcome.ACCEPTED, Reason.ACCEPTED_IN_FULL),
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["entries", "minutes", "period_from", "period_to", "skills", "training", "level"]),
        json_values
        | st.lists(
            st.fixed_dictionaries(
                {name: st.just(value) for name, value in ENTRY.items()},
                optional={"recognised_from": json_values},
            )
        ),
    )
)
def test_nothing_that_a_source_may_say_makes_a_ruling_fail(payload):
    made = decide(read_claims(payload), TERMS, History(), NOW)
    assert all(ruling.minutes >= 0 for ruling in made.rulings)


def test_too_many_entries_are_not_read_at_all():
    assert rulings({"entries": [ENTRY] * (MOST_ENTRIES + 1)}) == {
        "entries>": (Outcome.REFUSED, Reason.UNREADABLE_CLAIM)
    }


def test_terms_are_data_that_read_back_as_they_were_and_make_no_minutes():
    terms = read_terms(TERMS.model_dump(mode="json"))
    assert terms == TERMS
    assert read_terms({"factors": {"manual": "1/3"}}).factor(HoursClass.MANUAL) == Fraction(1, 3)
    with pytest.raises(InvalidInputError, match="recognition makes no minutes"):
        read_terms({"factors": {"clocked": "3/2"}})
    with pytest.raises(InvalidInputError, match="Extra inputs"):
        read_terms({"factor": {}})
