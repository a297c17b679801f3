"""An agreement is signed by both sides over the same bytes, and its state follows from steps and the day."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.errors import ConflictError, InvalidInputError, NotPermittedError, PlatformError
from identity.documents import Members
from identity.jose.encoding import parse_object
from identity.jose.jwk import SigningKey
from identity.trust.agreements import (
    STEPS,
    Agreement,
    AgreementState,
    StepKind,
    propose,
    proven,
    read_agreement,
    sign,
    take_step,
    written,
)
from identity.trust.keys import KeyState, TrustedKey
from identity.verdicts import VerdictCode

A, B, C = "310000", "330100", "320500"
SECRET = {region: SigningKey.generate() for region in (A, B, C)}
KEYS = {region: {"k": TrustedKey(kid="k", key=key.public)} for region, key in SECRET.items()}
START, END = 1000, 2000


def terms(**changed: object) -> dict:
    found = {
        "id": "a-b",
        "version": 1,
        "from": A,
        "to": B,
        "valid_from": START,
        "valid_until": END,
        "rules": {},
    }
    return {**found, **changed}


def signed(at: int = 100, **changed: object) -> Agreement:
    agreement = propose(terms(**changed))
    for region in (A, B):
        agreement = sign(agreement, region=region, kid="k", key=SECRET[region], at=at)
    return agreement


def step(agreement: Agreement, kind: StepKind, region: str, at: int = 200) -> Agreement:
    return take_step(agreement, kind, region=region, kid="k", key=SECRET[region], at=at, reason="because")


def test_it_is_a_draft_until_both_have_signed():
    draft = propose(terms())
    assert draft.state_at(100) is AgreementState.DRAFT
    one = sign(draft, region=A, kid="k", key=SECRET[A], at=100)
    assert one.state_at(100) is AgreementState.DRAFT
    assert signed().state_at(100) is AgreementState.SIGNED


def test_it_is_activated_suspended_resumed_and_ended():
    active = step(signed(), StepKind.ACTIVATE, B)
    assert active.state_at(1500) is AgreementState.ACTIVE
    suspended = step(active, StepKind.SUSPEND, A, at=300)
    assert suspended.state_at(1500) is AgreementState.SUSPENDED
    assert step(suspended, StepKind.RESUME, A, at=400).state_at(1500) is AgreementState.ACTIVE
    assert step(suspended, StepKind.TERMINATE, B, at=400).state_at(1500) is AgreementState.TERMINATED
    assert active.state_at(END) is AgreementState.EXPIRED


def test_only_the_recognising_side_activates_and_only_who_suspended_resumes():
    with pytest.raises(NotPermittedError):
        step(signed(), StepKind.ACTIVATE, A)
    assert step(signed(both_ways=True), StepKind.ACTIVATE, A).state_at(200) is AgreementState.ACTIVE
    suspended = step(step(signed(), StepKind.ACTIVATE, B), StepKind.SUSPEND, A)
    with pytest.raises(NotPermittedError):
        step(suspended, StepKind.RESUME, B)


def test_a_third_region_neither_signs_nor_steps():
    with pytest.raises(NotPermittedError):
        sign(propose(terms()), region=C, kid="k", key=SECRET[C], at=1)
    with pytest.raises(NotPermittedError):
        step(signed(), StepKind.TERMINATE, C)


def test_what_is_in_force_is_not_signed_again():
    with pytest.raises(ConflictError):
        sign(step(signed(), StepKind.ACTIVATE, B), region=A, kid="k", key=SECRET[A], at=300)


def test_steps_do_not_go_back_in_time():
    with pytest.raises(ConflictError):
        step(step(signed(), StepKind.ACTIVATE, B, at=200), StepKind.SUSPEND, A, at=199)


@pytest.mark.parametrize(
    "changed",
    [
        {"to": A},
        {"valid_until": START},
        {"version": 0},
        {"version": "1"},
        {"id": ""},
        {"both_ways": "yes"},
        {"rules": []},
        {"valid_from": "yesterday"},
        {"rules": {"rate": 0.5}},
    ],
)
def test_terms_that_are_none_are_refused(changed):
    with pytest.raises(InvalidInputError):
        propose(terms(**changed))


def test_it_covers_its_own_direction_alone():
    one_way = propose(terms())
    assert one_way.covers(A, B)
    assert not one_way.covers(B, A)
    assert not one_way.covers(A, C)
    assert propose(terms(both_ways=True)).covers(B, A)


def test_it_reads_back_as_it_was_written():
    agreement = step(signed(), StepKind.ACTIVATE, B)
    found = read_agreement(Members(written(agreement), "a", VerdictCode.BUNDLE_UNREADABLE))
    assert found == agreement
    assert proven(found, KEYS)


def bent(agreement: Agreement) -> dict[str, Agreement]:
    """Forgeries of one agreement."""
    other = propose(terms(rules={"manual_factor": [1, 1]}))
    first, second = agreement.signatures
    last = agreement.steps[-1]
    stranger = sign(propose(terms()), region=A, kid="k", key=SECRET[C], at=100)
    return {
        "other rules": replace(agreement, document=other.document),
        "later end": replace(agreement, document=terms(valid_until=END * 2)),
        "one signature twice": replace(agreement, signatures=(first, replace(second, jws=first.jws))),
        "stranger's key": replace(agreement, signatures=(stranger.signatures[0], second)),
        "unknown key": replace(agreement, signatures=(replace(first, kid="x"), second)),
        "third region": replace(agreement, signatures=(*agreement.signatures, replace(first, region=C))),
        "other step": replace(agreement, steps=(replace(last, kind=StepKind.TERMINATE),)),
        "other reason": replace(agreement, steps=(replace(last, reason="else"),)),
        "step of the other side": replace(agreement, steps=(replace(last, region=A),)),
        "step twice": replace(agreement, steps=(last, last)),
        "step without signatures": replace(agreement, signatures=()),
        "signature in the place of a step's": replace(agreement, steps=(replace(last, jws=first.jws),)),
        "not a signature": replace(agreement, signatures=(replace(first, jws="x"), second)),
        "state stated": replace(agreement, stated=AgreementState.ACTIVE),
    }


@pytest.mark.parametrize("name", list(bent(step(signed(), StepKind.ACTIVATE, B))))
def test_a_forged_agreement_is_not_proven(name: str):
    agreement = step(signed(), StepKind.ACTIVATE, B)
    assert proven(agreement, KEYS)
    assert not proven(bent(agreement)[name], KEYS)


def test_a_signature_holds_by_a_key_in_its_term_alone():
    agreement = signed(at=100)
    late = {**KEYS, A: {"k": replace(KEYS[A]["k"], since=101)}}
    gone = {**KEYS, A: {"k": replace(KEYS[A]["k"], state=KeyState.REVOKED)}}
    retired = {**KEYS, A: {"k": replace(KEYS[A]["k"], state=KeyState.RETIRED, until=101)}}
    assert [proven(agreement, keys) for keys in (KEYS, late, gone, retired)] == [True, False, False, True]


def test_every_state_but_the_last_can_be_left():
    assert {state for state, _ in STEPS} == set(AgreementState) - {
        AgreementState.EXPIRED,
        AgreementState.TERMINATED,
    }


class Lives(RuleBasedStateMachine):
    """Any order of steps leaves what is proven, in the state that a simple model says."""

    def __init__(self) -> None:
        super().__init__()
        self.agreement = propose(terms())
        self.at = 100
        self.model = AgreementState.DRAFT
        self.signers: set[str] = set()
        self.suspended_by = ""

    @rule(region=st.sampled_from([A, B]))
    def sign(self, region: str) -> None:
        try:
            self.agreement = sign(self.agreement, region=region, kid="k", key=SECRET[region], at=self.at)
        except ConflictError:
            assert self.model not in {AgreementState.DRAFT, AgreementState.SIGNED}
            return
        self.signers.add(region)
        self.model = AgreementState.SIGNED if len(self.signers) == 2 else AgreementState.DRAFT

    @precondition(lambda self: self.at < 900)
    @rule(kind=st.sampled_from(StepKind), region=st.sampled_from([A, B]), wait=st.integers(0, 100))
    def step(self, kind: StepKind, region: str, wait: int) -> None:
        self.at += wait
        allowed = (self.model, kind) in STEPS
        allowed &= not (kind is StepKind.ACTIVATE and region != B)
        allowed &= not (kind is StepKind.RESUME and region != self.suspended_by)
        try:
            self.agreement = step(self.agreement, kind, region, at=self.at)
        except PlatformError:
            assert not allowed
            return
        assert allowed
        self.model = STEPS[self.model, kind]
        self.suspended_by = region if kind is StepKind.SUSPEND else self.suspended_by

    @invariant()
    def holds(self) -> None:
        assert proven(self.agreement, KEYS)
        assert self.agreement.state_at(self.at) is self.model
        document = parse_object(__import__("json").dumps(written(self.agreement)).encode())
        assert read_agreement(Members(document, "a", VerdictCode.BUNDLE_UNREADABLE)) == self.agreement


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
