"""Places in free text become dated codes, or say why not."""

from datetime import date

import pytest

from domain.identifiers import RegionSystem
from gazetteer.answers import Certainty, PlaceReason
from gazetteer.resolver import resolve_place, resolve_places

NBS, MCA = RegionSystem.NBS, RegionSystem.MCA
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "digits", "certainty"),
    [
        ("江苏省苏州市张家港市杨舍镇", "320582100", Certainty.EXACT),
        ("上海虹口区嘉兴路街道", "310109014", Certainty.SHORT_NAME),
        ("荆门钟祥", "420881", Certainty.SHORT_NAME),
        ("上海市嘉兴路街道", "310109014", Certainty.EXACT),
        ("虹口區", "310109", Certainty.EXACT),
        ("恩施州利川", "422802", Certainty.SHORT_NAME),
        ("内蒙古呼和浩特", "1501", Certainty.SHORT_NAME),
        ("天津河北", "120105", Certainty.SHORT_NAME),
        ("西安", "6101", Certainty.SHORT_NAME),
        ("吉林", "22", Certainty.SHORT_NAME),
        ("浙江台州路桥", "331004", Certainty.SHORT_NAME),
        ("地址：江苏省张家港市杨舍镇河西路1号", "320582100", Certainty.EXACT),
        ("武汉市洪山区青菱街黄家湖西路18号", "420111009", Certainty.SHORT_NAME),
        ("北京市市辖区东城区", "110101", Certainty.EXACT),
        ("石家庄高新区", "130171", Certainty.SHORT_NAME),
        ("湖北省大治市", "420281", Certainty.CORRECTED),
        ("江苏省张家港市塘桥乡", "320582101", Certainty.CORRECTED),
        ("湖北省武汉市汉江区菱角湖路11号", "420103", Certainty.CORRECTED),
        ("310109014000", "310109014", Certainty.EXACT),
    ],
)
def test_a_text_gives_the_finest_division_it_names(text, digits, certainty):
    found = resolve_place(text, day=TODAY)
    assert found.division is not None
    assert (found.division.digits, found.certainty) == (digits, certainty)


@pytest.mark.parametrize(
    ("text", "day", "digits", "named"),
    [
        ("上海市闸北区", TODAY, "310106", "闸北区"),
        ("320521", TODAY, "320582", "沙洲县"),
        ("沙洲县", date(1990, 6, 1), "329004", "沙洲县"),
        ("襄樊", TODAY, "4206", "襄樊市"),
        ("张家港市", date(1983, 6, 1), "320521", "张家港市"),
        ("山东省莱芜市莱城区", TODAY, "370116", "莱城区"),
    ],
)
def test_a_name_of_other_days_gives_what_stands_on_the_day(text, day, digits, named):
    found = resolve_place(text, day=day)
    assert found.division is not None
    assert found.named is not None
    assert (found.division.digits, found.named.name, found.certainty) == (digits, named, Certainty.HISTORY)


def test_a_former_name_is_exact_on_its_own_days():
    found = resolve_place("闸北区", day=date(2010, 1, 1))
    assert found.division is not None
    assert (found.division.digits, found.certainty, found.named) == ("310108", Certainty.EXACT, None)


def test_a_withdrawn_division_without_a_known_successor_gives_what_held_it_and_says_so():
    found = resolve_place("大同市城区", day=TODAY)
    assert found.division is not None
    assert (found.division.digits, found.reason) == ("1402", PlaceReason.WITHDRAWN)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", PlaceReason.EMPTY),
        ("朝阳区", PlaceReason.SEVERAL_OF_THIS_NAME),
        ("中山", PlaceReason.SEVERAL_OF_THIS_NAME),
        ("武汉、孝感", PlaceReason.SEVERAL_PLACES),
        ("湖北省武汉市解放大道1095号 山西省长治市延安南路110号", PlaceReason.SEVERAL_PLACES),
        ("北京路8号", PlaceReason.NO_DIVISION_NAMED),
        ("向上海捐款", PlaceReason.NO_DIVISION_NAMED),
        ("白沙洲大道521号", PlaceReason.NO_DIVISION_NAMED),
        ("吉隆坡", PlaceReason.NO_DIVISION_NAMED),
        ("东湖高新区", PlaceReason.NO_DIVISION_BUT_A_ZONE),
        ("999999", PlaceReason.NO_SUCH_CODE),
        ("1234567", PlaceReason.NO_SUCH_CODE),
    ],
)
def test_what_does_not_decide_for_one_place_gives_none(text, reason):
    found = resolve_place(text, day=TODAY)
    assert (found.division, found.reason) == (None, reason)
    assert found.certainty in {Certainty.AMBIGUOUS, Certainty.UNKNOWN}


def test_context_decides_between_places_of_one_name():
    found = resolve_place("朝阳区", day=TODAY, within="2201")
    assert found.division is not None
    assert found.division.digits == "220104"
    assert resolve_place("杨舍", day=TODAY, within="320582").division.digits == "320582100"


def test_zones_have_codes_in_one_system_and_are_no_divisions_in_the_other():
    assert resolve_place("苏州工业园区", day=TODAY).division.digits == "320576"
    found = resolve_place("苏州工业园区", day=TODAY, system=MCA)
    assert (found.division.digits, found.reason) == ("3205", PlaceReason.NO_DIVISION_BUT_A_ZONE)


def test_one_code_is_two_towns_in_the_two_systems():
    said = {
        system: resolve_place("320582100", day=TODAY, system=system).division.name for system in (NBS, MCA)
    }
    assert said == {NBS: "杨舍镇", MCA: "塘桥镇"}


def test_what_was_used_and_what_is_left_is_said():
    found = resolve_place("浙江建德寿昌镇河滨路2号", day=TODAY)
    assert [piece.text for piece in found.pieces] == ["浙江", "建德", "寿昌镇"]
    assert found.rest == "河滨路2号"
    assert [level.value for level in found.skipped_levels] == ["CITY"]


def test_many_texts_are_read_once_each_and_in_their_order():
    found = resolve_places(["荆门", "武汉", "荆门"], day=TODAY)
    assert [one.division.digits for one in found] == ["4208", "4201", "4208"]
    assert found[0] is found[2]
