"""Everything that real tables were seen to do; ``data/README.md`` of the collections names the file of each."""

import datetime
import io
import zipfile
from datetime import UTC, date

import pytest
import xlsxwriter

from domain.errors import UnreadableFileError
from importers.headers import match_header
from importers.issues import IssueCode, Severity
from importers.load import prepare, recognise
from importers.mapping import parse_mapping
from importers.readers import open_source
from importers.sheets import cell_text
from importers.tables import ROW, read_table
from importers.values import read_date, read_moment
from tests.importers.conftest import KEY, importer

BANK = "redcross_bank"


def book(path, *sheets, merges=(), formulas=()):
    made = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for rows in sheets:
        sheet = made.add_worksheet()
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell is not None:
                    sheet.write(i, j, cell)
        for area, text in merges:
            sheet.merge_range(area, text)
        for place, formula, value in formulas:
            sheet.write_formula(place, formula, None, value)
    made.close()
    return path


def read(path, mapping=None):
    """Give (sheet name, table, batch) of each table in a file."""
    one = recognise(path, mapping or "auto")
    batches = prepare(one, KEY, importer().scope)
    return [(batch.table.sheet.name, batch.table, batch) for batch in batches]


def refusal(path):
    with pytest.raises(UnreadableFileError) as caught:
        open_source(path)
    assert caught.value.context["problem"]
    return caught.value.context["reason"]


HEADER = "捐赠人,金额\n甲有限公司,10\n乙有限公司,20\n"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_issues_of_one_series_may_each_have_their_own_encoding(tmp_path, encoding, end):
    path = tmp_path / "银行账户.csv"
    path.write_bytes(HEADER.replace("\n", end).encode(encoding))
    ((_, table, _),) = read(path, BANK)
    assert table.frame["donor"].to_list() == ["甲有限公司", "乙有限公司"]


def test_text_of_an_old_macintosh_is_known_by_its_line_ends(tmp_path):
    path = tmp_path / "a.csv"
    rows = "name,note\rJosé's café – “open”," + "x" * 400 + "\r"
    path.write_bytes(rows.encode("mac_roman"))
    file = open_source(path)
    assert file.encoding == "mac_roman"
    assert next(iter(list(file.sheets[0].rows())[1:]))[1][0] == "José's café – “open”"


def test_the_same_bytes_with_other_line_ends_are_not_guessed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(("name,note\nJosé café," + "x" * 400 + "\n").encode("mac_roman"))
    assert refusal(path) == "encoding"


@pytest.mark.parametrize("above", [0, 1, 3, 9, 10])
def test_a_header_may_stand_below_any_number_of_lines(tmp_path, above):
    titles = [["公示", None], ["一段有数字 1,234 的说明文字", None], [None, None], ["单位：元", None]] * 3
    path = book(tmp_path / "a.xlsx", [*titles[:above], ["捐赠人", "金额"], ["甲公司", 1]])
    ((_, table, _),) = read(path, BANK)
    assert (table.title_rows, table.frame.height) == (above, 1)


@pytest.mark.parametrize(
    "header", [" 捐赠人", "捐赠人 ", "捐 赠 人", "捐赠人\u200b", "捐赠人\u3000", "捐赠人\t"]
)
def test_header_cells_may_carry_blanks_that_nobody_sees(tmp_path, header):
    path = book(tmp_path / "a.xlsx", [[header, "金额"], ["甲公司", 1]])
    assert read(path, BANK)[0][1].frame.height == 1


def test_headers_in_three_rows_take_the_words_of_their_groups(tmp_path):
    mapping = parse_mapping(
        'title="x"\n[header]\nrows=3\n[columns.day]\nheaders=["日期"]\n[columns.bank]\n'
        'headers=["收到/银行/金额"]\nkind="money"\nrequired=true\n[[entities]]\nlabel="StatementLine"\n'
        '[entities.set]\namount_fen="bank"\n',
        "three",
    )
    path = book(
        tmp_path / "a.xlsx",
        [["日期", "收到", None], [None, "银行", None], [None, "人数", "金额"], ["2020-01-29", 1, 2]],
        merges=(("A1:A3", "日期"), ("B1:C1", "收到"), ("B2:C2", "银行")),
    )
    (sheet,) = open_source(path).sheets
    match = match_header(sheet, mapping)
    assert match is not None
    assert match.columns == {"day": 0, "bank": 2}
    assert read_table(sheet, match).frame["bank"].to_list() == ["2"]


def test_a_donor_in_merged_cells_stands_in_each_row_and_a_figure_does_not(tmp_path):
    mapping = """
    [columns.name]
    headers = ["捐赠人"]
    fill_down = true
    [columns.amount]
    headers = ["数量"]
    kind = "quantity"
    [[entities]]
    label = "GoodsIssue"
    [entities.set]
    item_text = "name"
    """
    path = book(
        tmp_path / "a.xlsx",
        [["捐赠人", "数量"], ["甲", 5], [None, None], ["乙", 7]],
        merges=(("A2:A3", "甲"), ("B2:B3", "5")),
    )
    (sheet,) = open_source(path).sheets
    table = read_table(sheet, match_header(sheet, parse_mapping(mapping, "m")))
    assert table.frame["name"].to_list() == ["甲", "甲", "乙"]
    assert table.frame["amount"].to_list() == ["5", None, "7"]
    assert table.shared == {"amount": frozenset({2, 3})}


def test_two_tables_below_each_other_are_two_tables(tmp_path):
    path = book(
        tmp_path / "银行账户.xlsx",
        [
            ["捐赠人", "金额"], ["甲公司", 1], ["合计", 1], [], ["家庭"],
            ["家庭编号", "所属区划代码", "困难类型"], ["H1", "320582", "低保"],
        ],
    )  # fmt: skip
    first, second = sorted(read(path), key=lambda part: part[0])
    assert (first[0], second[0]) == ("Sheet1", "Sheet1#2")
    assert (first[1].mapping.name, second[1].mapping.name) == (BANK, "city_households")
    assert [part[1].frame[ROW].to_list() for part in (first, second)] == [[2], [7]]
    assert sum(
        t.title_rows + t.header_rows + t.blank_rows + t.footer_rows + t.frame.height for _, t, _ in (first, second)
    ) == 7  # fmt: skip


def test_two_tables_beside_each_other_are_two_tables(tmp_path):
    path = book(
        tmp_path / "银行账户.xlsx",
        [["捐赠人", "金额", None, "捐赠人", "金额"], ["甲公司", 1, None, "乙公司", 2]],
    )
    first, second = read(path)
    assert [part[1].frame["donor"].to_list() for part in (first, second)] == [["甲公司"], ["乙公司"]]
    assert second[1].issue(IssueCode.MOJIBAKE, Severity.FLAGGED, row=2, column="amount", raw="").column == "E"


def test_a_header_printed_again_on_each_page_is_no_row(tmp_path):
    path = book(tmp_path / "a.xlsx", [["捐赠人", "金额"], ["甲", 1], ["捐赠人", "金额"], ["乙", 2]])
    ((_, table, _),) = read(path, BANK)
    assert (table.frame.height, table.header_rows) == (2, 2)


@pytest.mark.parametrize(
    "footer",
    [
        ["共计2人次", "总金额30.00"], ["合计", 30], [None, "合计：30.00元"], ["武汉市红十字会"], ["2020年1月29日"],
        ["（1月22日—1月28日）"], ["备注：以上为初步统计"],
    ],
)  # fmt: skip
def test_footers_are_no_rows(tmp_path, footer):
    path = book(
        tmp_path / "a.xlsx", [["捐赠人", "金额"], ["甲公司", 10], ["乙公司", 20], ["合计", 30], footer]
    )
    ((_, table, _),) = read(path, BANK)
    assert (table.frame.height, table.footer_rows) == (2, 2)


def test_a_formula_gives_its_value_and_one_without_is_an_issue(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        [["捐赠人", "金额"], ["甲公司", None], ["乙公司", None], ["丙公司", None]],
        formulas=(("B2", "=1+1", 2), ("B3", "=B2*2", ""), ("B4", "=1/0", "#DIV/0!")),
    )
    ((_, table, batch),) = read(path, BANK)
    assert table.frame["amount"].to_list() == ["2", None, None]
    told = {(i.row, i.column, i.code, i.raw) for i in table.issues}
    assert told == {
        (3, "B", IssueCode.FORMULA_WITHOUT_VALUE, "=B2*2"),
        (4, "B", IssueCode.FORMULA_WITHOUT_VALUE, "#DIV/0!"),
    }
    assert batch.refused == {3, 4}


def test_what_stands_below_no_header_is_told(tmp_path):
    path = tmp_path / "银行账户.csv"
    path.write_text("捐赠人,金额,,\n甲公司,1,,500个n9\n乙公司,2,,\n", "utf-8")
    ((_, table, _),) = read(path, BANK)
    assert [(i.row, i.code, i.raw) for i in table.issues] == [(2, IssueCode.EXTRA_CELLS, "500个n9")]


@pytest.mark.parametrize(
    ("text", "options", "day", "issue"),
    [
        ("43860", {}, date(2020, 1, 30), None),
        ("2020.01.29", {}, date(2020, 1, 29), None),
        ("２０２０年１月２９日", {}, date(2020, 1, 29), None),
        ("2020-01-24T16:00:00.000Z", {}, date(2020, 1, 25), None),
        ("（1月22日—1月28日）", {"period": "2020"}, date(2020, 1, 22), IssueCode.DATE_RANGE),
        ("（1月22日—1月28日）", {}, None, IssueCode.DATE_INCOMPLETE),
        ("最后更新：25日13：34", {"period": "2020-01"}, date(2020, 1, 25), None),
        ("最后更新：25日13：34", {}, None, IssueCode.DATE_INCOMPLETE),
        ("24-Jan", {"period": "2020"}, date(2020, 1, 24), None),
        ("24-Jan", {}, None, IssueCode.DATE_INCOMPLETE),
        ("05/06/2014", {}, None, IssueCode.DATE_AMBIGUOUS),
        ("05/06/2014", {"day_order": "day_first"}, date(2014, 6, 5), None),
        ("05/06/2014", {"day_order": "month_first"}, date(2014, 5, 6), None),
        ("25/06/2014", {}, date(2014, 6, 25), None),
        ("2025/9/26 下午 10:28:05", {}, date(2025, 9, 26), None),
        ("Thu Jul 22 08:55:12 +0800 2021", {}, date(2021, 7, 22), None),
    ],
)
def test_days_are_read_in_every_form_that_was_seen(text, options, day, issue):
    assert read_date(text, **options) == (day, issue)


def test_words_of_the_day_are_read_with_their_half():
    assert read_moment("2025/9/26 下午 10:28:05")[0] == datetime.datetime(2025, 9, 26, 14, 28, 5, tzinfo=UTC)
    assert read_moment("2025/9/26 上午 12:05")[0] == datetime.datetime(2025, 9, 25, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize("seen", ["\u200b", "\u00a0", "\u3000" * 18, "\t", " \u200b\ufeff"])
def test_what_looks_empty_is_empty(seen):
    assert cell_text(seen) == ""
    assert cell_text(f"甲{seen}") == "甲"


def packed(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(f"xl/{name}", text)
    return buffer.getvalue()


def test_a_workbook_that_costs_more_than_any_table_is_refused_with_its_reason(tmp_path):
    path = tmp_path / "a.xlsx"
    cells = b"".join(b'<c r="A%d" t="s"><v>0</v></c>' % i for i in range(1, 30_000))
    many = {f"x{i}.xml": b"" for i in range(10_001)}
    for content, reason in (
        (packed(**{"worksheets/sheet1.xml": b"<a>" * 100 + b"</a>" * 100}), "damaged"),
        (packed(**{"worksheets/sheet1.xml": b'<c r="XFD1"/>'}), "too_wide"),
        (packed(**many), "bomb"),
        (packed(**{"worksheets/sheet1.xml": b" " * 50_000_000}), "bomb"),
        (
            packed(
                **{"sharedStrings.xml": b"<si><t>" + bytes(range(32, 60)) * 1200 + b"</t></si>",
                   "worksheets/sheet1.xml": cells}
            ),
            "bomb",
        ),
    ):  # fmt: skip
        path.write_bytes(content)
        assert refusal(path) == reason


def test_a_sheet_of_a_hundred_thousand_columns_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"h{i}" for i in range(100_000)) + "\n", "utf-8")
    assert refusal(path) == "too_wide"


def test_json_that_no_office_writes_is_refused_and_half_characters_are_replaced(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": ' + "9" * 5000 + "}]", "utf-8")
    assert refusal(path) == "damaged"
    path.write_text('[{"a": "x\\ud800\\u0000y"}]', "utf-8")
    (sheet,) = open_source(path).sheets
    assert cell_text(list(sheet.rows())[1][1][0]) == "x\ufffdy"
