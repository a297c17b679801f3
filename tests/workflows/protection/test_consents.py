"""Nobody is a volunteer without an act of their own, and nobody stays one after taking it back."""

import hashlib
from datetime import date

import pytest

from domain.errors import InvalidInputError, NotPermittedError, SeparationOfDutiesError, TransitionError
from domain.protection import ConsentBasis, ConsentChannel, ConsentingParty, ConsentKind
from graph.ports import Access, Statement
from graph.protection.consents import consents_of
from graph.protection.persons import person_in_scope
from locales import Locale, text
from tests.builders import volunteer, worker
from tests.workflows.protection.people import given, join, number_of, town_of
from workflows.claims.invitations import activate_volunteer
from workflows.claims.taking import claim_slot
from workflows.protection.consents import ConsentGiven, record_consent, withdraw_consent

AT_DESK = {"channel": ConsentChannel.STATION}
TEEN = date(2010, 5, 1)
MATCHED = Statement(
    "MATCH (n:Volunteer) WHERE n.status = 'ACTIVE' RETURN n.id AS id ORDER BY id", Access.READ
)


@pytest.fixture
async def town(store):
    return await town_of(store)


async def acts(town, key):
    return await town.ws.store.read(lambda tx: consents_of(tx, key))


async def person(town, key):
    return await town.ws.store.read(lambda tx: person_in_scope(tx, worker(), key))


async def test_joining_keeps_the_text_its_words_and_how_it_was_said(town):
    key = await join(town, number_of())
    (act,) = await acts(town, key)
    words = text("protection.consent.join-1", Locale.ZH_CN)
    assert (act.kind, act.text_id, act.channel, act.given_by) == ("JOIN", "join-1", "ACCOUNT", "VOLUNTEER")
    assert act.text_digest == hashlib.sha256(words.encode()).hexdigest()
    assert (act.at, act.taken_by, act.locale) == (town.now, None, "zh-CN")


async def test_another_text_than_the_one_in_force_is_no_consent(town):
    with pytest.raises(InvalidInputError):
        await record_consent(
            town.ws,
            worker(),
            "listed",
            kind=ConsentKind.JOIN,
            given=ConsentGiven(text_id="join-0", **AT_DESK),
        )


async def test_who_is_listed_rests_on_the_source_until_they_say_so_themselves(town):
    assert (await person(town, "listed")).consent_basis is ConsentBasis.SOURCE
    with pytest.raises(NotPermittedError):
        await record_consent(town.ws, volunteer("other"), "listed", kind=ConsentKind.JOIN, given=given())
    await record_consent(town.ws, volunteer("listed"), "listed", kind=ConsentKind.JOIN, given=given())
    assert (await person(town, "listed")).consent_basis is ConsentBasis.OWN_ACT


async def test_a_minor_is_verified_after_their_guardian_agreed_at_the_desk(town):
    number = number_of(born=TEEN)
    key = await join(town, number, born=TEEN, active=False)
    with pytest.raises(NotPermittedError) as refused:
        await activate_volunteer(town.ws, worker("verifier"), key, expected_version=1)
    assert refused.value.context["rule"] == "HC-07"
    mother = given(ConsentKind.GUARDIAN, giver_name="李秀英", relation="母亲", **AT_DESK)
    with pytest.raises(NotPermittedError):
        await record_consent(
            town.ws,
            volunteer(key),
            key,
            kind=ConsentKind.GUARDIAN,
            given=given(ConsentKind.GUARDIAN, giver_name="x", relation="y"),
        )
    with pytest.raises(InvalidInputError):
        await record_consent(
            town.ws, worker(), key, kind=ConsentKind.GUARDIAN, given=given(ConsentKind.GUARDIAN, **AT_DESK)
        )
    act = await record_consent(town.ws, worker(), key, kind=ConsentKind.GUARDIAN, given=mother)
    assert (act.given_by, act.giver_name, act.taken_by) == (ConsentingParty.GUARDIAN, "李秀英", "worker")
    version = (await person(town, key)).version
    await activate_volunteer(town.ws, worker("verifier"), key, expected_version=version)
    assert (await person(town, key)).status == "ACTIVE"


async def test_nobody_at_the_desk_takes_down_their_own_word(town):
    both = worker("both")
    object.__setattr__(both, "participant_id", "listed")
    with pytest.raises(SeparationOfDutiesError):
        await record_consent(town.ws, both, "listed", kind=ConsentKind.JOIN, given=given(**AT_DESK))


async def test_a_withdrawal_ends_what_was_promised_and_stops_matching(town):
    key = await join(town, number_of())
    claimed = (await claim_slot(town.ws, volunteer(key), "n:slot:0")).value
    assert (await town.need()).state == "ACCEPTED"
    act = await withdraw_consent(town.ws, volunteer(key), key, given=given(ConsentKind.WITHDRAWAL))
    assert act.kind is ConsentKind.WITHDRAWAL
    assert (await town.claim(claimed.id)).state == "WITHDRAWN"
    assert await town.holder() is None
    assert [row["id"] for row in await town.ws.store.read(lambda tx: tx.run(MATCHED))] == ["listed"]
    with pytest.raises(NotPermittedError):
        await claim_slot(town.ws, volunteer(key), "n:slot:0")
    with pytest.raises(TransitionError):
        await withdraw_consent(town.ws, volunteer(key), key, given=given(ConsentKind.WITHDRAWAL))


async def test_who_was_listed_withdraws_at_the_desk_and_is_verified_by_nobody(town):
    paper = given(ConsentKind.WITHDRAWAL, channel=ConsentChannel.PAPER)
    await withdraw_consent(town.ws, worker(), "listed", given=paper)
    assert (await person(town, "listed")).status == "WITHDRAWN"
    with pytest.raises(TransitionError):
        await activate_volunteer(town.ws, worker(), "listed", expected_version=1)
