"""The wall shows open needs in words that name nobody, no finer than a crowd allows."""

import pytest

from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import NeedCategory
from domain.publication import CROWD, GROUP_SITUATIONS, OwnerGroup
from graph.publications import crowd_of
from graph.reads.public import PublicFilter, counts_of_public_needs, page_of_public_needs
from tests.builders import OTHER_CITY, TOWN, World, volunteer, worker, workspace
from workflows.needs.lifecycle import cancel_need
from workflows.public.publishing import Wording, publish_need, withdraw_publication
from workflows.public.subscribing import NewSubscription, subscribe, tell_subscribers, unsubscribe

COUNTY = "/NBS/32/3205/320582/"
VILLAGE = TOWN + "320582100001/"
WORDS = Wording(title="想要一床棉被", body="冬天快到了。")


@pytest.fixture
async def ws(store):
    world = World()
    world.region()
    for number in range(CROWD):
        world.household(f"near-{number}", path=TOWN, situations=["LIVING_ALONE"])
        world.household(f"far-{number}", path=COUNTY + "320582101/", situations=["ORPHAN"])
    world.household("h-elder", path=VILLAGE, situations=["LIVING_ALONE"])
    world.household("h-child", path=TOWN, situations=["ORPHAN"])
    world.resident("r-elder", "h-elder", name="欧阳秀英")
    for need, household in (("elder", "h-elder"), ("child", "h-child")):
        world.need(need, path=VILLAGE, items=(("QUILT", 1),), subject_id=household, category="LIVING_AID")
    world.need("hidden", items=(("QUILT", 1),), category="CHILD_PROTECT")
    world.need("urgent", items=(("QUILT", 1),), urgency="EMERGENCY")
    world.need("unasked", items=(("QUILT", 1),), consent_recorded=False)
    world.need("posted", items=(("QUILT", 1),), state="POSTED")
    world.need("slots", slots=2)
    await world.write(store)
    return workspace(store)


async def _wall(ws, **narrowed):
    page = await ws.store.read(lambda tx: page_of_public_needs(tx, filter=PublicFilter(**narrowed)))
    return list(page.rows)


async def _publish(ws, need_id, words=WORDS, version=1, **given):
    return (await publish_need(ws, worker(), need_id, words, expected_version=version, **given)).value


async def test_a_published_need_is_shown_by_group_and_town_and_without_a_name(ws):
    published = await _publish(ws, "elder")
    assert (published.owner, published.shown_path) == (OwnerGroup.ELDER, TOWN)
    (row,) = await _wall(ws)
    assert (row.id, row.title, row.owner, row.shown_path) == ("elder", WORDS.title, OwnerGroup.ELDER, TOWN)
    assert [(item.item, item.quantity) for item in row.items] == [("QUILT", 1)]


async def test_a_group_too_small_in_its_town_is_shown_as_any_household(ws):
    published = await _publish(ws, "child")
    assert (published.owner, published.shown_path) == (OwnerGroup.HOUSEHOLD, TOWN)


async def test_what_is_shown_is_shared_by_a_crowd(ws):
    for need in ("elder", "child", "slots"):
        await _publish(ws, need)
    for row in await _wall(ws):
        crowd = await ws.store.read(
            lambda tx, row=row: crowd_of(tx, row.shown_path, GROUP_SITUATIONS.get(row.owner))
        )
        assert crowd >= CROWD


async def test_with_too_few_households_nothing_is_published(memory_store):
    world = World()
    world.region()
    world.need("alone", items=(("QUILT", 1),))
    await world.write(memory_store)
    ws = workspace(memory_store)
    with pytest.raises(ConflictError) as refused:
        await _publish(ws, "alone")
    assert refused.value.context["rule"] == "HC-24"
    assert await _wall(ws) == []


@pytest.mark.parametrize(
    ("need", "error", "rule"),
    [
        ("hidden", NotFoundError, "HC-25"),
        ("urgent", NotPermittedError, "HC-24"),
        ("unasked", NotPermittedError, "HC-22"),
        ("posted", TransitionError, None),
        ("nowhere", NotFoundError, None),
    ],
)
async def test_what_is_not_for_everybody_is_refused(ws, need, error, rule):
    with pytest.raises(error) as refused:
        await _publish(ws, need)
    assert refused.value.context.get("rule") == rule
    assert await _wall(ws) == []


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (Wording(title="给欧阳秀英的棉被"), "title"),
        (Wording(title="棉被", body="送到人民路128号"), "body"),
        (Wording(title="棉被", body="打13800138000"), "body"),
    ],
)
async def test_words_that_lead_to_a_person_are_refused_with_a_suggestion(ws, words, field):
    with pytest.raises(InvalidInputError) as refused:
        await _publish(ws, "elder", words)
    context = refused.value.context
    assert (context["field"], context["rule"]) == (field, "HC-24")
    assert "欧阳秀英" not in str(context)
    assert "13800138000" not in str(context)


@pytest.mark.parametrize(
    "words", [Wording(title=" "), Wording(title="长" * 61), Wording(title="被", body="长" * 501)]
)
async def test_words_have_a_length(ws, words):
    with pytest.raises(InvalidInputError):
        await _publish(ws, "elder", words)


async def test_only_the_desk_of_the_place_publishes_what_it_has_read(ws):
    with pytest.raises(NotPermittedError):
        await publish_need(ws, volunteer("v"), "elder", WORDS, expected_version=1)
    with pytest.raises(NotFoundError):
        await publish_need(ws, worker(path=OTHER_CITY), "elder", WORDS, expected_version=1)
    with pytest.raises(StaleVersionError):
        await _publish(ws, "elder", version=7)


async def test_a_key_sent_again_publishes_once(ws):
    first = await publish_need(ws, worker(), "elder", WORDS, expected_version=1, idempotency_key="k")
    again = await publish_need(ws, worker(), "elder", WORDS, expected_version=1, idempotency_key="k")
    assert (first.replayed, again.replayed, first.value) == (False, True, again.value)


async def test_a_need_leaves_the_wall_when_it_is_withdrawn_or_over(ws):
    await _publish(ws, "elder")
    await _publish(ws, "child")
    await withdraw_publication(ws, worker(), "elder", reason="本人不愿公开")
    await cancel_need(ws, worker(), "child", expected_version=2, reason="已自行解决")
    assert await _wall(ws) == []
    with pytest.raises(NotFoundError):
        await withdraw_publication(ws, worker(), "elder", reason="again")


async def test_the_wall_is_narrowed_by_what_is_shown_and_never_by_where_it_is(ws):
    await _publish(ws, "elder")
    assert [row.id for row in await _wall(ws, shown_path=TOWN)] == ["elder"]
    assert await _wall(ws, shown_path=VILLAGE) == []
    assert await _wall(ws, categories=(NeedCategory.CARE,)) == []


async def test_small_counts_are_not_told(ws):
    await _publish(ws, "elder")
    (count,) = await ws.store.read(counts_of_public_needs)
    assert (count.category, count.needs) == (NeedCategory.LIVING_AID, None)


async def test_subscribers_hear_once_of_what_they_asked_for(ws):
    wanting, other = volunteer("v1"), volunteer("v2")
    kept = await subscribe(
        ws, wanting, NewSubscription(categories=(NeedCategory.LIVING_AID,), region_path=TOWN)
    )
    await subscribe(ws, wanting, NewSubscription(region_path="/"))
    await subscribe(ws, other, NewSubscription(categories=(NeedCategory.LEGAL,)))
    await _publish(ws, "elder")
    assert await tell_subscribers(ws, worker()) == 1
    assert await tell_subscribers(ws, worker()) == 0
    with pytest.raises(NotFoundError):
        await unsubscribe(ws, other, kept)
    await unsubscribe(ws, wanting, kept)


async def test_nobody_subscribes_to_child_protection(ws):
    with pytest.raises(InvalidInputError) as refused:
        await subscribe(ws, worker(), NewSubscription(categories=(NeedCategory.CHILD_PROTECT,)))
    assert refused.value.context["rule"] == "HC-25"
