"""Purposes change by consent or filing, by two people, from a day on; and who then qualifies is known before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from domain.funds import ImprestTerms
from domain.giving import EarmarkKind, FundType, Restriction
from domain.needs import NeedCategory
from domain.people import LowIncomeCategory
from domain.purposes import BeneficiaryScope, Earmark, Purpose, PurposeGround, PurposeState, QualifyingChange
from graph.earmarks import create_earmark, earmark_as_it_is
from graph.reads.funds import fund_by_id
from graph.reads.qualifying import page_of_changed_needs, towns_of_changed_needs
from tests.builders import CITY, NOW, OTHER_TOWN, TOWN, workspace
from tests.workflows.funds.charity import (
    APPROVER,
    CLOCK,
    EDUCATION,
    MEDICAL,
    OFFICER,
    STRANGER,
    TODAY,
    a_charity,
    approve,
    give,
    opened,
    the_world,
    versions,
)
from workflows.funds.purposes import (
    NewPurpose,
    bring_purposes_into_force,
    decide_purpose,
    propose_purpose,
)
from workflows.funds.qualifying import wall_change_of

WIDER = replace(
    EDUCATION,
    restriction=Restriction(categories=frozenset({NeedCategory.EDUCATION, NeedCategory.MEDICAL_COST})),
)
VILLAGE = f"{TOWN}320582100001/"


def change(fund_id, purpose=WIDER, **values) -> NewPurpose:
    base = {"effective_from": TODAY, "ground": PurposeGround.FILING, "reference": "备案 2026-7"}
    return NewPurpose(**{**base, "fund_id": fund_id, "purpose": purpose, **values})


async def categories(ws, fund_id):
    return (await ws.store.read(lambda tx: fund_by_id(tx, OFFICER, fund_id))).categories


async def test_a_purpose_changes_when_a_second_person_agrees_and_history_stays(store):
    ws = await a_charity(store)
    fund = await opened(ws)
    row = (await propose_purpose(ws, OFFICER, change(fund))).value
    assert (row.number, row.state) == (2, PurposeState.PROPOSED)
    assert await categories(ws, fund) == ("EDUCATION",)
    await decide_purpose(ws, APPROVER, row.id, approve())
    assert await categories(ws, fund) == ("EDUCATION", "MEDICAL_COST")
    first, second = await versions(ws, fund)
    assert (first.state, first.purpose) == (PurposeState.SUPERSEDED, EDUCATION)
    assert (second.state, second.purpose, second.reference) == (PurposeState.IN_FORCE, WIDER, "备案 2026-7")
    assert (second.proposed_by, second.decided_by) == ("officer", "approver")


async def test_a_fund_from_before_there_were_versions_keeps_its_first_purpose(store):
    ws = await a_charity(store)
    row = (await propose_purpose(ws, OFFICER, change("general"))).value
    await decide_purpose(ws, APPROVER, row.id, approve())
    first, second = await versions(ws, "general")
    assert (first.purpose, first.state) == (Purpose(), PurposeState.SUPERSEDED)
    assert second.number == 2


async def test_an_approved_purpose_waits_for_its_day(store):
    ws = await a_charity(store)
    fund = await opened(ws)
    day = TODAY + timedelta(days=2)
    row = (await propose_purpose(ws, OFFICER, change(fund, effective_from=day))).value
    approved = await decide_purpose(ws, APPROVER, row.id, approve())
    assert (approved.state, approved.effective_from) == (PurposeState.APPROVED, day)
    assert (await bring_purposes_into_force(ws, CLOCK)).in_force == ()
    assert await categories(ws, fund) == ("EDUCATION",)
    later = workspace(store, now=NOW + timedelta(days=2))
    assert (await bring_purposes_into_force(later, CLOCK)).in_force == (row.id,)
    assert await categories(ws, fund) == ("EDUCATION", "MEDICAL_COST")
    assert (await bring_purposes_into_force(later, CLOCK)).in_force == ()
    with pytest.raises(NotPermittedError):
        await bring_purposes_into_force(later, OFFICER)


@pytest.mark.parametrize(
    ("values", "error", "rule"),
    [
        ({"ground": PurposeGround.AGREEMENT}, InvalidInputError, "HC-11"),
        ({"ground": PurposeGround.DONOR_CONSENT}, InvalidInputError, "HC-11"),
        ({"effective_from": TODAY - timedelta(days=1)}, InvalidInputError, None),
        ({"reference": " "}, InvalidInputError, None),
        ({"purpose": Purpose()}, InvalidInputError, "HC-15"),
    ],
)
async def test_a_change_without_its_ground_is_refused(memory_store, values, error, rule):
    ws = await a_charity(memory_store)
    fund = await opened(ws)
    with pytest.raises(error) as refused:
        await propose_purpose(ws, OFFICER, change(fund, **values))
    assert refused.value.context.get("rule") == rule


async def test_the_purpose_of_a_trust_is_fixed(memory_store):
    ws = await a_charity(memory_store)
    purpose = replace(EDUCATION, beneficiary_scope=BeneficiaryScope.HOUSEHOLDS)
    trust = await opened(ws, type=FundType.TRUST, purpose=purpose)
    with pytest.raises(ConflictError) as refused:
        await propose_purpose(
            ws, OFFICER, change(trust, replace(WIDER, beneficiary_scope=BeneficiaryScope.HOUSEHOLDS))
        )
    assert refused.value.context["rule"] == "HC-16"


async def test_an_imprest_stays_inside_what_it_is_drawn_from(memory_store):
    ws = await a_charity(memory_store)
    school = await opened(ws, type=FundType.PROGRAMME)
    await give(ws, school, 1_000)
    terms = ImprestTerms(float_fen=500, pay_first_fen=100)
    imprest = await opened(ws, type=FundType.IMPREST, parent_id=school, terms=terms)
    with pytest.raises(InvalidInputError) as refused:
        await propose_purpose(ws, OFFICER, change(imprest, MEDICAL))
    assert (refused.value.context["field"], refused.value.context["rule"]) == ("categories", "HC-11")
    lower = ImprestTerms(float_fen=300, pay_first_fen=100)
    row = (await propose_purpose(ws, OFFICER, change(imprest, EDUCATION, terms=lower))).value
    await decide_purpose(ws, APPROVER, row.id, approve())
    seen = await ws.store.read(lambda tx: fund_by_id(tx, OFFICER, imprest))
    assert (seen.float_fen, seen.available_fen) == (300, 500)


async def test_a_charity_without_leave_to_raise_money_files_nothing(memory_store):
    ws = await a_charity(memory_store)
    with pytest.raises(InvalidInputError) as refused:
        await propose_purpose(ws, STRANGER, change("theirs"))
    assert (refused.value.context["field"], refused.value.context["rule"]) == ("ground", "HC-11")


async def test_consent_is_that_of_every_donor(store):
    world = the_world()
    for n, donor in enumerate(("ann", "ann", "bob")):
        world.donation(f"gift-{n}", "general", donor_id=donor)
    world.donation("elsewhere", "theirs", donor_id="ann")
    ws = await a_charity(store, world)
    asked = change("general", ground=PurposeGround.DONOR_CONSENT, consent_donation_id="gift-0")
    with pytest.raises(ConflictError) as refused:
        await propose_purpose(ws, OFFICER, asked)
    assert refused.value.context["others"] == 1
    with pytest.raises(NotFoundError):
        await propose_purpose(ws, OFFICER, replace(asked, consent_donation_id="elsewhere"))


async def an_earmark(ws, fund_id, purpose=EDUCATION, **values):
    mark = Earmark(
        id="mark", fund_id=fund_id, kind=EarmarkKind.DONOR, name="只助学", purpose=purpose, region_path=CITY, **values
    )  # fmt: skip
    await ws.store.write(lambda tx: create_earmark(tx, mark))


async def test_an_earmark_changes_by_its_own_donors_consent(store):
    world = the_world()
    world.donation("gift", "general", donor_id="ann", earmark_id="mark")
    world.donation("other", "general", donor_id="bob")
    ws = await a_charity(store, world)
    await an_earmark(ws, "general", donation_id="gift")
    asked = change(
        "general", earmark_id="mark", ground=PurposeGround.DONOR_CONSENT, consent_donation_id="other"
    )
    with pytest.raises(InvalidInputError):
        await propose_purpose(ws, OFFICER, asked)
    row = (await propose_purpose(ws, OFFICER, replace(asked, consent_donation_id="gift"))).value
    await decide_purpose(ws, APPROVER, row.id, approve())
    assert (await ws.store.read(lambda tx: earmark_as_it_is(tx, "mark"))).purpose == WIDER


async def test_a_wall_does_not_move_past_what_lies_inside(store):
    ws = await a_charity(store)
    fund = await opened(ws)
    await an_earmark(ws, fund)
    with pytest.raises(ConflictError) as refused:
        await propose_purpose(ws, OFFICER, change(fund, MEDICAL))
    assert (refused.value.context["earmark"], refused.value.context["axis"]) == ("只助学", "categories")


async def test_one_change_waits_at_a_time(store):
    ws = await a_charity(store)
    fund = await opened(ws)
    await propose_purpose(ws, OFFICER, change(fund))
    with pytest.raises(ConflictError):
        await propose_purpose(ws, OFFICER, change(fund))
    with pytest.raises(NotFoundError):
        await propose_purpose(ws, STRANGER, change(fund))


async def a_town(store):
    world = the_world()
    money = {"amount_fen": 10_000, "kind": "CASH"}
    for key, values in {
        "study": {"category": "EDUCATION"},
        "ill": {"category": "MEDICAL_COST", "path": VILLAGE},
        "ill-too": {"category": "MEDICAL_COST", "path": TOWN},
        "ill-over": {"category": "MEDICAL_COST", "state": "CLOSED"},
        "ill-away": {"category": "MEDICAL_COST", "path": OTHER_TOWN},
        "ill-unasked": {"category": "MEDICAL_COST", "consent_recorded": False},
        "ill-no-money": {"category": "MEDICAL_COST", "amount_fen": 0},
        "poor": {"category": "LIVING_AID", "situations": ["TEKUN"]},
        "clinic": {"category": "MEDICAL_COST", "subject_kind": "INSTITUTION", "subject_id": "firm"},
    }.items():
        world.need(key, **{**money, **values})
    return await a_charity(store, world)


async def asked_of(ws, key, way, actor=OFFICER):
    async def read(tx):
        walls = await wall_change_of(tx, actor, key, today=TODAY)
        needs = await page_of_changed_needs(tx, actor, walls, way, first=2, with_total=True)
        return needs, await towns_of_changed_needs(tx, actor, walls, way)

    return await ws.store.read(read)


async def test_who_newly_qualifies_is_listed_masked_and_counted_by_town(store):
    ws = await a_town(store)
    fund = await opened(ws, purpose=replace(EDUCATION, beneficiary_scope=BeneficiaryScope.HOUSEHOLDS))
    wider = replace(WIDER, beneficiary_scope=BeneficiaryScope.HOUSEHOLDS)
    row = (await propose_purpose(ws, OFFICER, change(fund, wider))).value
    needs, towns = await asked_of(ws, row.id, QualifyingChange.NEWLY)
    assert [need.id for need in needs.rows] == ["ill", "ill-too"]
    assert (needs.has_next, needs.total_count) == (False, 2)
    assert all(need.subject_id is None and need.situations == () for need in needs.rows)
    assert [(town.region_path, town.needs, town.amount_fen) for town in towns] == [(TOWN, 2, 20_000)]
    gone, _ = await asked_of(ws, row.id, QualifyingChange.NO_LONGER)
    assert gone.total_count == 0
    with pytest.raises(NotFoundError):
        await asked_of(ws, row.id, QualifyingChange.NEWLY, STRANGER)


async def test_who_no_longer_qualifies_is_listed_too(store):
    ws = await a_town(store)
    registered = Purpose(
        restriction=Restriction(
            categories=frozenset({NeedCategory.LIVING_AID}), situations=frozenset({LowIncomeCategory.TEKUN})
        ),
        beneficiary_scope=BeneficiaryScope.REGISTERED,
    )
    row = (await propose_purpose(ws, OFFICER, change("general", registered))).value
    gone, _ = await asked_of(ws, row.id, QualifyingChange.NO_LONGER)
    assert gone.total_count == 4  # all of the city's but the one that stays inside
    kept, _ = await asked_of(ws, row.id, QualifyingChange.NEWLY)
    assert kept.total_count == 0


async def test_all_that_a_new_fund_takes_in_is_new(store):
    ws = await a_town(store)
    fund = await opened(ws)
    needs, _ = await asked_of(ws, f"{fund}:0001", QualifyingChange.NEWLY)
    assert [need.id for need in needs.rows] == ["study"]
    ended, _ = await asked_of(ws, f"{fund}:0001", QualifyingChange.NO_LONGER)
    assert ended.total_count == 0
