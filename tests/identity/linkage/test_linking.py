"""Linkage of whole registers: what is automatic is right, and the rest is for a reviewer."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from app.commands.identity import people_of as people_of_file
from benchmarks.train_linkage import people_of
from benchmarks.zh_people import registers
from benchmarks.zh_strangers import strangers, write
from domain.errors import InvalidInputError
from identity.linkage.columns import find_columns, read_people
from identity.linkage.comparisons import HAN, LATIN
from identity.linkage.estimation import Evidence
from identity.linkage.features import features
from identity.linkage.linking import LinkRules, dedupe, link, match_new, prepare, usable
from identity.linkage.parameters import shipped
from identity.linkage.records import PAIR_SCHEMA, person_frame
from identity.linkage.review import mask_name, masked
from identity.linkage.scoring import level_table

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "linkage-febrl"
KEYS = ["left_id", "right_id"]


def frame(*rows: dict[str, str]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        [{name: row.get(name) for name in names} for row in rows], schema=dict.fromkeys(names, pl.String)
    )


def decided(left: dict[str, str], right: dict[str, str], worker, *known: dict[str, str]) -> tuple[str, dict]:
    """Decision on one pair within registers of other people, who make the prior what it is; ``known`` are of them."""
    made = registers("clean", 300, 5)
    ours, theirs = people_of(made)
    left_row = person_frame(frame({"rec_id": "l", "source": "A", **left}))
    others = [{"rec_id": f"k{place}", "source": "B", **one} for place, one in enumerate(known)]
    right_row = person_frame(frame({"rec_id": "r", "source": "B", **right}, *others))
    found = link(pl.concat([ours, left_row]), pl.concat([theirs, right_row]), worker=worker).pairs
    pair = found.filter((pl.col("left_id") == "l") & (pl.col("right_id") == "r"))
    if not len(pair):
        return "none", {}
    return pair["decision"][0], json.loads(pair["evidence"][0])


def test_automatic_pairs_are_right_and_no_trap_is_among_them(linked):
    auto = linked.pairs.filter(pl.col("decision") == "auto")
    assert len(auto.join(linked.truth, on=KEYS, how="anti")) == 0
    assert len(auto.join(linked.traps, on=KEYS, how="semi")) == 0
    assert auto["left_id"].is_unique().all()
    assert auto["right_id"].is_unique().all()


def test_most_are_automatic_and_a_reviewer_finds_the_rest(linked):
    assert linked.share(["auto"]) >= 0.75
    assert linked.share(["auto", "review"]) >= 0.99
    assert len(linked.pairs.filter(pl.col("decision") == "review")) <= 0.18 * len(linked.right)
    assert linked.share(["auto", "review"], "dotted") >= linked.share(["auto", "review"], "plain") - 0.03


def test_files_of_strangers_are_read_and_linked_without_one_error(tmp_path, worker):
    drawn = strangers("export", 900, 9)
    write(drawn, tmp_path)
    left, right = (people_of_file(tmp_path / f"{name}.csv", name, None)[0] for name in "AB")
    pairs = link(left, right, worker=worker).pairs
    truth = pl.DataFrame(drawn.made.truth, schema=[*KEYS, "slice"], orient="row")
    auto, seen = (pairs.filter(pl.col("decision").is_in(one)) for one in (["auto"], ["auto", "review"]))
    assert len(auto.join(truth, on=KEYS, how="anti")) == 0
    assert len(auto) >= 0.8 * len(truth)
    assert len(truth.join(seen, on=KEYS, how="semi")) >= 0.99 * len(truth)


def test_titles_above_the_headers_are_no_headers(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("某区志愿者名单,,\n2026年6月,,\n编号,姓名,出生日期\n1,张三,1990.3.7\n", "gb18030")
    people, found = people_of_file(file, "A", None)
    assert people["name"].to_list() == ["张三"]
    assert found.columns == {"rec_id": "编号", "name": "姓名", "birth_date": "出生日期"}


def test_a_vetoed_pair_is_never_automatic(linked):
    vetoed = linked.pairs.filter(pl.col("evidence").str.json_path_match("$.vetoes[0]").is_not_null())
    assert len(vetoed) > 0
    assert "auto" not in vetoed["decision"].to_list()
    assert linked.pairs.columns == list(PAIR_SCHEMA)


def test_linkage_is_symmetric_and_the_same_each_time(worker):
    ours, theirs = people_of(registers("city", 800, 31))
    there, back = link(ours, theirs, worker=worker).pairs, link(theirs, ours, worker=worker).pairs
    again = link(ours.sample(fraction=1, shuffle=True, seed=3), theirs, worker=worker).pairs
    turned = back.rename({"left_id": "right_id", "right_id": "left_id"}).select(there.columns)
    for other in (turned, again):
        one, two = (each.sort(KEYS).select(*KEYS, "decision") for each in (there, other))
        assert one.equals(two)


SOUND, OTHER = "330106199003071236", "330106198505052343"
BASE = {"name": "司徒晓岚", "birth_date": "1990-03-07", "sex": "女"}


@pytest.mark.parametrize(
    ("left", "right", "decision"),
    [
        ({}, {}, "review"),
        ({"phone": "13800138000"}, {"phone": "13800138000"}, "auto"),
        ({"phone": "13800138000"}, {"phone": "138****8000"}, "auto"),
        ({"phone": "13800138000"}, {"phone": "13800138000", "name": "SITU XIAOLAN"}, "auto"),
        ({"phone": "13800138000"}, {"phone": "13900139111"}, "review"),
        (
            {"phone": "13800138000", "name": "司徒晓岚"},
            {"phone": "13800138000", "name": "司徒晓明"},
            "review",
        ),
        ({"id_mask": "330***********1236"}, {"id_mask": "330106********1236"}, "auto"),
        ({"id_hash": "aa"}, {"id_hash": "aa"}, "auto"),
        ({"id_hash": "aa", "phone": "13800138000"}, {"id_hash": "bb", "phone": "13800138000"}, "review"),
        ({"address": "东湖街道人民路3号2室"}, {"address": "浙江省杭州市东湖街道人民路3-2"}, "auto"),
    ],
)
def test_golden_pairs(left, right, decision, worker):
    assert decided({**BASE, **left}, {**BASE, **right}, worker)[0] == decision


PHONE, HIDDEN_PHONE = {"phone": "13800138000"}, {"phone": "138****8000"}
TWIN = {**BASE, **PHONE, "name": "司徒晓明"}
NAMESAKE = {**BASE, "phone": "13900139111"}
BORN_MASK = {"id_mask": "33010619900307****"}
WEAK_SIGNS = [
    ({**PHONE, "name": "司徒*岚"}, HIDDEN_PHONE, "phone_alone"),
    ({**PHONE, "name": "司徒小岚"}, HIDDEN_PHONE, "phone_alone"),
    ({**PHONE, "birth_date": ""}, HIDDEN_PHONE, "phone_alone"),
    ({"id_number": SOUND}, BORN_MASK, "id_area"),
    ({"id_number": SOUND, "birth_date": "1990-02-10"}, BORN_MASK, "id_area"),
    ({"id_mask": "330106**********36"}, {"id_number": SOUND, "name": "SITU XIAOLAN"}, "id_last_2"),
]


@pytest.mark.parametrize(("left", "right", "way"), WEAK_SIGNS)
def test_weaker_signs_tell_whom_they_mean_where_nobody_else_is_in_sight(left, right, way, worker):
    decision, evidence = decided({**BASE, **left}, {**BASE, **right}, worker)
    assert decision == "auto"
    assert way in evidence["corroboration"]


@pytest.mark.parametrize(("left", "right", "way"), WEAK_SIGNS)
@pytest.mark.parametrize("other", [TWIN, NAMESAKE])
def test_weaker_signs_tell_nothing_beside_a_twin_or_a_namesake(left, right, way, other, worker):
    decision, evidence = decided({**BASE, **left}, {**BASE, **right}, worker, other)
    assert decision == "review"
    assert way not in evidence["corroboration"]


@pytest.mark.parametrize(("left", "right", "_way"), WEAK_SIGNS)
def test_weaker_signs_tell_nothing_within_one_register(left, right, _way, worker):
    people, _ = people_of(registers("clean", 300, 5))
    two = person_frame(frame({"rec_id": "l", **BASE, **left}, {"rec_id": "r", **BASE, **right}))
    pairs = dedupe(pl.concat([people, two]), worker=worker).pairs
    found = pairs.filter((pl.col("left_id") == "l") & (pl.col("right_id") == "r"))
    assert found["decision"].to_list() == ["review"]


@pytest.mark.parametrize(
    ("left", "right", "decision"),
    [
        # what two masks both show
        ({"id_mask": "330106**********36"}, {"id_mask": "330***********1236"}, "auto"),
        ({"id_mask": "330106**********36"}, {"id_mask": "330***********1252"}, "review"),
        ({"id_mask": "330106**********36"}, {"id_mask": "330203********1236"}, "review"),
        # a twin's number ends otherwise, whatever else a household shares
        ({**PHONE, "id_mask": "330106**********36", "name": "司徒**"}, {**PHONE, "id_number": SOUND}, "auto"),
        ({**PHONE, "id_mask": "330106**********52", "name": "司徒**"}, {**PHONE, "id_number": SOUND}, "review"),
        ({**PHONE, **BORN_MASK, "name": "司徒**"}, {**PHONE, "id_number": SOUND}, "review"),
        ({**PHONE, "name": "司徒**"}, HIDDEN_PHONE, "review"),
        ({**PHONE, "name": "司徒晓*"}, HIDDEN_PHONE, "review"),
        # a telephone of the house, masked or not, makes nobody of its people one
        ({**PHONE, "name": "司徒晓明"}, HIDDEN_PHONE, "review"),
        ({**PHONE, "birth_date": "1962-11-21", "name": "司徒建国"}, HIDDEN_PHONE, "reject"),
        # an area tells nothing where another address speaks against it
        ({"id_number": SOUND, "address": "人民路3号2室"}, {**BORN_MASK, "address": "幸福里77号"}, "review"),
        # a name that is hidden on one side and in letters on the other leaves the number to decide
        ({"id_number": SOUND, "name": "司徒**"}, {"id_number": SOUND, "name": "SITU XIAOLAN"}, "auto"),
    ],
)  # fmt: skip
def test_masks_bear_out_what_they_show_and_no_more(left, right, decision, worker):
    assert decided({**BASE, **left}, {**BASE, **right}, worker)[0] == decision


def test_sound_numbers_that_differ_are_a_veto(worker):
    one, two = "11010519491231002X", "440524188001010014"
    known = {"name": "司徒晓岚", "birth_date": "1990-03-07", "phone": "13800138000"}
    decision, evidence = decided({**known, "id_number": one}, {**known, "id_number": two}, worker)
    assert (decision, evidence["vetoes"], evidence["reason"]) == ("review", ["id"], "vetoed")


def test_fifteen_digits_are_the_same_number_as_eighteen():
    long = features(person_frame(frame({"rec_id": "1", "id_number": "11010519491231002X"})))
    short = features(person_frame(frame({"rec_id": "1", "id_number": "110105491231002"})))
    assert long["id_text"][0] == short["id_text"][0]
    assert (long["id_valid"][0], short["id_valid"][0], long["birth"][0]) == (True, False, "19491231")


@pytest.mark.parametrize(
    ("written", "birth", "year"),
    [("1990年3月7日", "19900307", "1990"), ("1990/03/07", "19900307", "1990"), ("19900307", "19900307", "1990"),
     ("1990-3-7 00:00:00", "19900307", "1990"), ("1990", None, "1990"), ("1990年3月", None, "1990"), ("x", None, None),
     ("25/12/1990", "19901225", "1990"), ("12/25/1990", "19901225", "1990"), ("1990.3.7", "19900307", "1990"),
     ("19900307.0", "19900307", "1990"), ("7-Mar-1990", "19900307", "1990"), ("March 7, 1990", "19900307", "1990"),
     ("90-03-07", "19900307", "1990"), ("900307", "19900307", "1990"), ("199003", None, "1990"),
     ("05/3/7", "20050307", "2005"), ("１９９０年０３月０７日", "19900307", "1990")],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(written, birth, year):
    told = features(person_frame(frame({"rec_id": "1", "birth_date": written})))
    assert (told["birth"][0], told["birth_year"][0]) == (birth, year)


def test_own_weights_are_those_of_splink(worker):
    ours, theirs = people_of(registers("city", 400, 8))
    left, right = features(ours), features(theirs)
    comparisons = usable(HAN, left, right)
    draw = np.random.default_rng(1)
    near = (
        pl.DataFrame({"l": draw.integers(0, 400, 3000), "r": draw.integers(0, 400, 3000)})
        .cast(pl.UInt32)
        .unique()
    )
    scored = level_table(left, right, near, comparisons, shipped(), worker)
    assert np.allclose(
        Evidence(scored, comparisons).weights(shipped()), scored["weight"].to_numpy(), atol=1e-4
    )


def test_each_level_has_shipped_shares():
    for one in (*HAN, *LATIN):
        shares = shipped().of(one)
        assert len(shares.m) == len(shares.u) == len(one.labels)
        assert abs(sum(shares.m) - 1) < 1e-6


def test_new_records_find_those_that_are_known(worker):
    made = registers("city", 1_000, 77)
    known, theirs = people_of(made)
    prepared = prepare(known)
    found = match_new(prepared, theirs.head(50), worker=worker).pairs
    truth = pl.DataFrame(made.truth, schema=[*KEYS, "slice"], orient="row")
    auto = found.filter(pl.col("decision") == "auto")
    wanted = truth.join(theirs.head(50).select(pl.col("rec_id").alias("right_id")), on="right_id", how="semi")
    assert len(auto.join(truth, on=KEYS, how="anti")) == 0
    assert len(auto) >= 0.7 * len(wanted)


def test_nothing_links_with_nothing(worker):
    ours, _ = people_of(registers("city", 50, 1))
    assert len(link(ours, ours.clear(), worker=worker).pairs) == 0
    assert len(dedupe(ours.head(1), worker=worker).pairs) == 0


def test_headers_are_known_in_both_languages():
    found = find_columns(["编号", "姓 名", "身份证号码（18位）", "出生日期", "性别", "联系电话", "备注"])
    assert found.columns == {
        "rec_id": "编号", "name": "姓 名", "id_number": "身份证号码（18位）", "birth_date": "出生日期", "sex": "性别",
        "phone": "联系电话",
    }  # fmt: skip
    assert found.unused == ("备注",)
    assert find_columns(["key", "First Name", "last_name", "DOB"], "KEY").columns == {
        "rec_id": "key", "birth_date": "DOB", "given_name": "First Name", "surname": "last_name",
    }  # fmt: skip


def test_headers_are_known_by_their_words_and_initials():
    found = find_columns(
        ["zyzbh", "xm", "姓名（拼音）", "xb", "csrq", "sfzh", "紧急联系人电话", "志愿者手机", "jtzz"]
    )
    assert found.columns == {
        "rec_id": "zyzbh", "name": "xm", "id_number": "sfzh", "birth_date": "csrq", "sex": "xb", "phone": "志愿者手机",
        "address": "jtzz", "name_latin": "姓名（拼音）",
    }  # fmt: skip
    assert found.unused == ("紧急联系人电话",)


def test_a_name_in_letters_stands_in_for_one_in_characters():
    table = pl.DataFrame(
        {"id": ["1", "2"], "姓名": ["张三", ""], "拼音": ["Zhang San", "Li Si"], "dob": ["1990", "1991"]}
    )
    assert read_people(table, source="A")[0]["name"].to_list() == ["张三", "Li Si"]


@pytest.mark.parametrize(
    "written", ["11010519491231002X", "11010519491231002x", "110105 19491231 002X", " 110105-19491231-002x",
                "１１０１０５１９４９１２３１００２Ｘ", "11O1O519491231002X", "身份证11010519491231002X"],
)  # fmt: skip
def test_a_number_is_one_number_however_it_is_written(written):
    told = features(person_frame(frame({"rec_id": "1", "id_number": written})))
    assert (told["id_text"][0], told["id_valid"][0]) == ("11010519491231002X", True)


@pytest.mark.parametrize("headers", [["name", "dob"], ["rec_id", "dob"], ["rec_id", "name"]])
def test_a_missing_column_is_named(headers):
    with pytest.raises(InvalidInputError) as refused:
        find_columns(headers)
    assert refused.value.context["reason"] == "missing_column"


def test_a_key_stands_once():
    with pytest.raises(InvalidInputError) as refused:
        read_people(
            pl.DataFrame({"rec_id": ["1", "1"], "name": ["a", "b"], "dob": ["1990", "1991"]}), source="A"
        )
    assert refused.value.context["reason"] == "repeated_key"


def test_a_reviewer_sees_masks_alone():
    record = {**BASE, "id_number": SOUND, "phone": "13800138000", "address": "东湖街道人民路3号"}
    shown = {field: masked(field, record) for field in ("name", "id", "phone", "birth")}
    assert shown == {"name": "司徒**", "id": "330***********1236", "phone": "138****8000", "birth": "1990"}
    assert masked("id", {**record, "id_number": OTHER}) == "330***********2343"
    assert mask_name("王**") == "王**"


def febrl(name: str) -> pl.DataFrame:
    path = SHARED / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    table = pl.read_csv(path, infer_schema=False)
    return read_people(table.rename({column: column.strip() for column in table.columns}), source=name)[0]


def number(column: str) -> pl.Expr:
    return pl.col(column).str.extract(r"rec-(\d+)-")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("without", "least"),
    [
        ([], 0.9995),
        (["id_number", "street_number", "street", "locality"], 0.990),
        (["id_number", "street_number", "street", "locality", "suburb", "postcode"], 0.970),
    ],
)
def test_febrl_4_is_linked(without, least, worker):
    ours, theirs = febrl("dataset4a").drop(without), febrl("dataset4b").drop(without)
    auto = link(ours, theirs, worker=worker).pairs.filter(pl.col("decision") == "auto")
    right = len(auto.filter(number("left_id") == number("right_id")))
    assert 2 * right / (len(auto) + 5_000) >= least


@pytest.mark.real_data
def test_febrl_1_is_found_twice(worker):
    auto = dedupe(febrl("dataset1"), LinkRules(), worker=worker).pairs.filter(pl.col("decision") == "auto")
    right = len(auto.filter(number("left_id") == number("right_id")))
    assert 2 * right / (len(auto) + 500) >= 0.998
