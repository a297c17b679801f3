"""Few fields to type, consent on record, and no need twice by mistake."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actors import Purpose, Role
from domain.errors import DuplicateNeedError, InvalidInputError, NotPermittedError
from domain.needs import ConsentGiver, NeedCategory, NeedKind, NeedState, SubjectKind
from tests.builders import NOW, TOWN, TOWN_ID, World, worker, workspace
from workflows.needs.drafting import draft_need
from workflows.needs.duplicates import Likeness, duplicates_of
from workflows.needs.lifecycle import post_need
from workflows.needs.requests import NewConsent, NewItem, NewNeed, typed_fields

MOST_TYPED = 8
WORDS = "家里的棉被已经用了十几年，冬天太冷，想要一床新的厚棉被"


@pytest.fixture
async def ws(store):
    world = World()
    world.region()
    world.household("h1", region_id=TOWN_ID)
    world.household("h2", region_id=TOWN_ID)
    world.resident("r1", "h1", situations=["LIVING_ALONE"])
    await world.write(store)
    return workspace(store)


async def wish(ws, household="h1", actor=None, **values):
    draft = await draft_need(ws, actor or worker(), household, NeedCategory.LIVING_AID)
    typed = {
        "title": "想要一床棉被",
        "items": (NewItem(item="QUILT", quantity=1, unit="床"),),
        "consent_recorded": True,
        "contact_tail": "1234",
    }
    return draft, replace(draft, **(typed | values))


async def test_a_wish_takes_at_most_eight_typed_fields(ws):
    draft, new = await wish(ws)
    assert typed_fields(draft, new) == MOST_TYPED
    assert typed_fields(draft, replace(new, items=(), amount_fen=20_000)) == 6
    posted = (await post_need(ws, worker(), new)).value
    assert (posted.state, posted.kind, posted.region_id) == (NeedState.POSTED, NeedKind.WISH, TOWN_ID)
    assert posted.situations == ("DIBAO", "LIVING_ALONE")
    assert (posted.longitude_deg, posted.place_made_up) == (120.55, True)


async def test_a_draft_offers_the_windows_places_and_dangers_of_its_category(ws):
    draft = await draft_need(ws, worker(), "h1", NeedCategory.HOUSING)
    assert (draft.kind, draft.duration_min, len(draft.slots)) == (NeedKind.WORKS, 240, 1)
    assert (draft.home_visit, draft.demanding, draft.risk.value) == (True, True, "LOW")
    assert [window.duration_min for window in draft.windows] == [480] * 3
    assert all(window.start > NOW + timedelta(days=2) for window in draft.windows)
    assert [window.start.astimezone().tzinfo is not None for window in draft.windows] == [True] * 3
    for category in NeedCategory:
        who = (
            worker()
            if category is not NeedCategory.CHILD_PROTECT
            else replace(worker(), roles=frozenset({Role.CHILD_OFFICER}))
        )
        assert (await draft_need(ws, who, "h1", category)).category is category


async def test_consent_says_who_when_for_what_and_who_took_it_down(ws):
    given = NewConsent(given_by=ConsentGiver.GUARDIAN, purpose=Purpose.GIVING, at=NOW - timedelta(hours=2))
    _, new = await wish(ws, consent=given)
    posted = (await post_need(ws, worker(), new)).value
    assert (posted.consent_given_by, posted.consent_purpose) == ("GUARDIAN", "GIVING")
    assert (posted.consent_at, posted.consent_taken_by) == (NOW - timedelta(hours=2), "worker")
    _, later = await wish(ws, household="h2", consent=replace(given, at=NOW + timedelta(hours=1)))
    with pytest.raises(InvalidInputError):
        await post_need(ws, worker(), later)


async def test_a_receipt_is_given_and_a_tail_is_four_digits(ws):
    _, new = await wish(ws)
    posted = (await post_need(ws, worker(), new)).value
    assert posted.receipt is not None
    assert len(posted.receipt) == 14
    _, odd = await wish(ws, household="h2", contact_tail="12a4")
    with pytest.raises(InvalidInputError) as refused:
        await post_need(ws, worker(), odd)
    assert refused.value.context["field"] == "contact_tail"


async def test_the_same_household_is_asked_about_and_a_reason_is_kept(ws):
    _, new = await wish(ws)
    first = (await post_need(ws, worker(), new)).value
    (alike,) = await duplicates_of(ws, worker(), new)
    assert (alike.need_id, alike.score, alike.why) == (first.id, 100, Likeness.SAME_HOUSEHOLD)
    with pytest.raises(DuplicateNeedError) as refused:
        await post_need(ws, worker(), new)
    assert refused.value.context == {"other": first.id, "score": 100, "needs": 1}
    with pytest.raises(InvalidInputError):
        await post_need(ws, worker(), replace(new, duplicate_reason=" "))
    second = (await post_need(ws, worker(), replace(new, duplicate_reason="两位老人各一床"))).value
    assert (second.possible_duplicates, second.duplicate_reason) == ((first.id,), "两位老人各一床")


async def test_words_much_alike_in_the_town_are_found_and_short_ones_are_not(ws):
    _, new = await wish(ws, detail=WORDS)
    await post_need(ws, worker(), new)
    _, other = await wish(ws, household="h2", detail=WORDS.replace("一床新的", "一条新的"))
    (alike,) = await duplicates_of(ws, worker(), other)
    assert alike.why is Likeness.SAME_TEXT
    assert 92 <= alike.score < 100
    _, short = await wish(ws, household="h2")
    assert await duplicates_of(ws, worker(), short) == []
    weeks = workspace(ws.store, now=NOW + timedelta(days=31))
    assert await duplicates_of(weeks, worker(), other) == []


async def test_a_need_without_a_household_or_a_name_stays_with_the_station(ws):
    from graph.reads.needs import needs_by_ids
    from tests.builders import volunteer

    new = NewNeed(
        kind=NeedKind.GOODS,
        category=NeedCategory.LIVING_AID,
        title="流浪人员需要食物",
        region_id=TOWN_ID,
        subject_kind=SubjectKind.ANONYMOUS,
        items=(NewItem(item="FOOD", quantity=1, unit="份"),),
    )
    posted = (await post_need(ws, worker(), new)).value
    assert (posted.subject_id, posted.region_path) == (None, TOWN)
    seen = await ws.store.read(lambda tx: needs_by_ids(tx, volunteer("v1"), [posted.id]))
    assert seen == {}


async def test_child_protection_is_posted_by_its_own_roles_alone(ws):
    officer = replace(worker("officer"), roles=frozenset({Role.CHILD_OFFICER}))
    draft = await draft_need(ws, officer, "h1", NeedCategory.CHILD_PROTECT)
    new = replace(draft, title="个案", consent_recorded=True)
    with pytest.raises(NotPermittedError) as refused:
        await post_need(ws, worker(), new)
    assert refused.value.context["rule"] == "HC-25"
    assert (await post_need(ws, officer, new)).value.state is NeedState.POSTED
    with pytest.raises(NotPermittedError):
        await post_need(ws, officer, (await wish(ws))[1])
