"""Every published table loads by its own mapping; rows add up, control totals are proven or denied."""

from collections import Counter
from pathlib import Path

import pytest

from graph.ports import Access, GraphStore, Statement
from importers.load import recognise
from importers.readers import open_source
from importers.report import ImportReport
from tests.importers.conftest import SHARED, Import

pytestmark = pytest.mark.real_data

RED = "redcross-2020/"
WUHAN = "wuhan2020-needs/"
HALL = RED + "武汉市红十字会"
HUBEI = RED + "湖北省红十字会"
CN = "cn-divisions/"

# file: (mapping, rows read, refused)
TABLES: dict[str, tuple[str, int, int]] = {
    RED + "hubei-donation.csv": ("province_statement", 15, 0),
    RED + "hubei-inflow.csv": ("province_goods_in", 18, 1),
    RED + "hubei-outflow.csv": ("province_goods_out", 17, 0),
    HALL + "发放物资一览表.xlsx": ("redcross_goods_out", 202, 0),
    HALL + "接收社会捐赠明细（交通银行账户）.xlsx": ("redcross_bank", 2855, 0),
    HALL + "接收社会捐赠物资公示8-2.xlsx": ("redcross_goods_in", 196, 0),
    HALL + "接收社会捐赠物资公示第6期—2.xlsx": ("redcross_goods_in", 220, 0),
    HALL + "接收社会捐赠现金公示 第6期—1.xlsx": ("redcross_cash", 100, 0),
    HALL + "接收社会捐赠现金公示7-1.xlsx": ("redcross_cash", 100, 0),
    HALL + "接收社会捐赠现金公示8-1.xlsx": ("redcross_cash", 100, 0),
    RED + "武汉红十字会捐款收支情况2.xlsx": ("redcross_statement", 20, 0),
    HUBEI + "捐款信息_0125.xls": ("province_cash", 60, 0),
    HUBEI + "捐款信息_0129.xls": ("province_cash", 6661, 0),
    HUBEI + "捐款信息_donate02.xls": ("province_cash", 1633, 0),
    HUBEI + "捐赠物资使用情况公布表1.xlsx": ("province_goods_out", 17, 0),
    WUHAN + "DONATION_ABROAD_20200125.csv": ("goods_pledged", 4, 0),
    WUHAN + "DemandOfHubei.csv": ("hospital_progress", 89, 0),
    WUHAN + "HOSPITAL_20200125_1437.csv": ("hospital_text", 7, 0),
    WUHAN + "HOSPITAL_20200125_1540.csv": ("hospital_text", 7, 0),
    WUHAN + "HOSPITAL_20200125_1709.csv": ("hospital_text", 11, 0),
    WUHAN + "HOSPITAL_20200125_2247.csv": ("hospital_text", 14, 0),
    WUHAN + "HOSPITAL_20200125_2252.csv": ("hospital_text", 17, 0),
    WUHAN + "HOSPITAL_20200126_0133.csv": ("hospital_text", 17, 0),
    WUHAN + "LOGISTICAL_20200125.csv": ("carriers", 6, 0),
    WUHAN + "json/clinic__data.json": ("clinics", 59, 0),
    WUHAN + "json/doctor_hotel__hubei__wuhanshi.json": ("hotels", 87, 0),
    WUHAN + "json/donation__data.json": ("charity_channels", 57, 0),
    WUHAN + "json/enterprise_donation__data.json": ("enterprise_gifts", 1, 0),
    WUHAN + "json/factory__data.json": ("makers", 21, 0),
    WUHAN + "json/hospital__hubei__huangshishi.json": ("hospital_items", 18, 0),
    WUHAN + "json/hospital__hubei__jingmenshi.json": ("hospital_items", 8, 0),
    WUHAN + "json/hospital__hubei__tianmenshi.json": ("hospital_items", 3, 0),
    WUHAN + "json/hospital__hubei__wuhanshi.json": ("hospital_items", 52, 0),
    WUHAN + "json/hospital__hubei__xiangyangshi.json": ("hospital_items", 19, 0),
    WUHAN + "json/hospital__hubei__xiantaoshi.json": ("hospital_items", 2, 0),
    WUHAN + "json/hospital__hubei__xiaoganshi.json": ("hospital_items", 15, 0),
    WUHAN + "json/hospital__hubei__yichangshi.json": ("hospital_items", 21, 0),
    WUHAN + "json/index.json": ("file_catalogue", 50, 0),
    WUHAN + "json/logistical__data.json": ("carriers", 22, 0),
    WUHAN + "json/sheet_validation_errors.json": ("quality_flags", 251, 0),
    "cn-micro-wishes/micro_wishes.csv": ("micro_wishes", 192, 1),
    CN + "boundaries_suzhou_shanghai_ningbo_wuhan.geojson": ("county_points", 48, 0),
    CN + "county_centroids.csv": ("county_points", 2898, 7),
    CN + "county_code_history_1980_2020.csv": ("county_code_history", 5276, 64),
    CN + "county_lnglat_zip_2019.csv": ("county_points_by_name", 3178, 158),
    CN + "mca_divisions.csv": ("mca_divisions", 3214, 0),
    CN + "mca_townships.csv.gz": ("mca_townships", 38749, 0),
    CN + "nbs_areas.csv": ("nbs_areas", 2978, 0),
    CN + "nbs_cities.csv": ("nbs_cities", 342, 0),
    CN + "nbs_provinces.csv": ("nbs_provinces", 31, 0),
    CN + "nbs_streets.csv.gz": ("nbs_streets", 41352, 0),
    CN + "nbs_villages_3101_shanghai.csv": ("nbs_villages", 6509, 0),
    CN + "nbs_villages_3205_suzhou.csv": ("nbs_villages", 2248, 0),
    CN + "nbs_villages_3302_ningbo.csv": ("nbs_villages", 3042, 0),
    CN + "nbs_villages_4201_wuhan.csv": ("nbs_villages", 3495, 0),
    CN + "nbs_vs_mca_town_code_conflicts.csv": ("town_code_conflicts", 6590, 0),
}


def check_accounts(report: ImportReport, folder: Path) -> None:
    """Every row of a sheet is one of title, header, blank, footer, loaded, refused with an issue."""
    assert report.rows_read == report.rows_loaded + report.rows_refused
    refused = {(i.file, i.sheet, i.row) for i in report.issues if i.severity.value == "REFUSED"}
    assert len(refused) == report.rows_refused
    for file in report.files:
        rows = {s.name: sum(1 for _ in s.rows()) for s in open_source(folder / file.file).sheets}
        for sheet in file.sheets:
            other = sheet.title_rows + sheet.header_rows + sheet.blank_rows + sheet.footer_rows
            assert sheet.rows_read + other == rows[sheet.sheet], (file.file, sheet)


def test_the_list_names_every_published_table(shared):
    found = {
        str(path.relative_to(shared))
        for folder in (RED, WUHAN, CN, "cn-micro-wishes/")
        for path in (shared / folder).rglob("*")
        if path.is_file() and path.suffix not in {".md", ".txt"}
    }
    assert found == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
async def test_a_published_table_loads_by_its_own_mapping(name: str, shared: Path, load: Import):
    path = shared / name
    mapping, read, refused = TABLES[name]
    report = await load(path)
    assert {sheet.mapping for file in report.files for sheet in file.sheets} == {mapping}
    assert (report.rows_read, report.rows_refused) == (read, refused)
    check_accounts(report, path.parent)
    again = await load(path)
    assert [file.duplicate for file in again.files] == [True]
    assert all(count.created == count.changed == 0 for count in again.nodes.values())
    assert again.nodes.keys() <= report.nodes.keys()


def _total(report: ImportReport, measure: str) -> tuple[int | None, int]:
    (total,) = [one for one in report.totals if one.measure == measure]
    return total.stated, total.computed


async def test_the_bank_file_adds_up_to_its_footer_and_denies_its_own_count(shared, load):
    """The footer states 2,856 gifts; the sheet holds 2,855 rows, and they alone give the stated sum."""
    report = await load(shared / (HALL + "接收社会捐赠明细（交通银行账户）.xlsx"))
    assert _total(report, "amount") == (31_454_075_569, 31_454_075_569)
    assert _total(report, "rows") == (2856, 2855)
    assert report.nodes["Donation"].created == 2855
    assert [i.code.value for i in report.issues] == ["CONTROL_TOTAL_MISMATCH"]


@pytest.mark.parametrize(
    ("name", "fen"),
    [("0125", 348_223_211), ("0129", 8_051_659_300), ("donate02", 3_842_232_224)],
)
async def test_the_provinces_lists_agree_with_their_footers_to_the_fen(name, fen, shared, load):
    report = await load(shared / f"{HUBEI}捐款信息_{name}.xls")
    assert _total(report, "amount") == (fen, fen)
    assert report.agrees


@pytest.mark.parametrize("name", ["接收社会捐赠现金公示7-1.xlsx", "接收社会捐赠现金公示8-1.xlsx"])
async def test_a_table_without_a_footer_is_said_to_prove_nothing(name, shared, load):
    report = await load(shared / (HALL + name))
    (total,) = report.totals
    assert total.stated is None
    assert total.agrees is None
    assert total.computed > 0


async def test_the_provinces_valued_gifts_state_no_total_and_sum_to_what_they_say(shared, load):
    report = await load(shared / (HUBEI + "捐赠物资使用情况公布表1.xlsx"))
    assert _total(report, "value") == (None, 862_457_000)


async def test_names_are_filled_down_merged_cells_and_figures_are_not(shared, memory, load):
    report = await load(shared / (HALL + "接收社会捐赠物资公示第6期—2.xlsx"))
    shared_rows = {i.row for i in report.issues if i.code.value == "QUANTITY_SHARED"}
    assert {218, 219, 220, 221, 222, 223} <= shared_rows
    given = await memory.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (o:InKindOffer) WHERE o.source_row >= 218 AND o.source_row <= 223"
                " RETURN o.source_row AS row, o.item_text AS text, o.quantity AS quantity ORDER BY row",
                Access.READ,
            )
        )
    )
    assert [(g["row"], g["text"], g["quantity"]) for g in given] == [
        (218, "抗病毒口服液", 84),
        (220, "抗病毒口服液", 375),
        (222, "抗病毒口服液", 367),
    ]


async def test_goods_handed_out_keep_their_receiver_and_meet_its_other_names(shared, memory, load):
    await load(shared / (HALL + "发放物资一览表.xlsx"))
    rows = await memory.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (g:GoodsIssue)-[:ISSUED_TO]->(o:Organisation) RETURN o.name AS name, count(g) AS n",
                Access.READ,
            )
        )
    )
    by_name = {row["name"]: row["n"] for row in rows}
    assert sum(by_name.values()) == 202
    assert len(by_name) == 15
    assert by_name["华中科技大学同济医学院附属同济医院"] == 1
    assert by_name["武汉市第五医院"] == 9


async def test_later_versions_of_a_hospital_list_change_needs_and_do_not_double_them(shared, memory, load):
    versions = sorted((shared / WUHAN).glob("HOSPITAL_*.csv"))
    counts = [(await load(path)).nodes["Need"] for path in versions]
    assert [c.created for c in counts] == [7, 0, 4, 3, 5, 1]
    counted = (
        Statement("MATCH (n:Need) RETURN count(n) AS n", Access.READ),
        Statement("MATCH (o:Organisation)-[:HAS_NEED]->(:Need) RETURN count(DISTINCT o) AS n", Access.READ),
    )
    (needs,), (houses,) = [await memory.read(lambda tx, one=one: tx.run(one)) for one in counted]
    assert needs["n"] == houses["n"] == 20


async def test_flags_are_not_quantities(shared, memory: GraphStore, load):
    report = await load(shared / WUHAN / "json" / "hospital__hubei__yichangshi.json")
    codes = Counter(i.code.value for i in report.issues)
    items = await memory.read(
        lambda tx: tx.run(Statement("MATCH (i:NeedItem) RETURN i.quantity AS q, i.unit AS u", Access.READ))
    )
    lots = [i for i in items if i["u"] == "批"]
    assert len(lots) == codes["QUANTITY_UNKNOWN"] == 90
    assert {i["q"] for i in lots} == {1}
    assert max(i["q"] for i in items) == 50_000
    assert all(i["q"] > 1 for i in items if i["u"] != "批")


async def test_gifts_passed_on_name_who_gave(shared, memory, load):
    await load(shared / (HUBEI + "捐款信息_0129.xls"))
    (gift,) = await memory.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (d:Donation) WHERE d.source_row = 6664"
                " RETURN d.donor_name AS hand, d.passed_on_for AS giver, d.amount_fen AS fen",
                Access.READ,
            )
        )
    )
    assert (gift["hand"], gift["giver"], gift["fen"]) == ("牛诗", "北京融邦荣典当行", 200_000)


async def test_wishes_have_no_subject_and_sums_are_no_wishes(shared, memory, load):
    report = await load(shared / "cn-micro-wishes" / "micro_wishes.csv")
    (refused,) = [i for i in report.issues if i.severity.value == "REFUSED"]
    assert (refused.code.value, refused.raw) == ("TOTAL_NOT_ROW", "81个儿童心愿合计")
    rows = await memory.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (n:Need) RETURN n.subject_kind AS kind, n.subject_id AS subject, count(n) AS n",
                Access.READ,
            )
        )
    )
    assert [(r["kind"], r["subject"], r["n"]) for r in rows] == [("ANONYMOUS", None, 191)]


async def test_the_nation_hangs_together_from_province_to_village(shared, memory, load):
    names = (
        "nbs_villages_3205_suzhou.csv",
        "nbs_streets.csv.gz",
        "nbs_areas.csv",
        "nbs_cities.csv",
        "nbs_provinces.csv",
    )
    report = await load(*(shared / CN / name for name in names))
    assert [i for i in report.issues if i.code.value == "DANGLING_REFERENCE"] == []
    # four cities without counties stand among the counties as well, under the city's own twelve digits
    assert report.relationships["PART_OF"].unchanged == 4
    assert report.relationships["PART_OF"].created == 2248 + 41352 + 2978 + 342 - 4
    (town,) = await memory.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (t:Region {id: $id})-[:PART_OF]->(c:Region)-[:PART_OF]->(p:Region)"
                " RETURN t.name AS town, c.name AS county, p.name AS city",
                Access.READ,
            ),
            id="NBS:320582100000",
        )
    )
    assert (town["town"], town["county"], town["city"]) == ("杨舍镇", "张家港市", "苏州市")


def test_published_tables_are_recognised_without_a_store(shared):
    one = recognise(SHARED / (HALL + "发放物资一览表.xlsx"))
    assert [match.mapping.name for _, match in one.matches] == ["redcross_goods_out"]
