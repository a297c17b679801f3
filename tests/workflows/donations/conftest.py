"""A charity with two funds, an officer and an approver."""

from datetime import date

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from domain.giving import DonationSource
from tests.builders import CITY, World, officer, workspace
from workflows.donations.recording import Donor, NewGift

OFFICER = officer("charity")
OTHER = officer("charity", actor_id="second-officer")
STRANGER = officer("abroad")


def approver(actor_id: str = "approver") -> Actor:
    scope = Scope(region_paths=(CITY,), organisation_ids=("charity",), purpose=Purpose.GIVING)
    return Actor(id=actor_id, name=actor_id, roles=frozenset({Role.FEDERATION_APPROVER}), scope=scope)


def gift(amount_fen: int = 10_000, **given: object) -> NewGift:
    defaults = {
        "fund_id": "general",
        "donor": Donor(name="张小三"),
        "amount_fen": amount_fen,
        "channel": DonationSource.BANK,
        "given_on": date(2026, 3, 1),
    }
    return NewGift(**{**defaults, **given})


def charity() -> World:
    world = World()
    world.organisation("charity", public_raising=True)
    world.organisation("quiet", name="某协会")
    world.organisation("abroad", path="/NBS/31/3101/310109/")
    for fund, holder in (("general", "charity"), ("medical", "charity"), ("closed-door", "quiet")):
        world.fund(fund, holder, name=fund, received_fen=0)
    world.fund("abroad-fund", "abroad", path="/NBS/31/3101/310109/", received_fen=0)
    return world


@pytest.fixture
async def ws(store):
    await charity().write(store)
    return workspace(store)
