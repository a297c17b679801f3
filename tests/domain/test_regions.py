from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import RegionCode, RegionSystem
from domain.provenance import Validity
from domain.regions import Region

CODE = RegionCode.parse(RegionSystem.MCA, "320521")


@given(st.lists(st.none() | st.dates(min_value=date(1950, 1, 1)), unique=True, min_size=2))
def test_each_life_of_a_code_has_a_key_of_its_own(ends):
    lives = [Region(code=CODE, name="沙洲县", validity=Validity(valid_to=end)) for end in ends]
    assert len({life.id for life in lives}) == len(lives)


def test_a_code_in_force_is_keyed_by_itself():
    region = Region(code=CODE, name="沙洲县", validity=Validity(valid_from=date(1962, 1, 1)))
    assert region.id == CODE.id == "MCA:320521000000"


def test_a_code_that_ended_says_when():
    region = Region(code=CODE, name="沙洲县", validity=Validity(valid_to=date(1986, 1, 1)))
    assert region.id == "MCA:320521000000@1986-01-01"
