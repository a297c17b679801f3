"""Every rule of a round is asked of a gift that people make, and its refusal names rule, fund and need."""

import pytest

from domain.allocations import DisclosureKind
from domain.errors import ConflictError, InsufficientFundsError, NotFoundError
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from graph.ledger.posting import post
from graph.unit_of_work import UnitOfWork
from tests.builders import TOWN
from tests.workflows.allocations.gifts import (
    ASKER,
    FIRST,
    SECOND,
    approved,
    book,
    duties_seen,
    given,
    in_days,
    opened,
    paid,
    senior,
    town,
)

TABLE = [
    ("HC-06", "fund", 30_000, {"verified_by": None}),
    ("HC-11", "schools", 30_000, {}),
    ("HC-11", "orphans", 30_000, {}),
    ("HC-11", "abroad", 30_000, {}),
    ("HC-14", "over", 30_000, {}),
    ("HC-12", "poor", 30_000, {}),
    ("HC-12", "capped", 20_001, {}),
    ("HC-13", "managed", 30_000, {}),
    ("HC-16", "trust", 30_000, {}),
    ("HC-19", "fund", 50_001, {"kind": "WISH", "amount_fen": 60_000}),
    ("HC-19", "fund", 3_000_001, {"amount_fen": 4_000_000}),
    ("HC-20", "fund", 30_001, {}),
    ("HC-20", "fund", 10_001, {"policy_aid_fen": 15_000, "insurance_fen": 5_000}),
    ("HC-22", "fund", 30_000, {"consent_recorded": False}),
]


@pytest.mark.parametrize(("rule", "fund", "amount_fen", "need"), TABLE)
async def test_a_gift_against_a_rule_is_refused_by_its_name(memory_store, rule, fund, amount_fen, need):
    ws = await opened(memory_store, **need)
    before = await book(ws, fund)
    with pytest.raises(ConflictError) as refused:
        await given(ws, amount_fen, fund_id=fund)
    told = refused.value.context
    assert (told["rule"], told["fund"], told["need"]) == (rule, fund, "need")
    assert await book(ws, fund) == before
    assert isinstance(refused.value, InsufficientFundsError) == (fund == "poor")
    if rule == "HC-13":
        assert told["path"] == "aunt>member"


async def test_a_gift_within_every_rule_is_made_on_each_engine(store):
    ws = await opened(store)
    assert (await given(ws, 30_000, fund_id="fund")).amount_fen == 30_000
    with pytest.raises(ConflictError) as refused:
        await given(ws, 1, fund_id="special")
    assert refused.value.context["rule"] == "HC-20"  # the gap is full


async def test_gifts_in_parts_do_not_pass_a_cap_or_a_ceiling_that_one_may_not(memory_store):
    world = town(amount_fen=4_000_000)
    world.need("next", kind="CASH", subject_id="home", amount_fen=4_000_000)
    ws = await opened(memory_store, world)
    await given(ws, 20_000, fund_id="capped")
    with pytest.raises(ConflictError) as refused:
        await given(ws, 1, fund_id="capped")
    assert refused.value.context["rule"] == "HC-12"
    await given(ws, 2_000_000)
    with pytest.raises(ConflictError) as refused:
        await given(ws, 980_001, need_id="next")
    assert refused.value.context["rule"] == "HC-19"
    assert (await given(ws, 980_000, need_id="next")).amount_fen == 980_000


async def test_a_household_has_one_wish_at_a_time_whoever_grants_it(memory_store):
    world = town(kind="WISH")
    world.need("second", kind="WISH", subject_id="home", amount_fen=10_000)
    ws = await opened(memory_store, world)
    await given(ws)
    with pytest.raises(ConflictError) as refused:
        await given(ws, 10_000, need_id="second")
    assert refused.value.context["rule"] == "HC-19"


async def test_both_walls_hold_an_earmark_and_its_money_is_its_own(memory_store):
    world = town()
    for key, values in (
        ("meals", {"categories": ["LIVING_AID"]}),
        ("books", {"categories": ["EDUCATION"]}),
        ("little", {"case_cap_fen": 5}),
    ):
        world.add(
            "Earmark",
            id=key,
            fund_id="fund",
            kind="DONOR",
            name=key,
            region_path=TOWN,
            version=1,
            **{"categories": [], "situations": [], "restricted_regions": [], **values},
        )
    ws = await opened(memory_store, world)
    with pytest.raises(InsufficientFundsError):
        await given(ws, 10, earmark_id="meals")
    gifts = [
        FundPosting(
            fund_id="fund",
            earmark_id=key,
            kind=FundEntryKind.RECEIVE,
            amount_fen=100,
            source_kind=EntrySource.DONATION,
            source_id=key,
        )
        for key in ("meals", "books", "little")
    ]
    await UnitOfWork(ws.store, ws.clock).run(ASKER, lambda tx: post(tx, gifts))
    gift = await given(ws, 10, earmark_id="meals")
    assert gift.earmark_id == "meals"
    assert await book(ws, earmark_id="meals") == (90, 10, 0)
    for key, rule in (("books", "HC-11"), ("little", "HC-12")):
        with pytest.raises(ConflictError) as refused:
            await given(ws, 10, earmark_id=key)
        assert (refused.value.context["rule"], refused.value.context["earmark"]) == (rule, key)
    await paid(ws, await approved(ws, gift))
    assert await book(ws, earmark_id="meals") == (90, 0, 10)
    with pytest.raises((NotFoundError, InsufficientFundsError)):
        await given(ws, 10, earmark_id="nobody's")


async def test_a_gift_to_a_donor_s_kin_is_looked_at_by_two_and_told_within_thirty_days(store):
    world = town()
    world.donation("gift", "fund", donor_id="aunt", amount_fen=1_000)
    ws = await opened(store, world)
    gift = await given(ws)
    assert (gift.related_party, gift.related_path, gift.approvals_wanted) == (True, "aunt>member", 2)
    await paid(ws, await approved(ws, gift, SECOND, FIRST))
    due = {duty.kind: duty.due_on for duty in await duties_seen(ws)}
    assert due == {
        DisclosureKind.PROJECT: in_days(90).date(),
        DisclosureKind.RELATED_PARTY: in_days(30).date(),
    }


async def test_a_gift_that_was_returned_joins_nobody(memory_store):
    world = town()
    world.donation("gift", "fund", donor_id="aunt", state="RETURNED")
    assert not (await given(await opened(memory_store, world))).related_party


async def test_a_large_payment_is_a_major_item(memory_store):
    world = town()
    world.organisation("home-for-the-aged", kind="INSTITUTION")
    world.need(
        "roof",
        kind="WORKS",
        category="HOUSING",
        subject_kind="INSTITUTION",
        subject_id="home-for-the-aged",
        amount_fen=10_000_000,
    )
    ws = await opened(memory_store, world)
    gift = await given(ws, 10_000_000, need_id="roof")
    await paid(ws, await approved(ws, gift, FIRST, SECOND, senior()))
    assert {duty.kind for duty in await duties_seen(ws)} == {
        DisclosureKind.PROJECT,
        DisclosureKind.MAJOR_ITEM,
    }
    assert [duty.kind for duty in await duties_seen(ws, due_before=in_days(31).date())] == [
        DisclosureKind.MAJOR_ITEM
    ]
