"""Nobody becomes a volunteer but by their own act (HC-30)."""

from datetime import date

import pytest

from domain.errors import InvalidInputError, NotFoundError, NotPermittedError, TransitionError
from domain.protection import CONSENT_TEXTS, ConsentKind
from graph.invitations import Introduction
from tests.builders import TOWN_ID, World, volunteer, worker
from tests.workflows.claims.lives import in_days, life, organiser
from workflows.claims.invitations import (
    accept_invitation,
    activate_volunteer,
    decline_invitation,
    invite_volunteer,
)
from workflows.claims.taking import claim_slot
from workflows.claims.ticking import tick
from workflows.protection.consents import ConsentGiven

YES = ConsentGiven(text_id=CONSENT_TEXTS[ConsentKind.JOIN])
SAID = Introduction(birth_date=date(1990, 1, 1), skills=("COMPANIONSHIP",), availability=("SAT 09:00-12:00",))


@pytest.fixture
async def town(store):
    world = World()
    world.region()
    world.organisation("team", kind="TEAM")
    world.need("n", slots=1, **in_days(5))
    return await life(store, world)


async def _invited(town, actor=None, **more):
    row, code = await invite_volunteer(town.ws, actor or worker(), name="王小五", region_id=TOWN_ID, **more)
    return volunteer(row.id), row, code


async def test_an_invited_person_claims_only_after_their_own_yes_and_the_desks_check(town):
    person, row, code = await _invited(town)
    for _ in range(2):
        with pytest.raises(NotPermittedError) as refused:
            await claim_slot(town.ws, person, "n:slot:0")
        assert refused.value.context["rule"] == "HC-30"
    accepted = await accept_invitation(town.ws, person, code=code, introduction=SAID, consent=YES)
    assert accepted.state == "ACCEPTED"
    with pytest.raises(NotPermittedError) as refused:
        await claim_slot(town.ws, person, "n:slot:0")
    assert refused.value.context["rule"] == "HC-30"
    await activate_volunteer(town.ws, worker(), row.id, expected_version=1)
    assert (await claim_slot(town.ws, person, "n:slot:0")).value.volunteer_id == row.id


async def test_only_the_invited_person_with_their_code_answers(town):
    person, _, code = await _invited(town)
    with pytest.raises(NotFoundError):
        await accept_invitation(town.ws, volunteer("somebody"), code=code, introduction=SAID, consent=YES)
    with pytest.raises(NotPermittedError):
        await accept_invitation(town.ws, person, code="guessed", introduction=SAID, consent=YES)
    with pytest.raises(NotPermittedError):
        await accept_invitation(town.ws, worker(), code=code, introduction=SAID, consent=YES)
    await decline_invitation(town.ws, person, code=code)
    with pytest.raises(TransitionError):
        await accept_invitation(town.ws, person, code=code, introduction=SAID, consent=YES)


async def test_an_invitation_ends_after_its_time(town):
    person, _, code = await _invited(town)
    town.wait(days=30)
    assert (await tick(town.ws)).invitations_closed == 1
    assert (await tick(town.ws)).invitations_closed == 0
    with pytest.raises(TransitionError):
        await accept_invitation(town.ws, person, code=code, introduction=SAID, consent=YES)


async def test_the_desk_makes_nobody_a_volunteer_who_has_not_said_so(store):
    world = World()
    world.volunteer("listed", status="DRAFT")
    town = await life(store, world)
    with pytest.raises(NotPermittedError) as refused:
        await activate_volunteer(town.ws, worker(), "listed", expected_version=1)
    assert refused.value.context["rule"] == "HC-30"


async def test_an_organiser_invites_for_their_own_team_only(town):
    _, row, _ = await _invited(town, organiser("team"), organisation_id="team")
    assert row.organisation_id == "team"
    with pytest.raises(NotPermittedError):
        await _invited(town, organiser("firm"), organisation_id="team")
    with pytest.raises(NotPermittedError):
        await _invited(town, organiser("team"))


@pytest.mark.parametrize(
    "said",
    [
        Introduction(birth_date=date(1850, 1, 1)),
        Introduction(birth_date=date(2030, 1, 1)),
        Introduction(birth_date=date(1990, 1, 1), skills=("FLYING",)),
        Introduction(birth_date=date(1990, 1, 1), availability=("some day",)),
        Introduction(birth_date=date(1990, 1, 1), radius_m=-1),
    ],
)
async def test_what_cannot_be_is_not_written_down(town, said):
    person, _, code = await _invited(town)
    with pytest.raises(InvalidInputError):
        await accept_invitation(town.ws, person, code=code, introduction=said, consent=YES)
