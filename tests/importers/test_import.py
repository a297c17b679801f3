"""From files to the graph: rows accounted for, twice is once, wrong files change nothing."""

import csv
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import MappingError, NotPermittedError, SettingsError, UnreadableFileError
from graph.ports import Access, GraphStore, Statement
from graph.schema import NODE_TYPE_BY_LABEL
from importers import store as writing
from importers.entities import build
from importers.headers import match_header
from importers.issues import IssueCode
from importers.load import import_files, recognise
from importers.mapping import SHIPPED, parse_mapping, saved_mappings
from importers.provenance import cell_of
from importers.readers import open_source
from importers.resolve import resolve
from importers.tables import read_table
from locales import Locale, catalogue
from tests.importers.conftest import clock, importer

HEADER = ["家庭编号", "所属区划", "困难类型", "经度"]
HOUSEHOLDS = parse_mapping(
    """
namespace = "test"
[columns.number]
headers = ["家庭编号"]
required = true
[columns.region]
headers = ["所属区划"]
kind = "region"
within = "320582"
required = true
[columns.situations]
headers = ["困难类型"]
kind = "codes"
values = { "低保" = "DIBAO", "特困" = "TEKUN" }
[columns.longitude]
headers = ["经度"]
kind = "decimal"
[[entities]]
label = "Household"
key = ["number"]
[entities.set]
file_number = "number"
region_id = "region.id"
region_path = "region.path"
situations = "situations"
longitude_deg = "longitude"
""",
    "test_households",
)


def write_csv(path, rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), "utf-8")
    return path


def bank(path, rows, footer):
    return write_csv(path, [["武汉市红十字会", ""], ["捐赠人", "金额"], *rows, footer])


async def count(store: GraphStore, label: str) -> int:
    text = Statement("MATCH (n) WHERE label(n) = $label RETURN count(n) AS n", Access.READ)
    (row,) = await store.read(lambda tx: tx.run(text, label=label))
    return int(row["n"])


async def all_rows(store: GraphStore, label: str):
    return [frame async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL[label])]


cells = st.one_of(
    st.sampled_from(
        [
            "",
            "H1",
            "H2",
            "320582",
            "杨舍镇",
            "不存在县",
            "低保、特困",
            "高龄",
            "120.6",
            "合计",
            "备注：x",
            "一二三",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"), max_size=12),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    titles=st.lists(st.text("abc 年报", max_size=8), max_size=10),
    rows=st.lists(st.lists(cells, min_size=4, max_size=4), max_size=12),
)
def test_every_row_is_exactly_one_of_title_header_blank_footer_loaded_refused(tmp_path, titles, rows):
    path = write_csv(tmp_path / "a.csv", [*([title, "", "", ""] for title in titles), HEADER, *rows])
    try:
        (sheet,) = open_source(path).sheets
    except UnreadableFileError:
        return
    match = match_header(sheet, HOUSEHOLDS)
    assert match is not None
    assert match.fits
    table = read_table(sheet, match)
    values = resolve(table, identity_key=None)
    batch = build(values)
    every = [number for number, _ in sheet.rows()]
    data = table.frame["@row"].to_list()
    assert table.title_rows + table.header_rows + table.blank_rows + table.footer_rows + len(data) == len(
        every
    )
    assert len(set(data)) == len(data)
    refused = {i.row for i in (*table.issues, *batch.issues) if i.severity.value == "REFUSED"}
    assert refused == set(batch.refused) <= set(data)
    loaded = set(data) - batch.refused
    said = {i.row for i in batch.issues if i.code is IssueCode.DUPLICATE_KEY} - batch.refused
    made = set(batch.nodes[0].frame["@row"].to_list())
    assert made <= loaded
    keys = table.frame.filter(table.frame["@row"].is_in(loaded))["number"]
    assert len(made) == keys.n_unique()
    assert len(loaded - made) == len(said)


async def test_a_file_read_twice_changes_nothing_and_says_so(tmp_path, memory, load):
    path = bank(
        tmp_path / "银行账户.csv", [["甲有限公司", "10.00"], ["乙", "0.01"]], ["共计2人次", "总金额10.01"]
    )
    first = await load(path)
    assert first.agrees
    assert first.nodes["Donation"].created == 2
    before = await all_rows(memory, "Donation")
    second = await load(path)
    assert second.files[0].duplicate
    assert second.nodes["Donation"].to_json() == {"created": 0, "changed": 0, "unchanged": 2, "refused": 0}
    after = await all_rows(memory, "Donation")
    assert [f.to_dicts() for f in before] == [f.to_dicts() for f in after]


async def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(tmp_path, memory, load):
    path = bank(tmp_path / "银行账户.csv", [["甲有限公司", "10.00"]], ["共计1人次", "总金额10.00"])
    dry = await load(path, dry_run=True)
    assert dry.nodes["Donation"].created == 1
    for label in ("Donation", "Fund", "Organisation", "ImportBatch", "SourceTable", "AuditEntry"):
        assert await count(memory, label) == 0
    real = await load(path)
    assert {name: c.to_json() for name, c in real.nodes.items()} == {
        name: c.to_json() for name, c in dry.nodes.items()
    }


@pytest.mark.parametrize("footer", [["共计2人次", "总金额10.02"], ["共计3人次", "总金额10.01"]])
async def test_a_total_that_does_not_hold_is_denied(tmp_path, load, footer):
    path = bank(tmp_path / "银行账户.csv", [["甲有限公司", "10.00"], ["乙", "0.01"]], footer)
    report = await load(path)
    assert not report.agrees
    assert [i.code for i in report.issues] == [IssueCode.CONTROL_TOTAL_MISMATCH]


async def test_a_refused_row_breaks_the_total_that_counted_it(tmp_path, load):
    path = bank(
        tmp_path / "银行账户.csv", [["甲有限公司", "10.00"], ["乙", "十块吧"]], ["共计2人次", "总金额10.01"]
    )
    report = await load(path)
    assert (report.rows_read, report.rows_loaded, report.rows_refused) == (2, 1, 1)
    codes = {i.code for i in report.issues}
    assert codes == {IssueCode.UNREADABLE_AMOUNT, IssueCode.CONTROL_TOTAL_MISMATCH}
    (refused,) = [i for i in report.issues if i.severity.value == "REFUSED"]
    assert (refused.row, refused.column, refused.header, refused.raw) == (4, "B", "金额", "十块吧")


async def test_what_workflows_own_survives_a_corrected_file(tmp_path, memory, load):
    path = tmp_path / "a.csv"
    header = ["医院名称", "医院地址", "所需物资信息"]
    await load(write_csv(path, [header, ["甲医院", "湖北省武汉市", "N95口罩500个"]]))
    moved = Statement("MATCH (n:Need) SET n.state = 'MATCHED'", Access.WRITE)
    await memory.write(lambda tx: tx.run(moved))
    report = await load(write_csv(path, [header, ["甲医院", "湖北省武汉市", "N95口罩800个"]]))
    assert report.nodes["NeedItem"].changed == 1
    text = Statement(
        "MATCH (n:Need)-[:ASKS_FOR]->(i:NeedItem) RETURN n.state AS state, i.quantity AS quantity",
        Access.READ,
    )
    assert await memory.read(lambda tx: tx.run(text)) == [{"state": "MATCHED", "quantity": 800}]


async def test_every_value_leads_back_to_its_cell(tmp_path, memory, load):
    path = bank(
        tmp_path / "银行账户.csv", [["甲有限公司", "10.00"], ["乙", "0.01"]], ["共计2人次", "总金额10.01"]
    )
    await load(path)
    (tables,) = await all_rows(memory, "SourceTable")
    (gifts,) = await all_rows(memory, "Donation")
    gift = next(g for g in gifts.to_dicts() if g["amount_fen"] == 1)
    cell = cell_of(tables.to_dicts()[0], gift, "Donation", "amount_fen")
    assert (cell.file, cell.row, cell.column, cell.header) == ("银行账户.csv", 4, "B", "金额")


async def test_a_mapping_that_does_not_fit_names_the_missing_columns(tmp_path, load):
    path = write_csv(tmp_path / "a.csv", [["捐赠人", "日期"], ["甲", "2020-01-01"]])
    with pytest.raises(MappingError, match=r"amount \(金额\)"):
        await load(path, mapping="redcross_bank")
    with pytest.raises(MappingError, match="Nearest"):
        await load(write_csv(tmp_path / "b.csv", [["x", "y"], ["1", "2"]]))
    with pytest.raises(MappingError, match="no mapping is called"):
        await load(path, mapping="nothing")


async def test_equal_fits_are_not_guessed_between(tmp_path, load):
    path = write_csv(tmp_path / "renamed.csv", [["捐赠人", "金额"], ["甲", "1"]])
    with pytest.raises(MappingError, match="several mappings fit"):
        await load(path)
    assert (await load(path, mapping="redcross_bank")).rows_loaded == 1


async def test_one_wrong_file_among_many_stops_the_import_before_it_starts(tmp_path, memory, load):
    good = bank(tmp_path / "银行账户.csv", [["甲有限公司", "10.00"]], ["共计1人次", "总金额10.00"])
    bad = tmp_path / "b.csv"
    bad.write_bytes(b"\x00\x01")
    with pytest.raises(UnreadableFileError):
        await load(good, bad)
    assert await count(memory, "Donation") == 0


async def test_only_importers_import_and_only_where_their_scope_reaches(tmp_path, memory, load):
    header = ["医院名称", "医院地址", "所需物资信息"]
    path = write_csv(
        tmp_path / "a.csv",
        [header, ["甲医院", "湖北省武汉市", "口罩5个"], ["乙医院", "湖北省黄石市", "口罩5个"]],
    )
    worker = Actor(
        id="w",
        name="w",
        roles=frozenset({Role.VOLUNTEER}),
        scope=Scope(region_paths=("/",), purpose=Purpose.SERVICE),
    )
    with pytest.raises(NotPermittedError):
        await import_files(memory, worker, [path], clock=clock)
    report = await load(path, actor=importer("/NBS/42/4201/"))
    assert (report.rows_loaded, report.rows_refused) == (1, 1)
    assert {(i.code, i.row) for i in report.issues if i.severity.value == "REFUSED"} == {
        (IssueCode.OUT_OF_SCOPE, 3)
    }
    assert await count(memory, "Need") == 1


async def test_identity_numbers_need_a_key(tmp_path, memory):
    mapping = SHIPPED.get("city_residents")
    header = [column.headers[0] for column in mapping.columns.values()]
    path = write_csv(tmp_path / "a.csv", [header, ["x"] * len(header)])
    with pytest.raises(SettingsError):
        await import_files(memory, importer(), [path], mapping="city_residents", clock=clock)


async def test_a_large_file_is_loaded_in_bounded_transactions_and_completes_when_repeated(
    tmp_path, memory, load, monkeypatch
):
    monkeypatch.setattr(writing, "ROWS_PER_TRANSACTION", 7)
    path = bank(
        tmp_path / "银行账户.csv", [[f"甲{n}有限公司", "1"] for n in range(20)], ["共计20人次", "总金额20"]
    )
    report = await load(path)
    assert report.nodes["Donation"].created == report.relationships["GAVE"].created == 20
    assert await count(memory, "ImportBatch") == 1
    assert (await load(path)).files[0].duplicate


async def test_rows_shuffled_give_the_same_nodes_of_keyed_tables(tmp_path, memory, load):
    rows = [
        [f"W{n}", "书包", "学习用品", "儿童", "1", "个", "", "", "2020", "", "", "330203"] for n in range(30)
    ]
    header = (
        "wish_id,wish,category,beneficiary,quantity,unit,"
        "cost_cny_text,region_text,year,source_url,source_flag,region_code"
    )
    first = await load(write_csv(tmp_path / "a.csv", [header.split(","), *rows]))
    random.Random(1).shuffle(rows)  # noqa: S311 - a repeatable order, no secret
    second = await load(write_csv(tmp_path / "b.csv", [header.split(","), *rows]))
    assert first.nodes["Need"].created == 30
    assert second.nodes["Need"].created == second.nodes["NeedItem"].created == 0


def test_a_report_is_json_and_adds_up(tmp_path):
    one = recognise(bank(tmp_path / "银行账户.csv", [["甲", "1"]], ["共计1人次", "总金额1"]))
    assert [match.mapping.name for _, match in one.matches] == ["redcross_bank"]
    assert json.dumps({name: m.model_dump(mode="json") for name, m in saved_mappings().items()})


@pytest.mark.parametrize("locale", Locale)
def test_every_issue_is_worded_and_has_a_place_on_the_reference_page(locale):
    texts = catalogue(locale)
    folder = {Locale.EN: "en", Locale.ZH_CN: "zh"}[locale]
    page = (Path(__file__).parents[2] / "docs" / folder / "reference" / "issues.md").read_text("utf-8")
    for code in IssueCode:
        assert texts[f"importers.issue.{code.value}"]
        assert texts[f"importers.remedy.{code.value}"]
        assert f"`{code.value}`" in page


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("columns = 3", "columns"),
        ('[columns.a]\nheaders = ["a"]\nkind = "money"\nfill_down = true', "merged figure"),
        ('[columns.a]\nheaders = ["a"]\n[[entities]]\nlabel = "Nothing"', "no node type"),
        ('[columns.a]\nheaders = ["a"]\n[[entities]]\nlabel = "Need"\nset = { colour = "a" }', "no property"),
        ('[columns.a]\nheaders = ["a"]\n[[entities]]\nlabel = "Need"\nset = { title = "b" }', "no column"),
        ("= broken", "not TOML"),
    ],
)
def test_a_malformed_mapping_names_the_place(text, problem):
    with pytest.raises(MappingError, match=problem):
        parse_mapping(text, "bad")


async def test_what_volunteers_prefer_and_how_often_they_come_is_read(tmp_path, memory, load):
    header = ["志愿者编号", "姓名", "常住区划代码", "状态", "优先参加类别", "每期最多服务次数"]
    row = ["V1", "王小明", "320582", "在册", "照护服务、陪同出行", "3"]
    report = await load(write_csv(tmp_path / "志愿者.csv", [header, row]), dry_run=False)
    (frame,) = await all_rows(memory, "Volunteer")
    found = frame.select("preferred_categories", "most_visits").to_dicts()
    assert found == [{"preferred_categories": ["CARE", "ESCORT"], "most_visits": 3}], report
