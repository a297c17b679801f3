"""Charities are told that sums wait for a yes, and givers, once, what became of their gift."""

from dataclasses import replace

from domain.actors import Purpose, Role, Scope
from domain.giving import DonationSource
from domain.notices import Channel, NoticeCode
from graph.notices import ContactPreference, count_messages, page_of_notices, set_preference
from graph.unit_of_work import UnitOfWork
from locales import Locale
from tests.builders import CITY, officer, worker
from tests.workflows.allocations.gifts import (
    ASKER,
    FIRST,
    SECOND,
    allocation_now,
    approved,
    given,
    opened,
    paid,
    shown,
    told,
    town,
)
from tests.workflows.rounds import REQUEST
from workflows.donations.posting import post_donation
from workflows.donations.receipts import issue_receipt
from workflows.donations.recording import Donor, NewGift, record_donation
from workflows.donations.steps import GiftStep
from workflows.notices.wording import worded
from workflows.people import matcher_actor
from workflows.rounds.running import publish_round, run_round

GIVER = replace(
    officer("giver", actor_id="giver-office"),
    roles=frozenset({Role.FEDERATION_OFFICER}),
    scope=Scope(region_paths=(CITY,), organisation_ids=("giver",), purpose=Purpose.GIVING),
)


async def notices(ws, actor):
    return (await ws.store.read(lambda tx: page_of_notices(tx, actor))).rows


async def test_a_charity_is_told_of_a_sum_that_waits_and_again_for_each_person_it_takes(store):
    ws = await opened(store, amount_fen=600_000)
    allocation = await given(ws, 600_000)
    await approved(ws, allocation, FIRST)
    await approved(ws, await allocation_now(ws, allocation.id), SECOND)
    found = await notices(ws, ASKER)
    assert [(n.code, n.subject_id) for n in found] == [(NoticeCode.GIFT_TO_APPROVE, allocation.id)] * 2
    title, body = worded(found[0], Locale.EN)
    assert (title, "6,000.00 yuan" in body) == ("Money waits for your yes", True)


async def test_a_round_tells_each_charity_once_of_all_its_sums(memory_store):
    world = town()
    for number in range(3):
        world.need(f"more-{number}", kind="CASH", amount_fen=10_000)
    ws = await opened(memory_store, world)
    row = (await run_round(ws, matcher_actor(), REQUEST)).round
    await publish_round(ws, worker(), row.id, expected_version=1, idempotency_key="publish")
    found = [n for who in (ASKER, officer("other-charity")) for n in await notices(ws, who)]
    assert {n.subject_id for n in found} == {row.id}
    assert sum(int(n.parameters["gifts"]) for n in found) == 4


async def test_a_giver_is_told_once_by_the_ways_they_chose_when_money_reaches_their_gift(store):
    world = town(amount_fen=60_000)
    world.organisation("giver", kind="ENTERPRISE")
    world.organisation("later-giver", kind="ENTERPRISE")
    world.fund("new", "charity", received_fen=0)
    ws = await opened(store, world)
    for donor, fen in (("giver", 50_000), ("later-giver", 50_000)):
        new = NewGift(
            fund_id="new",
            donor=Donor(name=donor, organisation_id=donor),
            amount_fen=fen,
            channel=DonationSource.BANK,
        )
        gift = (await record_donation(ws, ASKER, new)).value
        for step in (issue_receipt, post_donation):
            await step(ws, ASKER, GiftStep(donation_id=gift.id))
    mail = ContactPreference(channels=(Channel.MAIL,), mail_address="giver@example.org")

    async def prefer(tx):
        await set_preference(tx, "giver", mail)
        tx.record("contact.set", "giver")

    await UnitOfWork(ws.store, ws.clock).run(ASKER, prefer)
    for _ in range(2):
        allocation = await paid(ws, await approved(ws, await given(ws, 20_000, fund_id="new")))
        await told(ws, await shown(ws, allocation))
    (found,) = await notices(ws, GIVER)
    assert found.code is NoticeCode.GIFT_HAS_HELPED
    assert "500.00 yuan" in worded(found, Locale.EN)[1]
    assert sum((await ws.store.read(count_messages)).values()) == 1
    later = replace(GIVER, scope=replace(GIVER.scope, organisation_ids=("later-giver",)))
    assert not await notices(ws, later)
