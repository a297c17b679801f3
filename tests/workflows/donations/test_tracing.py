"""A donor's page: the money that came first is used first, and nobody is shown who was helped."""

from datetime import timedelta

import pytest

from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.publication import CROWD
from graph.ledger.posting import post
from graph.unit_of_work import UnitOfWork
from tests.builders import NOW, World
from tests.workflows.donations.conftest import OFFICER, OTHER, gift
from tests.workflows.donations.test_gifts import posted, step
from workflows.donations.codes import code_of, digest_of, read_code
from workflows.donations.posting import Correction, correct_donation
from workflows.donations.recording import pledge_donation
from workflows.donations.tracing import trace_by_code


async def spend(ws, amount_fen, key, *, pays=True):
    def posting(kind):
        source = {"source_kind": EntrySource.ALLOCATION, "source_id": key}
        return FundPosting(fund_id="general", kind=kind, amount_fen=amount_fen, **source)

    kinds = [FundEntryKind.RESERVE, *([FundEntryKind.DISBURSE] if pays else [])]
    await UnitOfWork(ws.store, ws.clock).run(OFFICER, lambda tx: post(tx, [posting(kind) for kind in kinds]))


async def trace(ws, row):
    return await trace_by_code(ws, code_of(ws, row.id))


async def test_what_was_given_first_is_used_first(ws):
    first, second = [await posted(ws, fen, reference=str(fen)) for fen in (1_000, 5_000)]
    await spend(ws, 1_500, "a")
    await spend(ws, 2_000, "b", pays=False)
    assert [(t.used_fen, t.promised_fen) for t in (await trace(ws, first), await trace(ws, second))] == [
        (1_000, 0),
        (500, 2_000),
    ]
    seen = await trace(ws, second)
    assert (seen.book_spent_fen, seen.book_available_fen, seen.fund) == (1_500, 2_500, "general")
    # Once the first was never that large, the second has paid for more.
    await correct_donation(ws, OTHER, step(first), Correction(amount_fen=200, reason="错"))
    assert ((await trace(ws, second)).used_fen, (await trace(ws, first)).used_fen) == (1_500, 0)


async def test_only_kinds_of_need_with_a_crowd_are_shown(ws):
    made = await posted(ws)
    world = World()
    for category, many in (("LIVING_AID", CROWD), ("EDUCATION", CROWD - 1), ("CHILD_PROTECT", CROWD)):
        for i in range(many):
            need = world.need(f"{category}-{i}", category=category, amount_fen=100)
            world.add(
                "Allocation",
                id=f"allocation-{need}",
                need_id=need,
                fund_id="general",
                subject_id=f"household-{need}",
                amount_fen=100,
                state="EVIDENCED",
                reserved_at=NOW,
                disbursed_at=NOW + timedelta(hours=1),
                region_path="/",
                version=1,
            )
    await world.write(ws.store)
    (helped,) = (await trace(ws, made)).helped
    assert (helped.category, helped.subjects, helped.amount_fen) == ("LIVING_AID", CROWD, CROWD * 100)


async def test_a_code_is_read_as_people_copy_it_and_kept_as_a_digest(ws):
    made = (await pledge_donation(ws, OFFICER, gift())).value
    code = code_of(ws, made.id)
    assert read_code(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == code
    for wrong in ("", "x", code[:-1], code + "A", "U" * 16, "é" * 16):
        assert await trace_by_code(ws, wrong) is None
    assert (await trace_by_code(ws, code)).gift.id == made.id
    assert await trace_by_code(ws, read_code("Z" * 16)) is None
    assert code not in digest_of(ws, code)


@pytest.mark.parametrize("count", [2_000])
def test_codes_of_gifts_differ(count):
    class Fixed:
        def secret(self, _name):
            return b"s" * 32

    assert len({code_of(Fixed(), f"gift-{i}") for i in range(count)}) == count
