"""Check rules of the identifiers, as laws over all numbers rather than over a few samples."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import InvalidIdentifierError
from domain.identifiers import (
    CreditCode,
    RegionCode,
    RegionLevel,
    RegionSystem,
    ResidentNumber,
    Sex,
    credit_check_character,
    organisation_check_character,
    resident_check_character,
)

DIGITS = "0123456789"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
DEPARTMENTS = "123456789ANY"

COUNTIES = ["320582", "330281", "330382", "310120", "429004", "659001", "340524", "110105", "710000"]
"""County-level cities, counties run by a province, and abolished counties: valid for life all of them."""


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


@st.composite
def resident_bodies(draw: st.DrawFn) -> str:
    area = draw(st.one_of(st.sampled_from(COUNTIES), st.text(DIGITS, min_size=6, max_size=6)))
    born = draw(st.dates(date(1880, 1, 1), date(2099, 12, 31)))
    return f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"


resident_numbers = resident_bodies().map(lambda body: body + resident_check_character(body))


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    department = draw(st.sampled_from(DEPARTMENTS))
    kind = draw(st.sampled_from(CREDIT_ALPHABET))
    region = draw(st.text(DIGITS, min_size=6, max_size=6))
    body = department + kind + region + draw(st.text(CREDIT_ALPHABET, min_size=9, max_size=9))
    return body + credit_check_character(body)


def refused(kind: type[ResidentNumber] | type[CreditCode], value: str) -> bool:
    try:
        kind(value)
    except InvalidIdentifierError:
        return True
    return False


class TestResidentNumber:
    @given(resident_numbers)
    def test_a_number_with_its_check_character_is_accepted_and_kept(self, value: str):
        assert ResidentNumber(value).value == value

    @given(resident_numbers, st.integers(0, 17), st.sampled_from([*DIGITS, "X"]))
    def test_one_wrong_character_is_always_caught(self, value: str, position: int, wrong: str):
        assume(value[position] != wrong)
        assert refused(ResidentNumber, value[:position] + wrong + value[position + 1 :])

    @given(resident_numbers, st.integers(0, 16))
    def test_two_neighbours_swapped_are_always_caught(self, value: str, position: int):
        first, second = value[position : position + 2]
        assume(first != second)
        assert refused(ResidentNumber, value[:position] + second + first + value[position + 2 :])

    @given(resident_numbers)
    def test_it_is_read_as_people_type_it(self, value: str):
        typed = f"\u3000{full_width(value[:9])}{value[9:].lower()} "
        assert ResidentNumber.parse(typed) == ResidentNumber(value)

    @given(resident_bodies())
    def test_birth_date_area_and_sex_are_those_of_the_digits(self, body: str):
        number = ResidentNumber(body + resident_check_character(body))
        assert f"{number.birth_date:%Y%m%d}" == body[6:14]
        assert number.area_code == body[:6]
        assert number.sex is (Sex.MALE if body[16] in "13579" else Sex.FEMALE)

    @given(resident_numbers)
    def test_neither_the_mask_nor_repr_nor_an_error_shows_the_number(self, value: str):
        number = ResidentNumber(value)
        assert len(number.masked) == 18
        assert value[3:14] not in number.masked + repr(number) + str(number)
        wrong = value[:17] + ("0" if value[17] != "0" else "1")
        with pytest.raises(InvalidIdentifierError) as caught:
            ResidentNumber(wrong)
        assert value[6:14] not in str(caught.value) + repr(caught.value.context)

    @given(resident_numbers)
    def test_a_birth_date_to_come_is_refused_only_when_a_day_is_given(self, value: str):
        number = ResidentNumber(value)
        number.check_born_by(number.birth_date)
        with pytest.raises(InvalidIdentifierError):
            number.check_born_by(number.birth_date - timedelta(days=1))

    @pytest.mark.parametrize("county", COUNTIES)
    def test_counties_that_lists_lack_are_accepted(self, county: str):
        body = f"{county}19491231002"
        assert ResidentNumber(body + resident_check_character(body)).area_code == county

    def test_the_standards_own_example_is_accepted(self):
        number = ResidentNumber("11010519491231002X")
        assert (number.birth_date, number.sex) == (date(1949, 12, 31), Sex.FEMALE)

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("", "shape"),
            ("11010519491231002", "shape"),
            ("11010519491231002XX", "shape"),
            ("1101051949123100AX", "shape"),
            ("11010519491231002\u0661", "check_character"),
            ("\u0661101051949123100X"[:18], "shape"),
            ("110105194902290021", "birth_date"),
            ("110105187912310021", "birth_date"),
            ("110105194912310020", "check_character"),
            ("11010519491231002x", "check_character"),
        ],
    )
    def test_a_refusal_says_what_is_wrong(self, value: str, reason: str):
        with pytest.raises(InvalidIdentifierError) as caught:
            ResidentNumber(value)
        assert caught.value.context["reason"] == reason


class TestCreditCode:
    @given(credit_codes())
    def test_a_code_with_its_check_character_is_accepted_and_kept(self, value: str):
        code = CreditCode(value)
        assert code.value == value
        assert code.organisation_code == value[8:17]

    @given(credit_codes(), st.integers(0, 17), st.sampled_from(CREDIT_ALPHABET))
    def test_one_wrong_character_is_always_caught(self, value: str, position: int, wrong: str):
        assume(value[position] != wrong)
        assert refused(CreditCode, value[:position] + wrong + value[position + 1 :])

    @given(credit_codes(), st.integers(0, 16))
    def test_two_neighbours_swapped_are_always_caught(self, value: str, position: int):
        first, second = value[position : position + 2]
        assume(first != second)
        assert refused(CreditCode, value[:position] + second + first + value[position + 2 :])

    @given(credit_codes())
    def test_it_is_read_as_people_type_it(self, value: str):
        assert CreditCode.parse(f" {full_width(value.lower())}\u3000").value == value

    @pytest.mark.parametrize("department", DEPARTMENTS)
    def test_every_department_registers_even_rural_collectives_and_others(self, department: str):
        body = f"{department}1320582MA1ABCDE2"
        assert CreditCode(body + credit_check_character(body)).value.startswith(department)

    def test_a_published_code_is_accepted(self):
        assert CreditCode("91350100M000100Y43").organisation_code == "M000100Y4"

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("91350100M000100Y4", "shape"),
            ("91350100M000100I43", "shape"),
            ("B1350100M000100Y43", "department"),
            ("9135010XM000100Y43", "region"),
            ("91350100M000100Y44", "check_character"),
        ],
    )
    def test_a_refusal_says_what_is_wrong(self, value: str, reason: str):
        with pytest.raises(InvalidIdentifierError) as caught:
            CreditCode(value)
        assert caught.value.context["reason"] == reason


class TestOrganisationCode:
    @given(st.text(DIGITS, min_size=8, max_size=8), st.integers(0, 7), st.sampled_from(DIGITS))
    def test_one_wrong_digit_changes_the_check_character(self, body: str, position: int, wrong: str):
        assume(body[position] != wrong)
        changed = body[:position] + wrong + body[position + 1 :]
        assert organisation_check_character(changed) != organisation_check_character(body)

    @given(st.text(CREDIT_ALPHABET, min_size=8, max_size=8))
    def test_the_check_character_is_a_digit_or_x(self, body: str):
        assert organisation_check_character(body) in "0123456789X"

    def test_the_code_inside_a_published_credit_code_keeps_its_own_rule(self):
        inner = CreditCode("91350100M000100Y43").organisation_code
        assert organisation_check_character(inner[:8]) == inner[8]


twelve_digits = st.text(DIGITS, min_size=12, max_size=12).filter(lambda text: text[:2] != "00")
real_shapes = st.builds(
    lambda digits, keep: digits[:keep].ljust(12, "0"), twelve_digits, st.sampled_from([2, 4, 6, 9, 12])
)
region_codes = st.builds(RegionCode, st.sampled_from(RegionSystem), st.one_of(twelve_digits, real_shapes))


class TestRegionCode:
    @given(region_codes)
    def test_a_parents_path_is_a_prefix_of_its_childs(self, code: RegionCode):
        parent = code.parent
        if parent is None:
            assert code.level is RegionLevel.PROVINCE
        else:
            assert code.path.startswith(parent.path)
            assert code.path != parent.path

    @given(region_codes)
    def test_parents_end_at_the_province_in_at_most_four_steps(self, code: RegionCode):
        steps = 0
        while (parent := code.parent) is not None:
            assert parent.level.digits < code.level.digits
            assert parent.system is code.system
            code, steps = parent, steps + 1
        assert code.value[2:] == "0" * 10
        assert steps <= 4

    @given(region_codes, region_codes)
    def test_a_path_lies_under_another_only_when_the_digits_do(self, code: RegionCode, other: RegionCode):
        under = other.system is code.system and other.value.startswith(code.value[: code.level.digits])
        if code.path.startswith(other.path):
            assert code.system is other.system
            assert code.value.startswith(other.value[: other.level.digits])
        if under and other.level.digits > code.level.digits:
            assert other.path.startswith(code.path)

    @given(region_codes, region_codes)
    def test_path_and_id_each_name_one_code(self, code: RegionCode, other: RegionCode):
        assert (code.path == other.path) == (code == other) == (code.id == other.id)

    @given(region_codes)
    def test_the_shortest_way_of_writing_a_code_reads_back(self, code: RegionCode):
        short = code.value[: code.level.digits]
        assert RegionCode.parse(code.system, short) == code
        assert RegionCode.parse(code.system, full_width(short) + " ") == code

    @pytest.mark.parametrize(
        ("text", "level", "path"),
        [
            ("32", RegionLevel.PROVINCE, "/NBS/32/"),
            ("3205", RegionLevel.CITY, "/NBS/32/3205/"),
            ("320582", RegionLevel.COUNTY, "/NBS/32/3205/320582/"),
            ("320582100", RegionLevel.TOWN, "/NBS/32/3205/320582/320582100/"),
            ("320582100001", RegionLevel.VILLAGE, "/NBS/32/3205/320582/320582100/320582100001/"),
            ("429004", RegionLevel.COUNTY, "/NBS/42/4290/429004/"),  # run by the province
            ("441900003", RegionLevel.TOWN, "/NBS/44/4419/441900/441900003/"),  # a city without counties
        ],
    )
    def test_levels_and_paths_of_real_divisions(self, text: str, level: RegionLevel, path: str):
        code = RegionCode.parse(RegionSystem.NBS, text)
        assert (code.level, code.path) == (level, path)

    @pytest.mark.parametrize(
        "text", ["", "3", "320", "32058", "3205821", "00", "0000", "32058A", "\u0663\u0662"]
    )
    def test_what_is_no_code_is_refused(self, text: str):
        with pytest.raises(InvalidIdentifierError):
            RegionCode.parse(RegionSystem.MCA, text)
