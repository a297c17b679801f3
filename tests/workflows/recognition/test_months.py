"""A month with a partner is opened when it is over, once, whoever is at it, and waits for the partner's statement."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
)
from domain.recognition import CredentialState, MonthState, TaskState
from graph.reads.reconciliation import page_of_reconciliation_differences, page_of_reconciliation_months
from identity.recognition.reconciling import StatementKind
from tests.builders import CITY, OTHER_CITY, lead, volunteer, worker
from tests.workflows.recognition.regions import AUDIENCE, HERE, THERE
from tests.workflows.recognition.test_issuing import ISSUER
from tests.workflows.recognition.test_reconciling import MARCH, pair
from workflows.people import administrator, clock_actor
from workflows.recognition.issuing import change_credential
from workflows.recognition.months import home_path, open_months
from workflows.recognition.reconciling import decide_difference, reconcile
from workflows.recognition.stating import state_month

__all__ = ["pair"]
APRIL = datetime(2026, 4, 2, tzinfo=UTC)


def later(ws, at: datetime = APRIL):
    return replace(ws, clock=lambda: at)


async def opened(pair, ws, home: str, own: str, **more) -> int:
    return await open_months(ws, clock_actor(), pair.trust(home), own=own, holder="h:1", **more)


async def months(ws, actor=None, **more):
    page = await ws.store.read(
        lambda tx: page_of_reconciliation_months(tx, actor or lead(), with_total=True, **more)
    )
    assert page.total_count == len(page.rows)
    return page.rows


async def differences(ws, actor=None, **more):
    page = await ws.store.read(
        lambda tx: page_of_reconciliation_differences(tx, actor or lead(), with_total=True, **more)
    )
    assert page.total_count == len(page.rows)
    return page.rows


async def test_the_month_that_is_over_is_opened_once_on_each_side(pair):
    await pair.carried()
    here, there = later(pair.here), later(pair.there)
    assert [await opened(pair, here, HERE, AUDIENCE) for _ in range(3)] == [1, 0, 0]
    assert await opened(pair, there, THERE, ISSUER) == 1
    (row,) = await months(here)
    assert (row.month.month, row.month.partner, row.month.issuer) == (MARCH, THERE, ISSUER)
    assert (row.month.kind, row.month.state, row.open_differences) == ("recognised", MonthState.WAITING, 0)
    assert row.month.region_path == home_path(HERE) == "/NBS/32/3205/320582/"
    seen = await months(there, administrator())
    assert [(each.month.kind, each.month.partner) for each in seen] == [("issued", HERE)]
    assert await months(here, worker(path=OTHER_CITY)) == await months(here, volunteer("v")) == ()


async def test_many_servers_open_a_month_once(pair):
    await pair.carried()

    async def one(number: int) -> int:
        try:
            return await open_months(
                later(pair.there),
                clock_actor(),
                pair.trust(THERE),
                own=ISSUER,
                holder=f"h:{number}",
            )
        except ConflictError:
            return 0

    assert sum(await asyncio.gather(*map(one, range(6)))) == 1
    assert len(await months(pair.there, administrator())) == 1


async def test_a_month_is_answered_by_the_partners_statement(pair):
    credential = await pair.carried()
    here, there = later(pair.here), later(pair.there)
    await opened(pair, here, HERE, AUDIENCE)
    await opened(pair, there, THERE, ISSUER)
    (row,) = await months(there, administrator())
    stated = await state_month(there, administrator(), row.month.id, pair.signing(THERE), idempotency_key="s")
    again = await state_month(there, administrator(), row.month.id, pair.signing(THERE), idempotency_key="s")
    assert (again.replayed, again.value.text) == (True, stated.value.text)
    await change_credential(
        pair.there, worker(), credential, CredentialState.REVOKED, reason="a mistake", expected_version=1
    )
    revoked = (await state_month(there, administrator(), row.month.id, pair.signing(THERE))).value.text
    done = await reconcile(here, lead(), pair.trust(HERE), revoked, idempotency_key="r")
    assert (done.value.kind, done.value.differences) == (StatementKind.ISSUED, 2)
    assert (await reconcile(here, lead(), pair.trust(HERE), revoked, idempotency_key="r")).replayed
    (mine,) = await months(here)
    assert (mine.month.state, mine.open_differences) == (MonthState.ANSWERED, 2)
    assert await months(here, states=[MonthState.WAITING]) == ()
    found = await differences(here, month_id=mine.month.id)
    assert {(each.month, each.agreement_id, each.issuer) for each in found} == {(MARCH, "a", ISSUER)}
    assert all(each.case_id is not None for each in found)
    assert await differences(here, worker(path=OTHER_CITY)) == await differences(here, month_id="none") == ()


async def test_a_statement_that_came_early_answers_the_month_when_it_is_opened(pair):
    await pair.carried()
    text = await pair.counted()
    held = (await reconcile(pair.there, lead(), pair.trust(THERE), text, region_path=CITY)).value
    await opened(pair, later(pair.there), THERE, ISSUER)
    (row,) = await months(pair.there, administrator())
    assert (row.month.state, row.month.reconciliation_id) == (MonthState.ANSWERED, held.id)


async def test_nobody_settles_what_their_own_record_counts(pair):
    credential = await pair.carried()
    await change_credential(
        pair.there, worker(), credential, CredentialState.REVOKED, reason="a mistake", expected_version=1
    )
    for ws, found in ((pair.there, await pair.checked_there()), (pair.here, await pair.checked_here())):
        task = found.tasks[0]
        own = replace(lead(), participant_id="v")
        with pytest.raises(SeparationOfDutiesError):
            await decide_difference(
                ws, own, task.id, state=TaskState.SETTLED, note="mine", expected_version=1
            )
        await decide_difference(
            ws, worker(), task.id, state=TaskState.ACCEPTED, note="seen", expected_version=1
        )
        open_ones = await differences(ws)
        assert [each.task.id for each in open_ones] == [each.id for each in found.tasks[1:]]
        (decided,) = await differences(ws, states=[TaskState.ACCEPTED])
        assert (decided.task.decided_by, decided.task.note) == ("worker", "seen")


async def test_who_may_open_and_state(pair):
    await pair.carried()
    with pytest.raises(NotPermittedError):
        await open_months(pair.here, worker(), pair.trust(HERE), own=AUDIENCE, holder="h:1")
    with pytest.raises(InvalidInputError):
        await opened(pair, pair.here, HERE, AUDIENCE, month="2026-13")
    before_the_agreement = await opened(pair, pair.here, HERE, AUDIENCE, month="2026-02")
    assert before_the_agreement == 0
    await opened(pair, later(pair.here), HERE, AUDIENCE)
    (row,) = await months(pair.here)
    with pytest.raises(NotFoundError):
        await state_month(pair.here, worker(path=OTHER_CITY), row.month.id, pair.signing(HERE))
    with pytest.raises(NotPermittedError):
        await state_month(pair.here, volunteer("v"), row.month.id, pair.signing(HERE))
    with pytest.raises(NotPermittedError):
        await reconcile(pair.here, worker(path=OTHER_CITY), pair.trust(HERE), await pair.issued())
