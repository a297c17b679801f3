"""Volunteers are as unequal as real ones."""

import polars as pl

from domain.identifiers import ResidentNumber
from domain.people import age_on
from generator.shipped import labels


def test_nearly_sixty_percent_are_fifty_to_sixty_nine(parts):
    assert 0.55 < parts.volunteers.people["age_y"].is_between(50, 69).mean() < 0.62


def test_recorded_minutes_have_a_heavy_tail(parts):
    minutes = parts.volunteers.people["verified_minutes"]
    top = minutes.sort(descending=True).head(len(minutes) // 20).sum()
    assert top / minutes.sum() > 0.35
    assert (minutes == 0).mean() > 0.2


def test_skills_are_zipf_like_and_the_rarest_scarce(parts):
    held = parts.volunteers.people["skills"].str.split("、").explode().value_counts().sort("count")
    assert set(held["skills"]) == set(labels("skill").values())
    assert held["count"][-1] > 15 * held["count"][0]


def test_minors_are_few_and_not_all_have_consent(parts):
    minors = parts.volunteers.people.filter(pl.col("age_y") < 18)
    assert 0 < minors.height < 0.03 * len(parts.volunteers.people)
    assert 0 < minors["guardian_consent"].sum() < minors.height
    adults = parts.volunteers.people.filter(pl.col("age_y") >= 18)
    assert not adults["guardian_consent"].any()


def test_qualifications_and_covers_are_partly_run_out_and_none_begins_later(parts):
    for frame in (parts.volunteers.qualifications, parts.volunteers.covers):
        assert (frame["valid_from"] < frame["valid_to"]).all()
        assert (frame["valid_from"] <= parts.as_of).all()
        assert 0.02 < (frame["valid_to"] <= parts.as_of).mean() < 0.2
    covered = parts.volunteers.covers["volunteer"].n_unique() / len(parts.volunteers.people)
    assert 0.7 < covered < 0.9


def test_a_volunteer_on_file_as_resident_is_the_same_person(parts):
    people = parts.volunteers.people.filter(pl.col("resident").is_not_null())
    assert people.height > 0
    both = people.join(parts.population.residents, left_on="resident", right_on="number", suffix="_r")
    assert (both["id_number"] == both["id_number_r"]).all()
    assert (both["name"] == both["name_r"]).all()


def test_identity_numbers_are_unique_and_say_the_age(parts):
    people = parts.volunteers.people
    assert people["id_number"].n_unique() == people.height
    for number, age in people.select("id_number", "age_y").head(300).rows():
        assert age_on(ResidentNumber(number).birth_date, parts.as_of) == age


def test_some_towns_have_far_fewer_volunteers_for_their_needs(parts):
    def by_town(frame):
        return frame.group_by(town=pl.col("region").str.slice(0, 9)).len()

    both = by_town(parts.population.households).join(by_town(parts.volunteers.people), on="town", suffix="_v")
    ratio = both["len_v"] / both["len"]
    assert ratio.max() > 4 * ratio.min()
