"""What holds for every division that ships, not for chosen ones."""

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identifiers import RegionSystem
from gazetteer.answers import SURE, Certainty
from gazetteer.counterparts import Likeness, counterpart
from gazetteer.resolver import resolve_place
from gazetteer.spans import EDITIONS, atlas

SYSTEMS = list(RegionSystem)
LAST = {system: date(EDITIONS[system], 12, 31) for system in SYSTEMS}
SOME = 4000
PREFIXES = ["地址：", "家住", "位于", "现住址:", "  ", "215600 ", "中国", "（", "户籍地址:"]
SUFFIXES = ["人民路12号", "，联系人张先生", " 3栋502室"]


def _some(system, *, digits=(2, 4, 6, 9, 12), seed=1):
    pool = [one for one in atlas(system).present.values() if len(one.digits) in digits and not one.withdrawn]
    return random.Random(seed).sample(pool, min(SOME, len(pool)))  # noqa: S311 - makes test data


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_county_and_above_is_found_by_its_full_path(system):
    places, day = atlas(system), LAST[system]
    for one in places.present.values():
        if len(one.digits) <= 6 and one.stood_on(day):
            found = resolve_place(places.path_name(one, day), day=day, system=system)
            twice = found.division is not None and found.division.name == one.name  # a city without counties
            assert found.division is one or (twice and places.is_below(one, found.division)), (one, found)
            assert found.certainty is Certainty.EXACT


@pytest.mark.parametrize("system", SYSTEMS)
def test_towns_and_villages_are_found_by_their_full_path_or_stay_open(system):
    """Two of one name in one county are told apart by nothing in the text: there the answer is ambiguous."""
    places, day = atlas(system), LAST[system]
    for one in _some(system, digits=(9, 12)):
        found = resolve_place(places.path_name(one, day), day=day, system=system)
        if found.division is None:
            assert one in found.candidates
            continue
        assert found.division is one or found.division.name == one.name, (one, found)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_code_is_itself_on_each_day_it_is_valid(system):
    places = atlas(system)
    for one in (*places.present.values(), *(span for spans in places.former.values() for span in spans)):
        if one.withdrawn or len(one.digits) > 6:
            continue
        for year in {one.began or 1975, (one.ended or EDITIONS[system] + 1) - 1}:
            day = date(year, 12, 31)
            if not one.stood_on(day):
                continue
            found = resolve_place(one.digits, day=day, system=system)
            others = [span for span in places.spans(one.digits) if span.stood_on(day)]
            assert found.division in others, (one, day, found)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_former_division_leads_to_what_took_its_place(system):
    places, day = atlas(system), LAST[system]
    for spans in places.former.values():
        for span in spans:
            for successor in () if span.stood_on(day) else places.on(span, day):
                assert successor.stood_on(day)
                assert successor is not span
            if span.ended is not None:
                for next_one in places.successors(span):
                    assert next_one.ended is None or next_one.ended >= span.ended


@pytest.mark.parametrize("system", SYSTEMS)
def test_words_around_a_place_do_not_change_it(system):
    places, day, draw = atlas(system), LAST[system], random.Random(3)  # noqa: S311 - makes test data
    for one in _some(system, digits=(4, 6, 9), seed=4)[:1500]:
        path = places.path_name(one, day)
        plain = resolve_place(path, day=day, system=system)
        noisy = resolve_place(draw.choice(PREFIXES) + path + draw.choice(SUFFIXES), day=day, system=system)
        assert noisy.division is plain.division, (path, noisy)


def test_both_systems_agree_where_they_are_mapped():
    day = LAST[RegionSystem.NBS]
    for one in _some(RegionSystem.NBS, digits=(4, 6, 9), seed=5)[:1500]:
        other = counterpart(one, day=day)
        if other is None or other.likeness not in {Likeness.SAME_CODE, Likeness.SAME_NAME}:
            continue
        path = atlas(RegionSystem.MCA).path_name(other.division, day)
        found = resolve_place(path, day=day, system=RegionSystem.MCA)
        if found.division is not None and found.certainty is Certainty.EXACT and not found.reason:
            assert found.division is other.division, (one, other, found)
            back = counterpart(found.division, day=day)
            assert back is not None
            assert back.division is one


@settings(deadline=None, max_examples=300)
@given(
    st.text(
        alphabet="江苏省市区县镇乡街道路上海京北南东西湖大新中山阳安州0123456789号、（） -abc", max_size=30
    )
)
def test_no_text_breaks_it_and_sure_answers_have_a_division(text):
    for system in SYSTEMS:
        found = resolve_place(text, day=LAST[system], system=system)
        assert (found.division is not None) == (
            found.certainty in SURE or found.certainty is Certainty.CORRECTED
        )
        if found.division is None:
            assert found.reason is not None
        else:
            assert found.division.stood_on(LAST[system])
