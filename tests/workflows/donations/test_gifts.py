"""A gift from its pledge to its fund and back."""

from datetime import date, timedelta

import pytest

from domain.donations import ChangeGround, DonorKind, ForeignAmount
from domain.errors import (
    ConflictError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.giving import DonationSource, DonationState, Restriction
from domain.ledger import EntrySource, FundAccount, FundEntryKind, FundPosting
from domain.needs import NeedCategory
from domain.purposes import Purpose
from graph.earmarks import find_earmarks
from graph.ledger.balances import book_balances
from graph.ledger.posting import post
from graph.ledger.proof import prove
from graph.reads.donations import (
    DonationFilter,
    changes_of_donations,
    donations_by_ids,
    page_of_donations,
)
from graph.unit_of_work import UnitOfWork
from locales import Locale
from tests.builders import NOW, World, officer, worker
from tests.workflows.donations.conftest import OFFICER, OTHER, STRANGER, gift
from workflows.donations.changes import (
    NewPurpose,
    allow_purpose_change,
    ask_purpose_change,
    withdraw_purpose_change,
)
from workflows.donations.duplicates import clear_duplicate, flag_duplicates
from workflows.donations.posting import Correction, NewEarmark, Placing, correct_donation, post_donation
from workflows.donations.receipts import issue_receipt, print_receipt
from workflows.donations.recording import (
    Donor,
    Received,
    cancel_pledge,
    pledge_donation,
    receive_donation,
    record_donation,
)
from workflows.donations.returning import refund_donation
from workflows.donations.steps import GiftStep

IN_THE_FUND = Placing()


def step(row, key=None):
    return GiftStep(donation_id=row.id, expected_version=row.version, idempotency_key=key)


async def book(ws, fund="general", earmark=None):
    found = await ws.store.read(lambda tx: book_balances(tx, [fund]))
    return found.get((fund, earmark), dict.fromkeys(FundAccount, 0))


async def posted(ws, amount_fen=10_000, placing=IN_THE_FUND, **given):
    made = (await record_donation(ws, OFFICER, gift(amount_fen, **given))).value
    made = (await issue_receipt(ws, OFFICER, step(made))).value
    return (await post_donation(ws, OFFICER, step(made), placing)).value


async def reserve(ws, amount_fen, fund="general"):
    posting = FundPosting(
        fund_id=fund,
        kind=FundEntryKind.RESERVE,
        amount_fen=amount_fen,
        source_kind=EntrySource.ALLOCATION,
        source_id=f"a{amount_fen}",
    )
    await UnitOfWork(ws.store, ws.clock).run(OFFICER, lambda tx: post(tx, [posting]))


async def test_a_pledge_comes_gets_its_receipt_and_is_posted(ws):
    pledged = (await pledge_donation(ws, OFFICER, gift(), idempotency_key="p")).value
    assert (pledged.state, pledged.version) == (DonationState.PLEDGED, 1)
    came = Received(amount_fen=9_999, received_on=date(2026, 3, 2), reference="T-1")
    received = (await receive_donation(ws, OFFICER, step(pledged, "r"), came)).value
    assert (received.amount_fen, received.reference) == (9_999, "T-1")
    with pytest.raises(TransitionError):
        await post_donation(ws, OFFICER, step(received))
    receipted = (await issue_receipt(ws, OFFICER, step(received, "n"))).value
    assert receipted.receipt_number == "JZPJ-320582-2026-000001-69"
    done = await post_donation(ws, OFFICER, step(receipted, "b"))
    again = await post_donation(ws, OFFICER, step(receipted, "b"))
    assert (done.replayed, again.replayed, again.value) == (False, True, done.value)
    assert done.value.state is DonationState.POSTED
    held = await book(ws)
    assert (held[FundAccount.RECEIVED], held[FundAccount.AVAILABLE]) == (-9_999, 9_999)
    seen = await ws.store.read(lambda tx: donations_by_ids(tx, OFFICER, [pledged.id]))
    assert seen[pledged.id] == done.value


async def test_steps_hold_to_the_version_that_was_read_and_to_the_charity(ws):
    made = (await record_donation(ws, OFFICER, gift())).value
    await issue_receipt(ws, OFFICER, step(made))
    with pytest.raises(StaleVersionError):
        await post_donation(ws, OFFICER, step(made))
    with pytest.raises(NotFoundError):
        await issue_receipt(ws, STRANGER, step(made))
    with pytest.raises(NotFoundError):
        await record_donation(ws, STRANGER, gift())
    with pytest.raises(NotPermittedError):
        await record_donation(ws, worker(), gift())


async def test_a_pledge_that_nobody_keeps_is_cancelled_and_stays_so(ws):
    made = (await pledge_donation(ws, OFFICER, gift())).value
    gone = (await cancel_pledge(ws, OFFICER, step(made), reason="捐赠人撤回")).value
    assert gone.state is DonationState.CANCELLED
    with pytest.raises(TransitionError):
        await receive_donation(ws, OFFICER, step(gone), Received())


async def test_gifts_of_every_kind_are_taken_down_as_they_came(ws):
    handed_on = (await record_donation(ws, OFFICER, gift(donor=Donor(name="王建国转来李秀英捐款")))).value
    assert (handed_on.donor_name, handed_on.passed_on_for) == ("王建国", "李秀英")
    unnamed = (await record_donation(ws, OFFICER, gift(1, donor=None))).value
    assert (unnamed.donor_name, unnamed.donor_kind, unnamed.amount_fen) == (None, DonorKind.ANONYMOUS, 1)
    foreign = ForeignAmount(currency="USD", amount=12_345)
    abroad = (await record_donation(ws, OFFICER, gift(88_888, foreign=foreign))).value
    assert (abroad.currency, abroad.foreign_amount, abroad.amount_fen) == ("USD", 12_345, 88_888)
    firm = (
        await record_donation(ws, OFFICER, gift(donor=Donor(name="某某公司", organisation_id="quiet")))
    ).value
    assert firm.donor_kind is DonorKind.ORGANISATION
    for wrong in (
        gift(0),
        gift(-1),
        gift(donor=Donor(name=" ")),
        gift(given_on=NOW.date() + timedelta(days=2)),
    ):
        with pytest.raises(InvalidInputError):
            await record_donation(ws, OFFICER, wrong)
    with pytest.raises(InvalidInputError):
        ForeignAmount(currency="CNY", amount=1)


async def test_a_form_for_the_public_opens_for_qualified_charities_alone(ws):
    await pledge_donation(ws, OFFICER, gift(channel=DonationSource.ONLINE))
    asked = gift(fund_id="closed-door", channel=DonationSource.ONLINE)
    with pytest.raises(NotPermittedError) as refused:
        await pledge_donation(ws, officer("quiet"), asked)
    assert refused.value.context["rule"] == "HC-21"
    await pledge_donation(ws, officer("quiet"), gift(fund_id="closed-door"))


async def test_a_donors_wish_is_set_apart_or_said_to_be_the_funds_own(ws):
    with pytest.raises(InvalidInputError) as refused:
        await posted(ws, restriction_text="用于助学")
    assert refused.value.context["rule"] == "HC-11"
    purpose = Purpose(restriction=Restriction(categories=frozenset({NeedCategory.EDUCATION})))
    placing = Placing(earmark=NewEarmark(name="助学", purpose=purpose))
    first = await posted(ws, 5_000, placing, restriction_text="用于助学", reference="1")
    held = (await ws.store.read(lambda tx: find_earmarks(tx, [first.earmark_id])))[first.earmark_id]
    assert (held.donation_id, held.wording, held.purpose.restriction.categories) == (
        first.id,
        "用于助学",
        frozenset({NeedCategory.EDUCATION}),
    )
    second = await posted(
        ws, 3_000, Placing(earmark_id=first.earmark_id), restriction_text="助学", reference="2"
    )
    assert second.earmark_id == first.earmark_id
    await posted(ws, 700, Placing(fits_fund=True), restriction_text="请帮助困难群众", reference="3")
    assert (await book(ws, earmark=first.earmark_id))[FundAccount.AVAILABLE] == 8_000
    assert (await book(ws))[FundAccount.AVAILABLE] == 700
    with pytest.raises(NotFoundError):
        await posted(ws, 1, Placing(fund_id="medical", earmark_id=first.earmark_id), reference="4")
    both = officer("charity", "quiet")
    made = (await record_donation(ws, both, gift(2))).value
    made = (await issue_receipt(ws, both, step(made))).value
    with pytest.raises(ConflictError):
        await post_donation(ws, both, step(made), Placing(fund_id="closed-door"))


async def test_what_is_free_goes_back_in_parts_and_by_another_person(ws):
    made = await posted(ws)
    with pytest.raises(SeparationOfDutiesError):
        await refund_donation(ws, OFFICER, step(made), reason="捐赠人要求")
    part = (await refund_donation(ws, OTHER, step(made), amount_fen=4_000, reason="多付")).value
    assert (part.state, part.refunded_fen) == (DonationState.POSTED, 4_000)
    await reserve(ws, 5_000)
    with pytest.raises(InsufficientFundsError):
        await refund_donation(ws, OTHER, step(part), reason="全退")
    with pytest.raises(InvalidInputError):
        await refund_donation(ws, OTHER, step(part), amount_fen=6_001, reason="太多")
    rest = (await refund_donation(ws, OTHER, step(part), amount_fen=1_000, reason="再退")).value
    held = await book(ws)
    assert (rest.kept_fen, held[FundAccount.RETURNED], held[FundAccount.AVAILABLE]) == (5_000, 5_000, 0)


async def test_a_gift_that_is_not_posted_goes_back_whole_without_an_entry(ws):
    made = (await record_donation(ws, OFFICER, gift())).value
    with pytest.raises(ConflictError):
        await refund_donation(ws, OTHER, step(made), amount_fen=1, reason="一部分")
    back = (await refund_donation(ws, OTHER, step(made), reason="退回")).value
    assert back.state is DonationState.RETURNED
    assert sum(map(abs, (await book(ws)).values())) == 0


async def test_a_purpose_changes_when_the_donor_agreed_and_another_person_wrote_it_down(ws):
    made = await posted(ws)
    new = NewPurpose(fund_id="medical", ground=ChangeGround.DONOR_CONSENT, reason="项目已结束")
    pending = (await ask_purpose_change(ws, OFFICER, step(made), new)).value
    assert pending.state is DonationState.PURPOSE_CHANGE_PENDING
    assert (await book(ws))[FundAccount.AVAILABLE] == 10_000
    with pytest.raises(SeparationOfDutiesError):
        await allow_purpose_change(ws, OFFICER, step(pending), reference="函〔2026〕1号")
    moved = (await allow_purpose_change(ws, OTHER, step(pending), reference="函〔2026〕1号")).value
    assert (moved.state, moved.fund_id, len(moved.posting_ids)) == (DonationState.POSTED, "medical", 3)
    assert (await book(ws))[FundAccount.AVAILABLE] == 0
    assert (await book(ws, "medical"))[FundAccount.AVAILABLE] == 10_000
    (change,) = (await ws.store.read(lambda tx: changes_of_donations(tx, OFFICER, [made.id])))[made.id]
    assert (change.state, change.reference, change.decided_by) == ("CONSENTED", "函〔2026〕1号", OTHER.id)
    back = await correct_donation(ws, OTHER, step(moved), Correction(amount_fen=7_000, reason="金额登记错误"))
    assert (back.value.fund_id, back.value.amount_fen) == ("medical", 7_000)
    assert (await book(ws))[FundAccount.RECEIVED] == 0
    assert (await book(ws, "medical"))[FundAccount.RECEIVED] == -7_000
    assert (await prove(ws.store)).holds


async def test_a_change_of_purpose_is_withdrawn_or_lacks_its_ground(ws):
    made = await posted(ws)
    filing = NewPurpose(fund_id="medical", ground=ChangeGround.FILING, reason="剩余")
    pending = (await ask_purpose_change(ws, OFFICER, step(made), filing)).value
    with pytest.raises(TransitionError):
        await ask_purpose_change(ws, OFFICER, step(pending), filing)
    kept = (await withdraw_purpose_change(ws, OFFICER, step(pending), reason="捐赠人不同意")).value
    assert (kept.state, kept.fund_id) == (DonationState.POSTED, "general")
    same = NewPurpose(fund_id="general", ground=ChangeGround.DONOR_CONSENT, reason="无")
    with pytest.raises(InvalidInputError):
        await ask_purpose_change(ws, OFFICER, step(kept), same)
    whole = (await ask_purpose_change(ws, OFFICER, step(kept), filing)).value
    gone = (await refund_donation(ws, OTHER, step(whole), reason="退回")).value
    assert gone.state is DonationState.RETURNED
    changes = (await ws.store.read(lambda tx: changes_of_donations(tx, OFFICER, [made.id])))[made.id]
    assert [change.state for change in changes] == ["WITHDRAWN", "WITHDRAWN"]


async def test_a_wrong_posting_is_taken_back_and_posted_again_with_a_new_receipt(ws):
    made = await posted(ws)
    await reserve(ws, 6_000)
    with pytest.raises(SeparationOfDutiesError):
        await correct_donation(ws, OFFICER, step(made), Correction(amount_fen=6_000, reason="错"))
    with pytest.raises(InsufficientFundsError):
        await correct_donation(ws, OTHER, step(made), Correction(amount_fen=5_999, reason="错"))
    right = (await correct_donation(ws, OTHER, step(made), Correction(amount_fen=6_000, reason="错"))).value
    assert (right.amount_fen, right.receipt_number) == (6_000, "JZPJ-320582-2026-000002-66")
    assert (await book(ws))[FundAccount.RECEIVED] == -6_000
    with pytest.raises(InvalidInputError):
        await correct_donation(ws, OTHER, step(right), Correction(amount_fen=6_000, reason="同"))
    moved = Correction(placing=Placing(fund_id="medical"), reason="基金选错")
    with pytest.raises(InsufficientFundsError):
        await correct_donation(ws, OTHER, step(right), moved)


async def test_a_second_record_is_flagged_kept_and_not_posted_until_somebody_looked(ws):
    first = (await record_donation(ws, OFFICER, gift())).value
    second = (await record_donation(ws, OFFICER, gift(given_on=date(2026, 2, 25)))).value
    later = (await record_donation(ws, OFFICER, gift(given_on=date(2026, 2, 10)))).value
    assert (first.duplicate_of, second.duplicate_of, later.duplicate_of) == (None, first.id, None)
    second = (await issue_receipt(ws, OFFICER, step(second))).value
    with pytest.raises(ConflictError):
        await post_donation(ws, OFFICER, step(second))
    flagged = DonationFilter(flagged=True)
    page = await ws.store.read(lambda tx: page_of_donations(tx, OFFICER, filter=flagged, with_total=True))
    assert ([row.id for row in page.rows], page.total_count) == ([second.id], 1)
    cleared = (await clear_duplicate(ws, OFFICER, step(second), reason="同名两人")).value
    assert (await post_donation(ws, OFFICER, step(cleared))).value.state is DonationState.POSTED
    assert await flag_duplicates(ws, OFFICER) == {}
    with pytest.raises(ConflictError):
        await clear_duplicate(ws, OFFICER, step(first), reason="无此标记")


async def test_numbers_of_payments_tell_gifts_apart_where_both_are_known(ws):
    rows = [
        (await record_donation(ws, OFFICER, gift(reference=number))).value for number in ("A1", "A2", "a1")
    ]
    assert [row.duplicate_of for row in rows] == [None, None, rows[0].id]


async def test_a_day_at_the_calendars_end_and_an_unknown_one_are_compared_too(ws):
    rows = [
        (await pledge_donation(ws, OFFICER, gift(given_on=day))).value for day in (date.min, date.max, None)
    ]
    assert [row.duplicate_of for row in rows] == [None, None, rows[0].id]


async def test_gifts_that_two_files_list_are_flagged_by_the_job_and_never_put_together(ws):
    world = World()
    for i, (day, source) in enumerate(((1, "a"), (3, "b"), (20, "b"))):
        given = {"given_on": date(2026, 1, day), "source_id": source, "amount_fen": 500, "kind": "CASH"}
        world.donation(f"g{i}", "general", donor_id="", state="RECEIVED", donor_name="王建国", **given)
    await world.write(ws.store)
    assert await flag_duplicates(ws, STRANGER) == {}
    assert await flag_duplicates(ws, OFFICER) == {"g1": "g0"}
    assert await flag_duplicates(ws, OFFICER) == {}
    seen = await ws.store.read(lambda tx: donations_by_ids(tx, OFFICER, ["g0", "g1", "g2"]))
    assert [seen[key].duplicate_of for key in sorted(seen)] == [None, "g0", None]


async def test_a_receipt_is_printed_with_markup_as_it_is(ws):
    made = await posted(ws, donor=Donor(name="#evil $x$ [张三]"))
    receipt = await print_receipt(ws, OFFICER, made.id, address="https://zl.test", locale=Locale.EN)
    assert receipt.pdf.startswith(b"%PDF")
    again = await print_receipt(ws, OFFICER, made.id, address="https://zl.test", locale=Locale.EN)
    assert receipt.pdf == again.pdf
    pledged = (await pledge_donation(ws, OFFICER, gift(5))).value
    with pytest.raises(TransitionError):
        await print_receipt(ws, OFFICER, pledged.id, address="https://zl.test")
