"""A town with somebody who joined by their own act, and somebody whom another register lists."""

from dataclasses import replace
from datetime import date

from domain.identifiers import resident_check_character
from domain.protection import CONSENT_TEXTS, ConsentKind
from graph.invitations import Introduction
from importers.id_numbers import keyed
from tests.builders import TOWN_ID, World, secret, volunteer, worker
from tests.workflows.claims.lives import in_days, life
from workflows.claims.invitations import accept_invitation, activate_volunteer, invite_volunteer
from workflows.protection.consents import ConsentGiven

BORN = date(1990, 1, 1)


def number_of(order: int = 123, born: date = BORN) -> str:
    body = f"320582{born:%Y%m%d}{order:03d}"
    return body + resident_check_character(body)


def given(kind: ConsentKind = ConsentKind.JOIN, **more) -> ConsentGiven:
    return ConsentGiven(text_id=CONSENT_TEXTS[kind], **more)


def listed_hash(number: str) -> str:
    return keyed(secret("identity"), number)


async def town_of(store, **more):
    world = World()
    world.region()
    world.household("home")
    world.resident("r1", "home", name="王小五", id_number_hash=listed_hash(number_of(123)))
    world.volunteer(
        "listed",
        name="赵六",
        id_number_hash=listed_hash(number_of(456)),
        id_number_mask="320***********4560",
        consent_basis="SOURCE",
        source_id="SourceTable:1",
    )
    world.need("n", slots=1, **in_days(5))
    town = await life(store, world)
    town.ws = replace(town.ws, secret=secret, **more)
    return town


async def join(town, number: str | None, *, name: str = "王小五", born: date = BORN, active: bool = True):
    """Invite, accept and verify somebody; gives the id that they have as a volunteer."""
    row, code = await invite_volunteer(town.ws, worker(), name=name, region_id=TOWN_ID)
    said = Introduction(birth_date=born, skills=("COMPANIONSHIP",), availability=("SAT 09:00-12:00",))
    await accept_invitation(
        town.ws, volunteer(row.id), code=code, introduction=said, consent=given(), id_number=number
    )
    if active:
        await activate_volunteer(town.ws, worker("verifier"), row.id, expected_version=1)
    return row.id
