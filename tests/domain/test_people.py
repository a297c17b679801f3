"""People, what qualifies them, and the codes of their situations."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.identifiers import RegionCode, RegionSystem
from domain.offers import InKindOffer, OfferKind, ServiceOffer
from domain.organisations import Organisation, OrganisationKind
from domain.people import (
    ChildSituation,
    ElderGroup,
    InsuranceCover,
    Licence,
    LowIncomeCategory,
    Qualification,
    Volunteer,
    VolunteerStatus,
    age_on,
    parse_situation,
)
from domain.provenance import MANUAL_SOURCE, Provenance
from domain.regions import GeoPoint
from domain.time import WeeklyWindow

SOURCE = Provenance(source_id=MANUAL_SOURCE, source_row=0, recorded_at=datetime(2026, 1, 1, tzinfo=UTC))
SITUATIONS = [*LowIncomeCategory, *ElderGroup, *ChildSituation]

births = st.dates(date(1900, 1, 1), date(2026, 12, 31))
spans = st.timedeltas(timedelta(0), timedelta(days=40_000))


@given(births, spans, st.integers(0, 400))
def test_age_never_falls_and_grows_at_most_one_in_a_year(birth: date, after: timedelta, more: int):
    first, later = age_on(birth, birth + after), age_on(birth, birth + after + timedelta(days=more))
    assert first <= later <= first + 1 + more // 365


@given(births, st.integers(1, 120))
def test_a_year_is_completed_on_the_birthday_and_not_the_day_before(birth: date, years: int):
    leap_day = (birth.month, birth.day) == (2, 29)
    birthday = date(birth.year + years, 3, 1) if leap_day else birth.replace(year=birth.year + years)
    if leap_day and birthday - timedelta(days=1) == date(birth.year + years, 2, 29):
        birthday -= timedelta(days=1)
    assert age_on(birth, birthday) == years
    assert age_on(birth, birthday - timedelta(days=1)) == years - 1


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_each_situation_reads_back_as_the_code_it_is(situation):
    assert parse_situation(situation.value) is situation


def test_no_code_stands_in_two_lists_of_situations():
    values = [situation.value for situation in SITUATIONS]
    assert len(set(values)) == len(values)


@given(st.text().filter(lambda text: text not in {situation.value for situation in SITUATIONS}))
def test_any_other_code_is_refused(code: str):
    with pytest.raises(InvalidInputError):
        parse_situation(code)


@given(births, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_qualifications_and_covers_hold_for_at_least_a_day(day: date, back: timedelta):
    with pytest.raises(InvalidInputError):
        Qualification(licence=Licence.NURSE, valid_from=day, valid_to=day - back)
    with pytest.raises(InvalidInputError):
        InsuranceCover(valid_from=day, valid_to=day - back, region_paths=("/",))


def test_a_cover_for_no_age_is_refused():
    with pytest.raises(InvalidInputError):
        InsuranceCover(
            valid_from=date(2026, 1, 1),
            valid_to=date(2027, 1, 1),
            region_paths=("/",),
            min_age_y=70,
            max_age_y=60,
        )


@pytest.mark.parametrize("change", [{"radius_m": -1}, {"weekly_minutes": -1}, {"verified_minutes": -1}])
def test_a_volunteer_offers_no_negative_amount(change):
    with pytest.raises(InvalidInputError):
        Volunteer(
            id="v-1",
            name="V",
            birth_date=date(1960, 1, 1),
            region=RegionCode.parse(RegionSystem.NBS, "320582"),
            place=None,
            status=VolunteerStatus.ACTIVE,
            skills=frozenset(),
            provenance=SOURCE,
            **change,
        )


@given(st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_a_point_is_on_earth_or_refused(longitude: float, latitude: float):
    if -180 <= longitude <= 180 and -90 <= latitude <= 90:
        assert not GeoPoint(longitude_deg=longitude, latitude_deg=latitude).made_up
    else:
        with pytest.raises(InvalidInputError):
            GeoPoint(longitude_deg=longitude, latitude_deg=latitude)


@pytest.mark.parametrize("name", ["", " ", "\u3000"])
def test_an_organisation_without_a_name_is_refused(name: str):
    with pytest.raises(InvalidInputError):
        Organisation(
            id="o", kind=OrganisationKind.TEAM, name=name, credit_code=None, region=None, provenance=SOURCE
        )


def test_a_venue_is_offered_in_weekly_slots():
    hall = ServiceOffer(
        id="hall",
        kind=OfferKind.VENUE,
        title="Hall",
        provider_id="o",
        region=None,
        capacity=40,
        unit="seat",
        openings=(WeeklyWindow.parse("SAT 09:00-12:00"), WeeklyWindow.parse("SUN 14:00-17:00")),
        provenance=SOURCE,
    )
    assert [str(opening) for opening in hall.openings] == ["SAT 09:00-12:00", "SUN 14:00-17:00"]


def test_neither_stock_nor_capacity_is_negative():
    with pytest.raises(InvalidInputError):
        InKindOffer(
            id="g", item="RICE", quantity=-1, unit="kg", owner_id=None, region=None, provenance=SOURCE
        )
    with pytest.raises(InvalidInputError):
        InKindOffer(
            id="g", item="RICE", quantity=10**9 + 1, unit="kg", owner_id=None, region=None, provenance=SOURCE
        )
    with pytest.raises(InvalidInputError):
        ServiceOffer(
            id="s",
            kind=OfferKind.LODGING,
            title="Rooms",
            provider_id="o",
            region=None,
            capacity=-1,
            provenance=SOURCE,
        )
