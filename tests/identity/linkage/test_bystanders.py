"""Who else could be meant, in either register."""

import polars as pl
import pytest

from identity.linkage.bystanders import alone, shares
from identity.linkage.features import features
from identity.linkage.records import person_frame

PAIR = pl.DataFrame({"l": [0], "r": [1]}, schema={"l": pl.UInt32, "r": pl.UInt32})
SELF = {"name": "司徒晓岚", "birth_date": "1990-03-07", "phone": "13800138000"}


def told(*people: dict[str, str]) -> bool:
    rows = [{"rec_id": str(place), **one} for place, one in enumerate(people)]
    names = dict.fromkeys(name for row in rows for name in row)
    return alone(features(person_frame(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)))), PAIR)[0]


def test_a_pair_is_alone_among_strangers_and_without_anybody():
    assert told(SELF, SELF)
    assert told(
        SELF, {**SELF, "birth_date": "", "phone": "138****8000"}, {"name": "王伟", "birth_date": "1971-01-02"}
    )


@pytest.mark.parametrize(
    "other",
    [
        {"name": "司徒晓明", "birth_date": "1990-03-07"},
        {"name": "司徒**", "birth_date": "1990-03-07"},
        {"name": "司徒晓明", "phone": "138****8000"},
        {"name": "SITU XIAOMING", "birth_date": "1990-03-07", "phone": "138****8000"},
    ],
)
def test_a_twin_or_namesake_is_seen_under_masks_and_in_letters(other: dict[str, str]) -> None:
    assert not told(SELF, SELF, other)
    assert not told(SELF, {**SELF, "birth_date": "1990"}, other)


def test_the_first_of_january_is_nobodys_birthday():
    new_year = {**SELF, "birth_date": "1990-01-01"}
    assert told(new_year, new_year, {"name": "司徒晓明", "birth_date": "1990-01-01"})


def test_shares_are_those_of_records_that_state_something():
    assert shares(pl.Series(["a", "a", "b", None])).to_list() == [2 / 3, 2 / 3, 1 / 3, None]
