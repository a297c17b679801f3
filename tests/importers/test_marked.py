"""The workbook that goes back to the clerk: the own sheet, its problem cells marked, identity numbers cut short."""

import zipfile

import pytest
import python_calamine

from importers.marked import write_marked
from locales import Locale
from tests.importers.test_quirks import book

ROWS = [
    ["志愿者台账", None, None, None, None],
    ["志愿者编号", "姓名", "身份证号码", "常住区划代码", "状态"],
    ["V1", "王小二", "11010519491231002X", "320582100000", "在册"],
    ["V2", "王小三", "110105194912310021", "999999", "在册"],
    [None, "没编号", "", "320582100000", "=1+1"],
]


def cells(path, name):
    return (
        python_calamine.CalamineWorkbook.from_path(str(path))
        .get_sheet_by_name(name)
        .to_python(skip_empty_area=False)
    )


@pytest.mark.parametrize("locale", Locale)
async def test_problem_cells_are_marked_where_they_stand(tmp_path, load, locale):
    path = book(tmp_path / "志愿者台账.xlsx", ROWS, merges=(("A1:E1", "志愿者台账"),))
    report = await load(path, mapping="city_volunteers", dry_run=True)
    out = tmp_path / "marked.xlsx"
    assert write_marked(path, report.issues, out, locale=locale, mapping="city_volunteers") >= 3
    sheet, issues = python_calamine.CalamineWorkbook.from_path(str(out)).sheet_names
    shown = cells(out, sheet)
    assert [row[:2] for row in shown] == [[cell or "" for cell in row[:2]] for row in ROWS]
    assert [row[2] for row in shown[2:4]] == ["110…", "110…"]
    assert shown[4][4] == "=1+1"
    listed = cells(out, issues)
    assert len(listed) == 1 + len(report.issues)
    with zipfile.ZipFile(out) as package:
        everything = b"".join(package.read(name) for name in package.namelist())
        comments = package.read("xl/comments1.xml").decode()
    assert b"194912310" not in everything
    assert 'ref="C4"' in comments
    assert 'ref="A5"' in comments


async def test_a_list_without_issues_is_given_back_as_it_was(tmp_path, load):
    path = tmp_path / "银行账户.csv"
    path.write_text("捐赠人,金额\n甲公司,10.00\n共计1人次,总金额10.00\n", "utf-8")
    report = await load(path, dry_run=True)
    out = tmp_path / "marked.xlsx"
    assert write_marked(path, report.issues, out, locale=Locale.EN) == 0
    assert cells(out, "Sheet") == [["捐赠人", "金额"], ["甲公司", "10.00"], ["共计1人次", "总金额10.00"]]
