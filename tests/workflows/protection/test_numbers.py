"""A full number is kept under seal, seen by who must have it, and never without a trace."""

import json

import pytest

from domain.errors import (
    ConflictError,
    InvalidInputError,
    InvariantError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
)
from domain.protection import READINGS_PER_HOUR, SealedMask, UnmaskPurpose
from graph.archive import encode, tables
from graph.audit import verify
from graph.ports import Access, Statement
from graph.protection.readings import readings_of
from graph.protection.sealed import SealedRow, keep_sealed, sealed_of, stored_keys
from identity.keys.sealing import Cipher
from tests.builders import OTHER_CITY, lead, volunteer, worker
from tests.workflows.protection.people import BORN, join, number_of, town_of
from workflows.people import administrator
from workflows.protection.keys import kept_number, rotate_data_key, rotate_envelope
from workflows.protection.masks import shown_mask
from workflows.protection.numbers import unmask

CHAIN = Statement(
    "MATCH (n:AuditEntry) WHERE n.operation = 'identity.unmask'"
    " RETURN n.actor_id AS actor, n.object_id AS object, n.detail AS detail ORDER BY n.sequence",
    Access.READ,
)
PERSON = Statement(
    "MATCH (n:Volunteer {id: $id}) RETURN n.id_number_hash AS hash, n.id_number_mask AS mask,"
    " n.resident_id AS resident, n.consent_basis AS basis",
    Access.READ,
)
FOR_COVER = {"purpose": UnmaskPurpose.ACCIDENT_INSURANCE, "reason": "cover for April"}


@pytest.fixture(params=list(Cipher))
async def town(request, memory_store):
    return await town_of(memory_store, cipher=request.param)


async def whole_graph(store) -> str:
    """Everything that an export holds, as text."""
    parts = []
    for table in tables():
        async for frame in table.stream(store):
            parts.append(encode(frame, table.columns).decode())
    return "".join(parts)


async def test_a_number_that_was_given_opens_and_stands_nowhere_else(town):
    number = number_of()
    key = await join(town, number)
    assert await town.ws.store.read(lambda tx: kept_number(town.ws, tx, key)) == number
    graph = await whole_graph(town.ws.store)
    mask = number[:3] + "***********" + number[-4:]
    assert number not in graph
    assert mask not in graph
    (found,) = await town.ws.store.read(lambda tx: tx.run(PERSON, id=key))
    shown = shown_mask(town.ws, SealedMask(str(found.pop("mask"))))
    assert (shown, found) == (mask, {"hash": None, "resident": "r1", "basis": "OWN_ACT"})


async def test_who_gives_no_number_joins_all_the_same(town):
    key = await join(town, None)
    with pytest.raises(NotFoundError):
        await unmask(town.ws, worker(), key, **FOR_COVER)


async def test_a_number_of_another_birth_date_or_with_a_slip_is_refused(town):
    for wrong in (number_of(born=BORN.replace(year=1991)), number_of()[:-1] + "?"):
        with pytest.raises(InvalidInputError) as refused:
            await join(town, wrong)
        assert wrong not in str(refused.value) + str(refused.value.context)


async def test_the_desk_learns_that_a_number_stands_in_the_registry_already(town):
    await join(town, number_of())
    again = await join(town, number_of(), active=False)
    with pytest.raises(ConflictError):
        await join(town, number_of(456), name="赵六")
    assert again


async def test_a_number_is_shown_with_a_reading_and_an_entry_of_the_chain(town):
    number = number_of()
    key = await join(town, number)
    seen = await unmask(town.ws, worker(), key, **FOR_COVER)
    assert seen.id_number == number
    assert number not in repr(seen)
    (reading,) = await town.ws.store.read(lambda tx: readings_of(tx, key))
    assert (reading.reader_id, reading.purpose, reading.reason) == (
        "worker",
        UnmaskPurpose.ACCIDENT_INSURANCE,
        "cover for April",
    )
    (entry,) = await town.ws.store.read(lambda tx: tx.run(CHAIN))
    assert (entry["actor"], entry["object"]) == ("worker", key)
    assert json.loads(entry["detail"]) == {"reading": reading.id, "purpose": "ACCIDENT_INSURANCE"}
    assert (await verify(town.ws.store)).intact
    assert number not in await whole_graph(town.ws.store)


async def test_a_number_is_shown_to_the_desk_of_its_region_for_a_reason(town):
    key = await join(town, number_of())
    for actor, asked, error in (
        (volunteer(key), FOR_COVER, NotPermittedError),
        (worker(path=OTHER_CITY), FOR_COVER, NotFoundError),
        (worker(), FOR_COVER | {"reason": " "}, InvalidInputError),
        (worker(), FOR_COVER | {"reason": f"it is {number_of()}"}, InvalidInputError),
        (worker(), FOR_COVER | {"purpose": UnmaskPurpose.AUTHORITY_ORDER}, NotPermittedError),
        (lead(), FOR_COVER | {"purpose": UnmaskPurpose.AUTHORITY_ORDER}, InvalidInputError),
    ):
        with pytest.raises(error):
            await unmask(town.ws, actor, key, **asked)
    assert await town.ws.store.read(lambda tx: tx.run(CHAIN)) == []
    order = FOR_COVER | {"purpose": UnmaskPurpose.AUTHORITY_ORDER, "order_number": "2026-17"}
    assert (await unmask(town.ws, lead(), key, **order)).id_number == number_of()


async def test_nobody_opens_their_own_record_at_the_desk(town):
    key = await join(town, number_of())
    both = worker("both")
    object.__setattr__(both, "participant_id", key)
    with pytest.raises(SeparationOfDutiesError):
        await unmask(town.ws, both, key, **FOR_COVER)


async def test_an_account_that_asks_too_often_waits_for_the_next_hour(town):
    key = await join(town, number_of())
    for _ in range(READINGS_PER_HOUR):
        await unmask(town.ws, worker(), key, **FOR_COVER)
    with pytest.raises(NotPermittedError) as refused:
        await unmask(town.ws, worker(), key, **FOR_COVER)
    assert refused.value.context["reason"] == "asked_too_often"
    assert (await unmask(town.ws, worker("other"), key, **FOR_COVER)).id_number
    town.wait(hours=1)
    assert (await unmask(town.ws, worker(), key, **FOR_COVER)).id_number
    assert len(await town.ws.store.read(lambda tx: readings_of(tx, key))) == READINGS_PER_HOUR + 2


async def test_what_is_sealed_opens_after_both_keys_were_changed(town):
    key = await join(town, number_of())
    before = await town.ws.store.read(lambda tx: sealed_of(tx, key))
    name, wrapped = await rotate_envelope(town.ws, administrator())
    assert (name, wrapped) == ("envelope-2", 1)
    same = await town.ws.store.read(lambda tx: sealed_of(tx, key))
    assert same == before
    made, sealed = await rotate_data_key(town.ws, administrator(), "/NBS/32/3205/320582/")
    assert (made, sealed) == ("/NBS/32/3205/320582/#2", 1)
    (stored,) = await town.ws.store.read(stored_keys)
    assert (stored.id, stored.envelope) == (made, "envelope-2")
    after = await town.ws.store.read(lambda tx: sealed_of(tx, key))
    assert after.blind_index != before.blind_index
    assert await town.ws.store.read(lambda tx: kept_number(town.ws, tx, key)) == number_of()


async def test_a_seal_that_was_moved_to_another_record_does_not_open(town):
    first, second = await join(town, number_of()), await join(town, number_of(789), name="孙七")
    moved = await town.ws.store.read(lambda tx: sealed_of(tx, first))
    row = SealedRow(
        id=second,
        key_id=moved.key_id,
        sealed=moved.sealed,
        blind_index=moved.blind_index,
        region_path=moved.region_path,
    )
    await town.ws.store.write(lambda tx: keep_sealed(tx, row, town.now))
    with pytest.raises(InvariantError):
        await town.ws.store.read(lambda tx: kept_number(town.ws, tx, second))
