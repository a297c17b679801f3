"""A volunteer known in one region is recognised in another, once, and only as far as both agreed."""

import json

import pytest

from domain.errors import ConflictError, NotPermittedError, SeparationOfDutiesError, TransitionError
from domain.recognition import CaseState
from graph.ports import Access, Statement
from identity.credentials.issue import Selective
from identity.jose.jwk import SigningKey
from identity.recognition.reasons import Outcome, Reason
from identity.verdicts import VerdictCode
from tests.builders import World, lead, volunteer, worker, workspace
from tests.workflows.recognition.regions import Regions, entry, hours, standing
from workflows.recognition.ending import tick_recognition, withdraw_case
from workflows.recognition.recognising import Presented, Recognition, recognise
from workflows.recognition.reviewing import Choice, appeal, decide_appeal, review_case

QUALIFIED = Statement(
    "MATCH (q:Qualification) RETURN q.volunteer_id AS id, q.licence AS licence, q.valid_to AS valid_to",
    Access.READ,
)
BOOKS = Statement("MATCH (a:HoursAccount) RETURN sum(a.balance_min) AS sum", Access.READ)


async def regions(store, **rules: object) -> Regions:
    world = World()
    world.region()
    world.volunteer("v")
    world.volunteer("w", name="赵小六")
    await world.write(store)
    return Regions(workspace(store), **rules)


def reasons(found: Recognition) -> dict[str, tuple[Outcome, Reason]]:
    return {ruling.subject: (ruling.outcome, ruling.reason) for ruling in found.rulings}


async def test_hours_skills_and_trainings_count_at_once_as_far_as_agreed(store):
    both = await regions(store)
    found = await both.recognise(volunteer("v"))
    assert found.state is CaseState.DECIDED
    assert reasons(found) == {
        "s1": (Outcome.ACCEPTED, Reason.ACCEPTED_IN_FULL),
        "s2": (Outcome.ACCEPTED, Reason.ACCEPTED_BY_FACTOR),
        "hk:care": (Outcome.ACCEPTED, Reason.EQUIVALENT),
        "hk:nurse": (Outcome.ACCEPTED, Reason.EQUIVALENT),
    }
    assert await hours(store) == [
        ("v", "RECOGNISED", "VERIFIED", 120),
        ("v", "RECOGNISED", "VERIFIED", 60),
    ]
    held = await standing(store, "v")
    assert (held["minutes"], held["skills"], held["recognised"]) == (180, ["COMPANIONSHIP"], ["ELDER_CARE"])
    (licence,) = await store.read(lambda tx: tx.run(QUALIFIED))
    assert (licence["id"], licence["licence"], str(licence["valid_to"])) == ("v", "NURSE", "2026-06-02")
    (books,) = await store.read(lambda tx: tx.run(BOOKS))
    assert books["sum"] == 0


async def test_the_same_presentation_and_the_same_entries_count_once(store):
    both = await regions(store)
    nonce, credential = await both.nonce(), both.credential()
    presented = Presented(presentation=both.presentation(credential, nonce), nonce=nonce)
    first = (await recognise(both.ws, volunteer("v"), both.trusted(), presented)).value
    again = (await recognise(both.ws, volunteer("v"), both.trusted(), presented)).value
    assert (first.state, again.verdict) == (CaseState.DECIDED, VerdictCode.REPLAYED)
    later = await both.recognise(volunteer("v"), both.credential(jti="urn:credential:2"))
    assert reasons(later)["s1"] == (Outcome.REFUSED, Reason.ALREADY_COUNTED)
    assert (await standing(store, "v"))["minutes"] == 180


async def test_a_crashed_call_that_is_sent_again_gets_the_answer_it_got(store):
    both = await regions(store)
    nonce = await both.nonce()
    presented = Presented(presentation=both.presentation(both.credential(), nonce), nonce=nonce)
    sent = [
        await recognise(both.ws, volunteer("v"), both.trusted(), presented, idempotency_key="k")
        for _ in range(2)
    ]
    assert [each.replayed for each in sent] == [False, True]
    assert sent[0].value == sent[1].value


async def test_services_that_overlap_what_counts_wait_and_are_never_counted_twice(store):
    both = await regions(store)
    await both.recognise(volunteer("v"))
    told = [Selective(entry("x1", 99)), Selective(entry("x2", 10))]
    found = await both.recognise(volunteer("v"), both.credential(jti="urn:credential:3", entries=told))
    assert reasons(found)["x1"] == (Outcome.REVIEW, Reason.OVERLAPS_COUNTED)
    assert reasons(found)["x2"] == (Outcome.ACCEPTED, Reason.ACCEPTED_IN_FULL)
    choice = Choice(kind="HOURS", subject="x1", accept=True)
    with pytest.raises(ConflictError, match="counted already"):
        await review_case(both.ws, lead(), found.case_id or "", [choice], reason="seen", expected_version=1)
    refused = Choice(kind="HOURS", subject="x1", accept=False)
    decided = await review_case(
        both.ws, lead(), found.case_id or "", [refused], reason="the same afternoon", expected_version=1
    )
    assert decided.value.state is CaseState.DECIDED
    assert (await standing(store, "v"))["minutes"] == 300


async def test_somebody_elses_credential_waits_for_a_person_and_nobody_decides_on_their_own(store):
    both = await regions(store)
    found = await both.recognise(worker(), volunteer_id="w")
    assert found.state is CaseState.REVIEW
    assert {reason for _, reason in reasons(found).values()} == {Reason.HOLDER_UNLIKE_RECORD}
    assert await hours(store) == []
    choices = [Choice(kind="HOURS", subject="s1", accept=True)]
    for actor, error in ((worker(), SeparationOfDutiesError), (volunteer("w"), NotPermittedError)):
        with pytest.raises(error):
            await review_case(both.ws, actor, found.case_id or "", choices, reason="ok", expected_version=1)
    await review_case(
        both.ws, lead(), found.case_id or "", choices, reason="ids compared", expected_version=1
    )
    assert (await standing(store, "w"))["minutes"] == 120


async def test_a_key_is_one_volunteers_and_a_credential_too(store):
    both = await regions(store)
    await both.recognise(volunteer("v"))
    with pytest.raises(ConflictError, match="another volunteer"):
        await both.recognise(worker(), volunteer_id="w")
    stranger = SigningKey.generate()
    with pytest.raises(ConflictError, match="another volunteer"):
        await both.recognise(worker(), both.credential(holder=stranger), holder=stranger, volunteer_id="w")
    with pytest.raises(NotPermittedError, match="their own"):
        await both.recognise(volunteer("v"), volunteer_id="w")


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        ({"state": "SUSPENDED"}, VerdictCode.AGREEMENT_SUSPENDED),
        ({"revoked": 1}, VerdictCode.REVOKED),
        ({"revoked": 2}, VerdictCode.SUSPENDED),
    ],
    ids=["agreement suspended", "revoked", "credential suspended"],
)
async def test_what_does_not_hold_changes_nothing(memory_store, spoil, verdict):
    both = await regions(memory_store)
    both.state = spoil.get("state", "ACTIVE")
    both.statuses[7] = spoil.get("revoked", 0)
    found = await both.recognise(volunteer("v"))
    assert (found.verdict, found.case_id) == (verdict, None)
    assert await hours(memory_store) == []


async def test_a_source_that_revokes_takes_its_claims_along_and_they_come_back_with_a_new_credential(store):
    both = await regions(store)
    found = await both.recognise(volunteer("v"))
    both.statuses[7] = 1
    report = await tick_recognition(both.ws, worker(), both.trusted())
    assert (report.looked_at, report.revoked) == (1, 1)
    held = await standing(store, "v")
    assert (held["minutes"], held["recognised"] or []) == (0, [])
    assert {row[2] for row in await hours(store)} == {"REVERSED"}
    assert (await tick_recognition(both.ws, worker(), both.trusted())).looked_at == 0
    with pytest.raises(TransitionError):
        await withdraw_case(both.ws, lead(), found.case_id or "", reason="again", expected_version=2)
    again = await both.recognise(volunteer("v"), both.credential(jti="urn:credential:2", place=8))
    assert again.state is CaseState.DECIDED
    assert (await standing(store, "v"))["minutes"] == 180


@pytest.mark.parametrize(("after_end", "minutes"), [("keep", 180), ("withdraw", 0)])
async def test_an_agreement_that_ends_takes_along_what_it_said_it_would(memory_store, after_end, minutes):
    both = await regions(memory_store, after_end=after_end)
    await both.recognise(volunteer("v"))
    both.state = "TERMINATED"
    await tick_recognition(both.ws, worker(), both.trusted())
    assert (await standing(memory_store, "v"))["minutes"] == minutes


async def test_an_appeal_is_decided_by_somebody_who_had_no_part_in_the_case(store):
    both = await regions(store, kinds=["SKILL"])
    found = await both.recognise(worker(), volunteer_id="v")
    assert reasons(found)["s1"] == (Outcome.REFUSED, Reason.KIND_NOT_AGREED)
    case_id = found.case_id or ""
    raised = await appeal(both.ws, volunteer("v"), case_id, reason="the agreement was renewed")
    with pytest.raises(ConflictError, match="open already"):
        await appeal(both.ws, volunteer("v"), case_id, reason="again")
    assert raised.value.raised_by == "account-v"
    choices = [Choice(kind="HOURS", subject="s1", accept=True)]
    with pytest.raises(SeparationOfDutiesError):
        await decide_appeal(both.ws, worker(), case_id, choices, decision="so", expected_version=2)
    upheld = await decide_appeal(both.ws, lead(), case_id, choices, decision="renewed", expected_version=2)
    assert reasons(upheld.value)["s1"][0] is Outcome.ACCEPTED
    assert (await standing(store, "v"))["minutes"] == 120


async def test_a_case_keeps_no_more_of_a_person_than_was_shown(memory_store):
    both = await regions(memory_store)
    await both.recognise(volunteer("v"))
    kept = Statement("MATCH (n:RecognitionCase) RETURN n.claims AS claims", Access.READ)
    (row,) = await memory_store.read(lambda tx: tx.run(kept))
    claims = json.loads(str(row["claims"]))["claims"]
    assert not {"name", "birthdate", "phone"} & set(claims)
