"""No identity number stands in a report in clear, wherever in the files it stood."""

import json
import re

import pytest

from generator.city import generate_city
from generator.sizes import CitySize
from graph.ports import Access, Statement
from importers.privacy import masked

NUMBER = re.compile(r"\d{17}[\dXx]|(?<!\d)\d{15}(?!\d)")
REPORTS = Statement("MATCH (b:ImportBatch) RETURN b.report AS report", Access.READ)


async def stored(store):
    return [row["report"] for row in await store.read(lambda tx: tx.run(REPORTS))]


def spoken_numbers(text):
    """Give identity numbers within quoted texts; digests and ids are no texts of a file."""
    return [found for found in NUMBER.findall(text) if not re.search(rf'"[0-9a-f:]*{found}[0-9a-f]*"', text)]


@pytest.mark.parametrize(
    "number",
    [
        "320582195005011234",
        "32058219500501123X",
        "32058219501339123x",  # no such day, yet somebody's number with a slip of the pen
        "32058219500501123",
        "320582500501123",
        "３２０５８２１９５００５０１１２３４",
        "320582 19500501 1234",
        "320582-19500501-123x",
    ],
)
def test_an_identity_number_is_cut_short_wherever_it_stands(number):
    assert masked(number) == f"{number.translate(str.maketrans('３２０', '320'))[:3]}…"
    assert masked(f"证号{number}，见附页") == f"证号{masked(number)}，见附页"
    assert masked(f"320582100000 {number} 13800000000") == f"320582100000 {masked(number)} 13800000000"


@pytest.mark.parametrize(
    "text",
    ["91320582MA1XYZ1234", "52320582509123456X", "320582100000", "13800000000", "2020-01-29", "甲医院", ""],
)
def test_other_codes_stay_whole(text):
    assert masked(text) == text


async def test_shifted_cells_footers_and_headers_tell_no_identity_number(tmp_path, memory, load):
    path = tmp_path / "志愿者台账.csv"
    path.write_text(
        "志愿者编号,姓名,身份证号码,常住区划代码,状态,320582195005011234\n"
        "V1,王小二,320582195005011234,320582100000,在册\n"
        "V2,王小三,,320582100000,320582195005011234,\n"
        "320582195005011234,王小三,,320582195005011234,在册,,320582195005011234\n"
        "320582195005011234,王小三,,320582195005011234,在册,,\n"
        "合计,,320582195005011234,320582100000,在册\n"
        "经办人：320582195005011234\n",
        "utf-8",
    )
    report = await load(path, mapping="city_volunteers")
    assert report.issues
    text = json.dumps(report.to_json(), ensure_ascii=False)
    assert "320…" in text
    assert spoken_numbers(text) == []
    for kept in await stored(memory):
        assert spoken_numbers(kept) == []


async def test_an_identity_number_below_a_column_of_money_is_no_total(tmp_path, memory, load):
    path = tmp_path / "银行账户.csv"
    path.write_text("捐赠人,金额\n甲有限公司,10.00\n合计,320582500501123\n", "utf-8")
    report = await load(path)
    assert [total.stated for total in report.totals] == [None]
    assert spoken_numbers(json.dumps(report.to_json(), ensure_ascii=False)) == []


async def test_a_citys_reports_tell_no_identity_number(tmp_path, memory, load):
    summary = generate_city(CitySize.S, 11, tmp_path, fault_rate=0.06)
    report = await load(*(tmp_path / name for name in summary.files))
    assert report.issues
    reports = await stored(memory)
    assert len(reports) == len(summary.files)
    for text in (json.dumps(report.to_json(), ensure_ascii=False), *reports):
        assert spoken_numbers(text) == []
