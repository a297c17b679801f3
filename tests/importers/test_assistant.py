"""An unknown sheet is proposed a mapping, a person confirms it, and the next month's file is recognised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MappingError
from importers.assistant.confirming import LEFT_ALONE, answers_of, confirmed, forget, keep, mapping_toml
from importers.assistant.likeness import Because, likeness
from importers.assistant.proposals import SURE, propose
from importers.issues import IssueCode
from importers.load import recognise
from importers.mapping import SHIPPED, ColumnKind, MappingCatalogue, parse_mapping, saved_mappings
from importers.readers import open_source
from tests.importers.test_quirks import book

TITLE = [["某镇困难家庭摸底表", None, None, None], ["（2026年3月）", None, None, None]]
HEADER = ["户编号", "所在地区", "救助类别", "家庭人口数（人）"]
ROWS = [
    ["H901", "320582100000", "低保", 3],
    ["H902", "320582101000", "特困人员", 1],
    ["H903", "320582", "低保", 2],
]


def proposal(path, **options):
    return propose(open_source(path).sheets[0], list(saved_mappings().values()), **options)


@pytest.fixture
def survey(tmp_path):
    return book(tmp_path / "2026年3月摸底表.xlsx", [*TITLE, HEADER, *ROWS])


def test_a_sheet_nobody_has_seen_is_proposed_header_kind_columns_and_words(survey):
    found = proposal(survey)
    assert (found.like, found.first_row, found.header_rows, found.missing) == ("city_households", 3, 1, ())
    assert {g.column: g.because for g in found.columns} == dict.fromkeys(
        ("number", "region", "situations", "size"), Because.SYNONYM
    )
    (word,) = found.values
    assert (word.column, word.word, word.code) == ("situations", "特困人员", "TEKUN")
    assert word.confidence < SURE


def test_what_a_person_confirms_is_kept_and_reads_the_next_month(survey, tmp_path):
    found = proposal(survey)
    catalogue = MappingCatalogue(tmp_path / "mappings")
    words = {("situations", "特困人员"): "TEKUN"}
    mapping = confirmed(found, SHIPPED.get(found.like), answers_of(found), name="town", values=words)
    keep(catalogue, mapping)
    assert recognise(survey, mappings=catalogue).matches[0][1].mapping.name == "town"
    later = book(
        tmp_path / "2026年4月摸底表.xlsx",
        [
            *TITLE,
            ["说明", None],
            ["序号", "家庭户编号", "救助类型", "所在地区", "备注"],
            [1, "H901", "特困人员", "320582", "x"],
        ],
    )
    ((_, match),) = recognise(later, mappings=catalogue).matches
    assert (match.mapping.name, match.columns["number"], match.columns["situations"]) == ("town", 1, 2)
    assert {name for name, _, _ in match.drift} == {"number", "situations"}


async def test_a_header_that_drifted_is_told_with_its_reason(tmp_path, load):
    path = book(tmp_path / "家庭.xlsx", [["户编号", "所在地区", "救助类别"], ["H1", "320582", "低保"]])
    report = await load(path, dry_run=True)
    told = [i for i in report.issues if i.code is IssueCode.HEADER_DRIFTED]
    assert [(i.column, i.row) for i in told] == [("A", None), ("B", None), ("C", None)]
    assert told[0].raw == "户编号 = 家庭编号 (94%)"


def test_identity_numbers_are_known_by_their_check_character_whatever_the_header_says(tmp_path):
    numbers = ["11010519491231002X", "440524188001010014", "11010519491231002X", "440524188001010014"]
    rows = [[f"V{i}", f"王{i}", number, "320582100000", "在册"] for i, number in enumerate(numbers)]
    path = book(tmp_path / "a.xlsx", [["志愿者编号", "姓名", "号", "常住区划代码", "状态"], *rows])
    found = proposal(path)
    guess = found.columns[2]
    assert (found.like, guess.column, guess.kind, guess.because) == (
        "city_volunteers", "id_number", ColumnKind.ID_NUMBER, Because.VALUES,
    )  # fmt: skip
    assert "110105194912310" not in str(found.to_json())


def test_cells_that_contradict_their_header_are_not_taken_for_it(tmp_path):
    rows = [[f"H{i}", "不是区划的文字", "低保"] for i in range(5)]
    path = book(tmp_path / "a.xlsx", [["家庭编号", "所属区划代码", "困难类型"], *rows])
    assert next(g for g in proposal(path).columns if g.position == 1).column is None


def test_a_person_stands_above_the_proposal(survey):
    found = proposal(survey)
    assert answers_of(found, {"D": LEFT_ALONE, "户编号": "size"}) == {0: "size", 1: "region", 2: "situations"}
    with pytest.raises(MappingError):
        answers_of(found, {"Z": "size"})
    with pytest.raises(MappingError, match="number"):
        confirmed(found, SHIPPED.get("city_households"), {1: "region"}, name="x")
    with pytest.raises(MappingError, match="no column"):
        confirmed(found, SHIPPED.get("city_households"), {0: "nothing"}, name="x")
    with pytest.raises(MappingError, match="no name"):
        confirmed(found, SHIPPED.get("city_households"), answers_of(found), name="../x")


def test_two_kinds_about_equally_likely_are_left_to_a_person(tmp_path):
    folder = tmp_path / "mappings"
    folder.mkdir()
    for name, label in (("one", "Household"), ("two", "Organisation")):
        (folder / f"{name}.toml").write_text(
            '[columns.number]\nheaders=["摸底编号"]\nrequired=true\n[columns.place]\nheaders=["摸底地点"]\nrequired=true\n'
            f'[[entities]]\nlabel="{label}"\nkey=["number"]\n', "utf-8",
        )  # fmt: skip
    path = book(tmp_path / "a.xlsx", [["摸底编号", "摸底地点"], ["1", "2"]])
    with pytest.raises(MappingError) as caught:
        recognise(path, mappings=MappingCatalogue(folder))
    assert (caught.value.context["reason"], caught.value.context["candidates"]) == ("ambiguous", "one, two")


def test_a_table_of_nothing_known_is_left_open(tmp_path):
    path = book(tmp_path / "a.xlsx", [["天气", "气温"], ["晴", 3], ["雨", 4]])
    found = proposal(path)
    assert found.like is None
    assert all(guess.confidence < SURE for guess in found.columns)


def test_only_what_was_confirmed_here_can_be_forgotten(survey, tmp_path):
    catalogue = MappingCatalogue(tmp_path / "mappings")
    found = proposal(survey)
    keep(catalogue, confirmed(found, SHIPPED.get(found.like), answers_of(found), name="town"))
    forget(catalogue, "town")
    for name in ("town", "city_households", "../x"):
        with pytest.raises(MappingError):
            forget(catalogue, name)


@pytest.mark.parametrize("name", saved_mappings())
def test_a_mapping_written_as_toml_is_read_back_the_same(name):
    mapping = SHIPPED.get(name)
    assert parse_mapping(mapping_toml(mapping), name) == mapping


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_a_share_and_only_equal_headers_are_the_same(ours, theirs):
    found = likeness(ours, theirs)
    assert 0 <= found.share <= 1
    assert likeness(ours, ours).share == 1.0
    assert (found.because is Because.SAME_HEADER) == (found.share == 1.0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("开始日期", "结束日期"),
        ("经度", "纬度"),
        ("捐赠人", "受赠人"),
        ("申请金额", "批准金额"),
        ("人员编号", "家庭编号"),
    ],
)
def test_opposites_that_share_their_letters_are_never_sure(ours, theirs):
    assert likeness(ours, theirs).share < SURE
