"""Figures and birth dates that cannot be are told, not summed."""

import pytest

from domain.identifiers import resident_check_character
from graph.ports import Access, Statement

NEEDS = (
    "需求编号,需求内容,需求形式,需求类别,紧急程度,状态,对象类型,家庭编号,申请金额（元）,服务时长（分钟）\n"
)
STOCK = "库存编号,物资名称,库存数量,所属机构编号\n"
GIFTS = "捐赠人,金额\n"


@pytest.mark.parametrize(
    ("mapping", "header", "good", "bad", "column"),
    [
        (
            "city_needs", NEEDS, "N1,甲,资金,医疗费用,一般,已核实,家庭,H1,100000000000,20160",
            "N2,甲,资金,医疗费用,一般,已核实,家庭,H1,100000000000.01,60", "I",
        ),
        (
            "city_needs", NEEDS, "N1,甲,资金,医疗费用,一般,已核实,家庭,H1,1,20160",
            "N2,甲,资金,医疗费用,一般,已核实,家庭,H1,1,20161", "J",
        ),
        ("city_stock", STOCK, "S1,口罩,1000000000,O1", "S2,口罩,1000000001,O1", "C"),
        ("redcross_bank", GIFTS, "甲有限公司,100000000000", "乙有限公司,100000000000.01", "B"),
    ],
)  # fmt: skip
async def test_a_figure_beyond_anything_real_refuses_its_row(
    tmp_path, load, mapping, header, good, bad, column
):
    path = tmp_path / "表.csv"
    path.write_text(f"{header}{good}\n{bad}\n", "utf-8")
    report = await load(path, mapping=mapping)
    assert (report.rows_loaded, report.rows_refused) == (1, 1)
    (issue,) = [i for i in report.issues if i.severity.value == "REFUSED"]
    assert (issue.code.value, issue.row, issue.column) == ("FIGURE_BEYOND_LIMIT", 3, column)


def number(born):
    body = f"320582{born}123"
    return body + resident_check_character(body)


async def test_nobody_is_born_after_the_day_of_the_import(tmp_path, memory, load):
    path = tmp_path / "志愿者台账.csv"
    path.write_text(
        "志愿者编号,姓名,身份证号码,常住区划代码,状态\n"
        f"V1,王小二,{number('20260302')},320582100000,在册\n"
        f"V2,王小三,{number('20260303')},320582100000,在册\n",
        "utf-8",
    )
    report = await load(path, mapping="city_volunteers")
    (issue,) = [i for i in report.issues if i.code.value == "INVALID_ID_NUMBER"]
    assert (issue.row, issue.severity.value, issue.raw) == (3, "FLAGGED", "320…")
    rows = await memory.read(
        lambda tx: tx.run(
            Statement("MATCH (v:Volunteer) RETURN v.id_number_hash IS NULL AS h ORDER BY h", Access.READ)
        )
    )
    assert rows == [{"h": False}, {"h": True}]
