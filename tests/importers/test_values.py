"""Cells as people write them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identifiers import resident_check_character
from domain.money import yuan_text
from identity.sealing.masks import open_mask
from importers import goods, places, values
from importers.institutions import canonical_name, donor_kind, organisation_id, passed_on
from importers.issues import IssueCode


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("198件", (198, "件")),
        ("13.5万盒", (135_000, "盒")),
        ("五千", (5_000, "")),
        ("两千五百个", (2_500, "个")),
        ("十二只", (12, "只")),
        ("１，２００　只", (1_200, "只")),
        ("50箱（*1000）", (50, "箱")),
        ("1千瓶*500ml", (1_000, "瓶")),
    ],
)
def test_quantities_are_read_with_their_unit(text, quantity):
    assert values.read_quantity(text) == (quantity, None)


@pytest.mark.parametrize("text", ["0", "0.5g/支", "-3", "若干", "1e9", "3.5个", "0.3万分"])
def test_what_is_no_whole_number_of_pieces_is_no_quantity(text):
    assert values.read_quantity(text)[0] is None


def test_a_range_gives_its_lower_end_and_says_so():
    assert values.read_quantity("500-1000个") == ((500, "个"), IssueCode.QUANTITY_RANGE)


@given(st.integers(0, 10**15))
def test_money_written_in_any_of_our_ways_is_read_back_to_the_fen(fen):
    yuan = yuan_text(fen)
    assert values.read_money(yuan) == (fen, None)
    assert values.read_money(f"￥{yuan}元") == (fen, None)
    assert values.read_money(str(fen), "fen") == (fen, None)


@pytest.mark.parametrize(("text", "fen"), [("13.5万", 13_500_000), ("14.927", 14_927_000)])
def test_ten_thousands_of_yuan_are_exact(text, fen):
    assert values.read_money(text, "wan_yuan") == (fen, None)


@pytest.mark.parametrize("text", ["几十", "1.005", "", "nan", "inf", "12,34x", "1e400"])
def test_what_is_no_amount_is_an_issue(text):
    assert values.read_money(text) == (None, IssueCode.UNREADABLE_AMOUNT)


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-30",
        "2020.01.30",
        "2020年1月30日",
        "20200130",
        "43860",
        "2020/1/30",
        "2020-01-29T16:00:00.000Z",
    ],
)
def test_one_day_in_many_spellings(text):
    assert values.read_date(text) == (date(2020, 1, 30), None)


@pytest.mark.parametrize("text", ["2020-02-30", "31-Feb", "2月30日", "99", "2020-13-01"])
def test_what_is_no_whole_date_is_an_issue(text):
    assert values.read_date(text)[1] is IssueCode.UNREADABLE_DATE


@pytest.mark.parametrize("text", ["24-Jan", "1月29日", "29日"])
def test_a_date_without_its_year_is_said_to_lack_it(text):
    assert values.read_date(text) == (None, IssueCode.DATE_INCOMPLETE)


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_a_spreadsheets_serial_is_its_day(day):
    assert values.read_date(str((day - date(1899, 12, 30)).days)) == (day, None)


def test_times_without_a_zone_are_civil_time_of_china():
    assert values.read_moment("2020-01-30 08:00")[0] == datetime(2020, 1, 30, tzinfo=UTC)


@given(
    st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(1, 999), st.binary(min_size=16, max_size=32)
)
def test_identity_numbers_are_kept_as_hash_and_sealed_mask_only(born, order, key):
    body = f"320582{born:%Y%m%d}{order:03d}"
    number = body + resident_check_character(body)
    (digest, mask, birth, sex, near), issue = values.read_id_number(number.lower(), key)
    assert (issue, near) == (None, None)
    assert number not in digest + mask
    assert open_mask(mask, key) == f"{number[:3]}***********{number[-4:]}"
    assert (birth, sex) == (born, "MALE" if order % 2 else "FEMALE")
    assert values.read_id_number(number, key)[0][0] == digest
    assert values.read_id_number(number, key + b"x")[0][0] != digest
    wrong = body + ("0" if number[-1] != "0" else "1")
    (*nothing, near), issue = values.read_id_number(wrong, key)
    assert (nothing, issue) == ([None] * 4, IssueCode.INVALID_ID_NUMBER)
    assert digest in near  # what it may have been, as hashes alone


def test_the_number_of_15_digits_is_the_one_of_18_that_followed_it():
    body = "32059919500501012"
    new = values.read_id_number(body + resident_check_character(body), b"k")
    assert values.read_id_number("320599500501012", b"k") == new


def test_of_a_masked_number_the_mask_alone_is_kept():
    read, issue = values.read_id_number("320599********0018", b"k")
    assert read is not None
    assert (open_mask(read[1], b"k"), {*read[:1], *read[2:]}) == ("320***********0018", {None})
    assert issue is IssueCode.MASKED_ID_NUMBER


def test_weekly_windows_in_both_languages():
    assert values.read_weekly("周六 9:00-12:00") == ("SAT 09:00-12:00", None)
    assert values.read_weekly("sun 14:30~16:00") == ("SUN 14:30-16:00", None)
    assert values.read_weekly("周六 12:00-9:00")[1] is IssueCode.UNREADABLE_WINDOW


@settings(deadline=None)  # the first text loads the tables of divisions
@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text):
    for read in (
        values.read_quantity, values.read_money, values.read_date, values.read_moment, values.read_integer,
        values.read_decimal, values.read_flag, values.read_weekly, values.read_credit_code, goods.read_item,
    ):  # fmt: skip
        value, issue = read(text)
        assert value is not None or issue is not None
    goods.read_goods(text)
    places.find_place(text, within="4201")
    passed_on(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "防护服1万 防护口罩2万 外科口罩5万",
            [("PROTECTIVE_SUIT", 10_000), ("MASK_N95", 20_000), ("MASK_SURGICAL", 50_000)],
        ),
        ("75酒精1千瓶*500ml", [("ALCOHOL_75", 1_000)]),
        ("1000个N95口罩，100护目镜", [("MASK_N95", 1_000), ("GOGGLES", 100)]),
        ("防护面罩（500）一次性防护服（500）", [("FACE_SHIELD", 500), ("PROTECTIVE_SUIT", 500)]),
        ("防护服5千N95口罩5千", [("PROTECTIVE_SUIT", 5_000), ("MASK_N95", 5_000)]),
        ("N95(9132/1860)口罩(GB19083-2010)", [("MASK_N95", None), ("MASK_OTHER", None)]),
        ("莲花清瘟胶囊（24粒装）13.5万盒", [("MEDICINE", 135_000)]),
        ("医用外科口罩YY0469-2011技术要求", [("MASK_SURGICAL", None)]),
    ],
)
def test_goods_in_free_text_are_found_with_their_own_figures(text, found):
    assert [(g.item, g.quantity) for g in goods.read_goods(text)] == found


@pytest.mark.parametrize("model", range(96, 132))
def test_a_spreadsheet_counting_on_makes_one_kind_of_mask(model):
    (code, _, _), issue = goods.read_item(f"N{model}口罩")
    assert (code, issue) == ("MASK_N95", IssueCode.ITEM_SERIES)


def test_containers_count_pieces_where_the_specification_says_so():
    assert goods.pieces_per_unit("200个/箱", "箱") == 200
    assert goods.pieces_per_unit("12*25只/箱", "箱") == 300
    assert goods.pieces_per_unit("500ml*30瓶", "件") is None


@pytest.mark.parametrize(
    ("text", "within", "code"),
    [
        ("江苏省苏州市张家港市杨舍镇", None, "320582100"),
        ("张家港市/杨舍镇", None, "320582100"),
        ("杨舍镇", "320582", "320582100"),
        ("咸宁嘉鱼", None, "421221"),
        ("荆门钟祥", "42", "420881"),
        ("上海虹口区嘉兴路街道", None, "310109014"),
        ("湖北省江汉区中西医结合医院", None, "420103"),
        ("武昌区花园山4号", "4201", "420106"),
        ("浙江建德寿昌镇", None, "330182109"),
        ("大治市", "42", None),
        ("朝阳区", None, None),
    ],
)
def test_places_are_found_by_name(text, within, code):
    assert places.find_place(text, within=within)[0] == code


def test_a_code_that_no_list_has_is_no_place():
    read = places.read_region("320599", system=places.RegionSystem.NBS, within=None, known=True)
    assert read == (None, IssueCode.UNKNOWN_REGION)


def test_one_house_under_its_listed_names_is_one_and_branches_are_others():
    same = ["同济医院", "武汉同济医院", "华中科技大学同济医学院附属同济医院", " 同济 医院 "]
    assert len({organisation_id(name) for name in same}) == 1
    assert organisation_id("湖北省中医院") != organisation_id("湖北省中医院光谷院区")
    assert organisation_id("武汉市红十字会") != organisation_id("武汉市红十字会医院")
    assert canonical_name("武汉市五医院") == ("武汉市第五医院", ["武汉市五医院"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("许昌市胖东来商贸集团有限公司", "ORGANISATION"),
        ("王庆", "PERSON"),
        ("陕西丽女士", "PERSON"),
        ("爱心企业（个人）", "UNKNOWN"),
        ("中国红十字基金会", "ORGANISATION"),
    ],
)
def test_firms_are_told_from_persons_by_their_words(name, kind):
    assert donor_kind(name) == kind
