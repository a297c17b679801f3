"""Somebody who shows their card learns how they stand, and can look again with their slip."""

import pytest

from domain.errors import InvalidInputError, NotPermittedError
from domain.people import VolunteerStatus
from domain.protection import ENQUIRIES_PER_HOUR, Standing
from tests.builders import OTHER_CITY, volunteer, worker
from tests.workflows.protection.people import join, number_of, town_of
from workflows.protection.registration import ask_registration, standing_by_code

PERSON = {"name": "王小五", "id_number": number_of(), "document_seen": True}


@pytest.fixture
async def town(store):
    return await town_of(store)


def _told(answer):
    return [(row.standing, row.status) for row in answer.standings]


async def test_who_joined_learns_that_they_did_and_since_when(town):
    key = await join(town, number_of())
    answer = await ask_registration(town.ws, worker(), **PERSON)
    assert _told(answer) == [(Standing.VOLUNTEER_JOINED, VolunteerStatus.ACTIVE), (Standing.RESIDENT, None)]
    first = answer.standings[0]
    assert (first.volunteer_id, first.since, first.source_id) == (key, town.now, None)
    assert number_of() not in repr(answer)


async def test_who_was_listed_learns_by_which_source(town):
    answer = await ask_registration(
        town.ws, worker(), name="赵六", id_number=number_of(456), document_seen=True
    )
    assert _told(answer) == [(Standing.VOLUNTEER_LISTED, VolunteerStatus.ACTIVE)]
    assert answer.standings[0].source_id == "SourceTable:1"


@pytest.mark.parametrize("more", [{"name": "李四"}, {"id_number": number_of(999)}])
async def test_who_is_not_known_gets_an_answer_of_the_same_form(town, more):
    await join(town, number_of())
    answer = await ask_registration(town.ws, worker(), **(PERSON | more))
    assert answer.standings == ()
    assert answer.code


async def test_another_region_finds_nobody(town):
    await join(town, number_of())
    answer = await ask_registration(town.ws, worker(path=OTHER_CITY), **PERSON)
    assert answer.standings == ()


async def test_only_a_desk_that_saw_a_document_asks(town):
    with pytest.raises(NotPermittedError):
        await ask_registration(town.ws, worker(), **(PERSON | {"document_seen": False}))
    with pytest.raises(NotPermittedError):
        await ask_registration(town.ws, volunteer("v"), **PERSON)
    with pytest.raises(InvalidInputError):
        await ask_registration(town.ws, worker(), **(PERSON | {"id_number": "1"}))


async def test_a_desk_that_asks_for_everybody_is_stopped(town):
    for _ in range(ENQUIRIES_PER_HOUR):
        await ask_registration(town.ws, worker(), **PERSON)
    with pytest.raises(NotPermittedError):
        await ask_registration(town.ws, worker(), **PERSON)


async def test_the_slip_opens_with_the_tail_of_the_number_for_its_time(town):
    await join(town, number_of())
    answer = await ask_registration(town.ws, worker(), **PERSON)
    tail = number_of()[-4:]
    found = await standing_by_code(town.ws, answer.code.lower(), tail.lower())
    assert found == answer.standings
    assert await standing_by_code(town.ws, answer.code, "0000") is None
    assert await standing_by_code(town.ws, "0000-0000-0000", tail) is None
    town.wait(days=31)
    assert await standing_by_code(town.ws, answer.code, tail) is None


async def test_the_slip_of_who_is_not_known_says_so(town):
    answer = await ask_registration(
        town.ws, worker(), name="李四", id_number=number_of(999), document_seen=True
    )
    assert await standing_by_code(town.ws, answer.code, number_of(999)[-4:]) == ()
