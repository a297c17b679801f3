"""Earmarks are parts of a fund, and lie inside its wall."""

import pytest

from domain.errors import InvalidInputError, NotFoundError
from domain.giving import EarmarkKind, Restriction
from domain.needs import NeedCategory
from domain.purposes import BeneficiaryScope, Earmark, Purpose
from graph.earmarks import create_earmark, earmark_as_it_is, earmarks_of_funds, lock_earmark
from tests.builders import CITY, TOWN, World


def an_earmark(key="mark", **values):
    base = {
        "fund_id": "fund",
        "kind": EarmarkKind.DONOR,
        "name": "助学",
        "purpose": Purpose(restriction=Restriction(categories=frozenset({NeedCategory.EDUCATION}))),
        "region_path": CITY,
    }
    return Earmark(id=key, **{**base, **values})


async def a_fund(store, **values):
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity", **values)
    await world.write(store)


async def test_an_earmark_is_read_back_as_it_was_made(store):
    await a_fund(store)
    made = an_earmark(
        purpose=Purpose(
            restriction=Restriction(categories=frozenset({NeedCategory.EDUCATION}), regions=(TOWN,)),
            beneficiary_scope=BeneficiaryScope.REGISTERED,
            case_cap_fen=500_00,
        ),
        wording="只用于助学",
        siblings=("other",),
    )
    await store.write(lambda tx: create_earmark(tx, made))
    assert await store.read(lambda tx: earmark_as_it_is(tx, "mark")) == made
    assert await store.read(lambda tx: earmarks_of_funds(tx, ["fund"])) == [made]
    assert (await store.write(lambda tx: lock_earmark(tx, "mark"))).version == 2


async def test_an_earmark_does_not_reach_beyond_its_fund(store):
    await a_fund(store, categories=["MEDICAL_COST"])
    with pytest.raises(InvalidInputError) as refused:
        await store.write(lambda tx: create_earmark(tx, an_earmark()))
    assert refused.value.context["field"] == "categories"
    assert refused.value.context["rule"] == "HC-11"


async def test_an_earmark_of_no_fund_is_not_made(store):
    with pytest.raises(NotFoundError):
        await store.write(lambda tx: create_earmark(tx, an_earmark(fund_id="none")))
