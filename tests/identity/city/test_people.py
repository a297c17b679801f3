"""Rows find their person by what corroborates them, and by nothing less."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.linking import LinkRule, ReviewReason
from identity.city.alike import alike
from identity.city.people import PERSON_SCHEMA, link_rows

BORN = date(1950, 5, 1)
NOBODY = pl.DataFrame(schema={"row": pl.String, "person": pl.String})
ZHANG = {
    "id": "p1", "name": "张建国", "id_hash": "h1", "id_mask": "320***1", "birth_date": BORN, "phone_hash": "t1",
}  # fmt: skip
NAMESAKE = {
    "id": "p2", "name": "张建国", "id_hash": "h2", "id_mask": "310***2", "birth_date": date(1971, 1, 9),
    "phone_hash": "t2",
}  # fmt: skip
WANG = {
    "id": "p3", "name": "王芳", "id_hash": "h3", "id_mask": "320***3", "birth_date": BORN, "phone_hash": "t1",
}  # fmt: skip


def people(*rows):
    plain = [{name: row.get(name) for name in PERSON_SCHEMA} for row in rows]
    return pl.DataFrame(plain, schema=PERSON_SCHEMA).with_columns(
        pl.col("unregistered").fill_null(value=False)
    )


def linked(*rows, persons=(ZHANG, NAMESAKE, WANG), apart=NOBODY, model=None):
    return link_rows(people(*persons), people(*rows), apart, model)


def test_the_same_number_links_whatever_script_the_name_is_in():
    found = linked({"id": "r", "name": "張建國", "id_hash": "h1"})
    assert found.links.rows() == [("r", "p1", LinkRule.ID_NUMBER)]
    assert found.reviews.is_empty()
    assert found.newcomers.is_empty()


def test_the_same_number_under_another_name_is_a_question():
    found = linked({"id": "r", "name": "李四", "id_hash": "h1"})
    assert found.links.is_empty()
    assert found.reviews.select("row", "person", "reason").rows() == [("r", "p1", ReviewReason.OTHER_NAME)]
    assert found.newcomers.is_empty()


def test_a_slip_in_either_number_links_under_the_same_name():
    row = {"id": "r", "name": "张建国", "near": ["x", "h1"]}
    assert linked(row).links.rows() == [("r", "p1", LinkRule.NEAR_ID_NUMBER)]
    register = {**ZHANG, "id_hash": None, "near": ["x", "h9"]}
    row = {"id": "r", "name": "张建国", "id_hash": "h9"}
    assert linked(row, persons=(register,)).links.rows() == [("r", "p1", LinkRule.NEAR_ID_NUMBER)]
    assert linked({"id": "r", "name": "赵六", "near": ["h1"]}).links.is_empty()


@pytest.mark.parametrize("backed", [{"phone_hash": "t1"}, {"birth_date": BORN}])
def test_a_mask_links_with_the_same_name_and_birth_or_telephone(backed):
    row = {"id": "r", "name": "张建国", "id_mask": "320***1", **backed}
    assert linked(row).links.rows() == [("r", "p1", LinkRule.MASKED_ID_NUMBER)]


def test_a_mask_and_a_name_alone_are_a_question():
    found = linked({"id": "r", "name": "张建国", "id_mask": "320***1"})
    assert found.links.is_empty()
    assert found.reviews["reason"].to_list() == [ReviewReason.WEAK]


def test_telephone_name_and_birth_link_and_each_two_of_them_do_not():
    whole = {"id": "r", "name": "张建国", "phone_hash": "t1", "birth_date": BORN}
    assert linked(whole).links.rows() == [("r", "p1", LinkRule.TELEPHONE)]
    for left_out in ("phone_hash", "birth_date", "name"):
        row = {name: value for name, value in whole.items() if name != left_out}
        assert linked(row).links.is_empty(), left_out


def test_name_and_birth_of_a_namesake_join_nobody():
    found = linked({"id": "r", "name": "张建国", "birth_date": BORN})
    assert found.links.is_empty()
    assert found.reviews.is_empty()


def test_a_twin_at_the_same_telephone_is_somebody_else():
    found = linked({"id": "r", "name": "张建成", "phone_hash": "t1", "birth_date": BORN, "id_hash": "new"})
    assert found.links.is_empty()
    assert found.newcomers.rows() == [("r", "new")]


def test_everything_equal_but_the_number_is_a_veto():
    found = linked({"id": "r", "name": "张建国", "phone_hash": "t1", "birth_date": BORN, "id_hash": "new"})
    assert found.links.is_empty()
    assert found.reviews["reason"].to_list() == [ReviewReason.OTHER_ID_NUMBER]


def test_two_people_under_one_number_are_a_question():
    double = {**ZHANG, "id": "p9"}
    found = linked({"id": "r", "name": "张建国", "id_hash": "h1"}, persons=(ZHANG, double))
    assert found.links.is_empty()
    assert found.reviews["reason"].to_list() == [ReviewReason.SEVERAL] * 2


def test_what_somebody_parted_is_neither_linked_nor_asked_about():
    apart = pl.DataFrame({"row": ["r"], "person": ["p1"]})
    found = linked({"id": "r", "name": "张建国", "id_hash": "h1", "phone_hash": "t1"}, apart=apart)
    assert found.links.is_empty()
    assert found.reviews.is_empty()
    assert found.newcomers.is_empty()  # a register knows the number: nobody new is made of it


def test_the_model_is_asked_of_rows_without_a_number_and_links_only_what_is_sure_and_alone():
    def model(persons, rows):
        assert rows["id"].to_list() == ["sure", "weak"]
        return pl.DataFrame(
            {
                "row": ["sure", "weak"],
                "person": ["p1", "p3"],
                "probability": [0.99, 0.4],
                "auto": [True, False],
            }
        )

    rows = (
        {"id": "sure", "name": "张健国"},
        {"id": "weak", "name": "王方"},
        {"id": "known", "id_hash": "h2"},
    )
    found = linked(*rows, model=model)
    assert set(found.links.rows()) == {("known", "p2", LinkRule.ID_NUMBER), ("sure", "p1", LinkRule.MODEL)}
    assert found.reviews.select("row", "reason", "name_level").rows() == [
        ("weak", ReviewReason.WEAK, "writing")
    ]


names = st.sampled_from(["张建国", "张健国", "王芳", "李四"])
hashes = st.sampled_from([None, "h1", "h2", "h3", "h4"])
phones = st.sampled_from([None, "t1", "t2"])
births = st.sampled_from([None, BORN, date(1971, 1, 9)])
masks = st.sampled_from([None, "320***1", "310***2"])
slips = st.sampled_from([None, ["h1"], ["h2", "h3"]])


@st.composite
def registers(draw, prefix, most):
    rows = []
    for at in range(draw(st.integers(1, most))):
        number = draw(hashes)
        rows.append(
            {
                "id": f"{prefix}{at}",
                "name": draw(names),
                "id_hash": number,
                "id_mask": draw(masks),
                "near": None if number else draw(slips),  # a number is valid, or one slip from valid ones
                "birth_date": draw(births),
                "phone_hash": draw(phones),
            }
        )
    return rows


@given(registers("p", 5), registers("r", 6), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_persons_changes_nothing(persons, rows, rng):
    first = link_rows(people(*persons), people(*rows), NOBODY)
    rng.shuffle(persons)
    rng.shuffle(rows)
    second = link_rows(people(*persons), people(*rows), NOBODY)
    assert first.links.equals(second.links)
    assert first.reviews.equals(second.reviews)
    assert first.newcomers.equals(second.newcomers)


@given(registers("p", 5), registers("r", 6))
def test_each_row_has_one_fate_and_no_link_stands_against_its_numbers(persons, rows):
    found = link_rows(people(*persons), people(*rows), NOBODY)
    assert found.links["row"].is_unique().all()
    assert not set(found.links["row"]) & (set(found.reviews["row"]) | set(found.newcomers["row"]))
    by_id = {person["id"]: person for person in persons}
    for row_id, person_id, _ in found.links.rows():
        row, person = next(row for row in rows if row["id"] == row_id), by_id[person_id]
        if row["id_hash"] and person["id_hash"] and row["id_hash"] != person["id_hash"]:
            assert row["id_hash"] in (person["near"] or ())
        assert row["name"] is None or alike(row["name"], person["name"])
