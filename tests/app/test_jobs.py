"""The server sends notices on by itself where a way out is set up, and one job that hangs stops no other."""

import asyncio
import json

import pytest

from app.couriers import couriers_of
from app.jobs import Job, jobs_of, keep_at
from app.settings import Settings
from domain.errors import SettingsError
from domain.notices import Channel, NewNotice, NoticeCode, OutboxState
from graph.notices import ContactPreference, count_messages
from graph.unit_of_work import UnitOfWork
from locales import Locale
from tests.builders import CITY, World, volunteer, workspace
from tests.workflows.notices.test_sending import Gateway
from workflows.notices.inbox import set_contact_preference
from workflows.notices.telling import notify


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.fixture
def gateway():
    made = Gateway()
    yield made
    made.server.shutdown()
    made.server.server_close()


async def test_a_notice_leaves_the_house_without_anybody_running_a_command(memory_store, gateway):
    world = World()
    world.volunteer("a")
    await world.write(memory_store)
    ws = workspace(memory_store)
    wanted = ContactPreference(channels=(Channel.WEBHOOK,), locale="en", quiet_start_min=0, quiet_end_min=0)
    await set_contact_preference(ws, volunteer("a"), wanted, expected_version=0)
    notice = NewNotice(
        recipient_id="a",
        code=NoticeCode.HOURS_POSTED,
        subject_id="r",
        region_path=CITY,
        parameters={"minutes": 5},
    )

    async def tell(tx):
        tx.record("notice.test", "r")
        await notify(ws, tx, notice)

    await UnitOfWork(ws.store, ws.clock).run(volunteer("a"), tell)
    couriers = couriers_of(settings(webhook_url=gateway.url, webhook_secret="s" * 16), ws.clock)
    running = asyncio.create_task(keep_at(ws, jobs_of(couriers, locale=Locale.EN), every_s=0.05))
    async with asyncio.timeout(30):
        while not gateway.came or OutboxState.SENT not in await ws.store.read(count_messages):
            await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [json.loads(body)["code"] for _, body in gateway.came] == ["HOURS_POSTED"]


def test_without_a_way_out_nothing_is_sent_and_half_of_one_is_refused():
    assert couriers_of(settings(), lambda: None) == []
    names = {job.name for job in jobs_of([], locale=Locale.EN)}
    assert "notices" not in names
    with pytest.raises(SettingsError):
        couriers_of(settings(webhook_url="http://127.0.0.1:1/x"), lambda: None)


async def test_a_job_that_hangs_or_breaks_stops_no_other(memory_store):
    runs = []

    async def hangs(_) -> None:
        await asyncio.Event().wait()

    async def breaks(_) -> None:
        raise RuntimeError("a bug")

    async def works(_) -> None:
        runs.append(1)

    jobs = [Job(name=work.__name__, work=work) for work in (hangs, breaks, works)]
    running = asyncio.create_task(keep_at(workspace(memory_store), jobs, every_s=0.01))
    async with asyncio.timeout(30):
        while len(runs) < 3:
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
