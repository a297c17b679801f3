"""Grants in pounds and equipment in America: as they are, in no yuan, in no Chinese division."""

import json
from datetime import date
from pathlib import Path

import pytest

from domain.donations import minor_amount
from domain.errors import InvalidInputError, MappingError
from graph.ports import Access, GraphStore, Statement
from importers import values
from importers.issues import IssueCode
from importers.mapping import parse_mapping
from importers.readers import open_source
from importers.repair import repaired
from tests.importers.conftest import Import
from tests.importers.test_published_tables import check_accounts

GRANTS = "360giving/"
EQUIPMENT = "getusppe/"

# file: (mapping, rows read, refused, flagged)
TABLES: dict[str, tuple[str, int, int, int]] = {
    GRANTS + "ab_charitable_trust.json": ("grants_package", 154, 1, 11),
    GRANTS + "wolfson_foundation.json": ("grants_package", 379, 0, 114),
    GRANTS + "IndigoTrust_360giving.csv": ("grants_flat", 269, 0, 0),
    EQUIPMENT + "offers_2020.csv": ("equipment_offers", 3700, 7, 368),
    EQUIPMENT + "matches_2020.csv": ("equipment_matches", 2670, 0, 301),
    EQUIPMENT + "ppe_match_donors_to_2020-04.csv": ("equipment_pledges", 1155, 3, 7),
    EQUIPMENT + "ppe_match_recipients_to_2020-04.csv": ("equipment_requests", 16508, 1, 5),
}


def grant(number: str, **more: object) -> dict[str, object]:
    return {
        "id": number,
        "title": "A grant",
        "currency": "GBP",
        "amountAwarded": 1250.5,
        "awardDate": "05/06/2014",
        "fundingOrganization": [{"id": "GB-CHC-1", "name": "Northern Trust"}],
        "recipientOrganization": [{"id": "GB-CHC-2", "name": "River House", "addressLocality": "Leeds"}],
        **more,
    }


def package(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "grants.json"
    path.write_text(json.dumps({"grants": rows}, ensure_ascii=False), "utf-8")
    return path


async def every(memory: GraphStore, text: str) -> list[dict[str, object]]:
    return list(await memory.read(lambda tx: tx.run(Statement(text, Access.READ))))


async def test_a_grant_keeps_its_pounds_and_makes_no_yuan(tmp_path, memory, load: Import):
    report = await load(package(tmp_path, grant("a", amountAppliedFor=2000)))
    assert (report.rows_loaded, report.totals[0].computed) == (1, 125_050)
    (gift,) = await every(
        memory,
        "MATCH (o:Organisation)-[:GAVE]->(n:Donation) RETURN o.name AS giver, n.currency AS currency,"
        " n.foreign_amount AS pence, n.amount_fen AS fen, n.fund_id AS fund, n.given_on AS day,"
        " n.region_id AS region",
    )
    assert gift == {
        "giver": "Northern Trust",
        "currency": "GBP",
        "pence": 125_050,
        "fen": None,
        "fund": None,
        "day": date(2014, 6, 5),
        "region": None,
    }
    lines = await every(
        memory, "MATCH (n:StatementLine) RETURN n.measure AS measure, n.title AS title ORDER BY measure"
    )
    assert lines == [
        {"measure": "amount", "title": "1,250.50 GBP"},
        {"measure": "applied", "title": "2,000.00 GBP"},
    ]
    assert await every(memory, "MATCH (n:Fund) RETURN n.id AS id") == []


async def test_one_number_under_two_names_is_one_organisation(tmp_path, memory, load: Import):
    other = [{"id": "GB-CHC-2", "name": "The River House Ltd"}]
    await load(package(tmp_path, grant("a"), grant("b", recipientOrganization=other)))
    found = await every(
        memory, "MATCH (n:Organisation {kind: 'SOCIAL_ORG'}) RETURN n.name AS name, n.aliases AS aliases"
    )
    assert found == [{"name": "River House", "aliases": ["The River House Ltd"]}]


async def test_a_grant_to_a_person_names_nobody(tmp_path, memory, load: Import):
    person = grant("a", recipientIndividual={"id": "x", "name": "Somebody"})
    del person["recipientOrganization"]
    await load(package(tmp_path, person))
    assert await every(memory, "MATCH (n:Organisation) RETURN n.name AS name") == [{"name": "Northern Trust"}]
    (line,) = await every(
        memory, "MATCH (n:StatementLine) RETURN n.organisation_id AS owner, n.title AS title"
    )
    assert line == {"owner": None, "title": "1,250.50 GBP"}


@pytest.mark.parametrize(
    ("more", "code", "refused"),
    [
        ({"currency": "EUR"}, IssueCode.UNKNOWN_CODE, 1),
        ({"amountAwarded": 0}, IssueCode.NEGATIVE_AMOUNT, 1),
        ({"amountAwarded": -5}, IssueCode.NEGATIVE_AMOUNT, 1),
        ({"amountAwarded": "1.005"}, IssueCode.UNREADABLE_AMOUNT, 1),
        ({"amountAwarded": 0, "relatedActivity": ["360G-parent"]}, IssueCode.QUANTITY_UNKNOWN, 0),
        ({"description": "a grant of Â£100,000"}, IssueCode.MOJIBAKE, 0),
        ({"awardDate": "06/31/2014"}, IssueCode.UNREADABLE_DATE, 0),
    ],
)
async def test_what_is_wrong_with_a_grant_is_said(more, code, refused, tmp_path, load: Import):
    report = await load(package(tmp_path, grant("a", **more), grant("b")))
    assert (report.rows_read, report.rows_refused) == (2, refused)
    assert code in {issue.code for issue in report.issues if issue.row == 1}


async def test_a_number_given_twice_is_one_grant(tmp_path, load: Import):
    report = await load(package(tmp_path, grant("a"), grant("a", amountAwarded=7)))
    assert [(i.row, i.code) for i in report.issues] == [(2, IssueCode.DUPLICATE_KEY)]
    assert report.totals[0].computed == 125_050


def test_a_wrong_decoding_is_kept_and_its_repair_is_offered():
    assert repaired("a grant of Â£100,000") == "a grant of £100,000"
    assert repaired("the organisationâ€™s work, 武汉") == "the organisation’s work, 武汉"
    assert repaired("plain £100") is None


async def test_the_report_shows_the_repair_beside_what_stands_there(tmp_path, memory, load: Import):
    report = await load(package(tmp_path, grant("a", description="Â£5 each")))
    (issue,) = report.to_json()["issues"]
    assert (issue["raw"], issue["suggestion"]) == ("Â£5 each", "£5 each")
    (gift,) = await every(memory, "MATCH (n:Donation) RETURN n.restriction_text AS text")
    assert gift == {"text": "Â£5 each"}


def test_records_within_records_become_columns(tmp_path):
    row = {
        "id": 1,
        "who": [{"name": "A"}, {"name": "B", "at": {"town": "C"}}],
        "tags": ["x", "y"],
        "none": [],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"rows": [row]}), "utf-8")
    (sheet,) = open_source(path).sheets
    header, cells = (cells for _, cells in sheet.rows())
    assert dict(zip(header, cells, strict=True)) == {
        "id": 1, "who/name": "A；B", "who/at/town": "C", "tags": "x；y", "none": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("05/06/2014", date(2014, 6, 5)),
        ("26/03/2001 00:00", date(2001, 3, 26)),
        ("2020-04-28T00:00:00+00:00", date(2020, 4, 28)),
    ],
)
def test_british_days_come_first_where_the_mapping_says_so(text, expected):
    assert values.read_date(text, day_order="day_first") == (expected, None)


def test_the_day_of_a_foreign_moment_is_that_of_its_zone():
    moment = "2020-05-22 17:38:09.981 UTC"
    assert values.read_date(moment) == (date(2020, 5, 23), None)
    assert values.read_date(moment, zone=values.UTC) == (date(2020, 5, 22), None)


@pytest.mark.parametrize("text", ["", "x", "1.001", "nan", "1e99", "1e-9"])
def test_what_is_no_sum_of_a_currency_is_refused(text):
    with pytest.raises(InvalidInputError):
        minor_amount("GBP", text)


def test_a_column_of_foreign_money_names_its_currency():
    with pytest.raises(MappingError, match="currency"):
        parse_mapping(
            '[columns.a]\nheaders = ["a"]\nkind = "foreign_money"\n[[entities]]\nlabel = "Fund"\n', "x"
        )


OFFERS = """donorKey,donationkey,equipmentEnum,qty,datecreated,dataSource,stateprovince
g1,d1,n95,300,2020-05-22 23:38:09.981 UTC,Guppe Intake,Fl
g1,d1,n95,300,2020-05-22 23:38:09.981 UTC,Guppe Intake,Fl
g2,d2,nitrile_gloves,0,2020-05-23 00:00:00 UTC,Guppe Intake,
g3,d3,gown,10000000000,2020-05-23 00:00:00 UTC,Guppe Intake,Friesland
g4,d4,gown,5,2020-05-23 00:00:00 UTC,Guppe Intake,Friesland
"""
MATCHES = """matchkey,donorkey,facilitykey,matchstatus,matchsubstatus,matchCreated,closedOrDelivered,enumcode,qty
m1,g1,f1,delivered,,2020-05-27 00:00:00 UTC,2020-10-14 07:10:21 UTC,n95,100
m2,g1,f2,closed,no_supply,2020-05-27 00:00:00 UTC,2020-05-20 00:00:00 UTC,n95,50
m3,g4,f2,closed,test_match,2020-05-27 00:00:00 UTC,2020-06-20 00:00:00 UTC,gown,-1
"""


async def test_offers_stay_where_they_are_and_zero_is_no_quantity(tmp_path, memory, load: Import):
    path = tmp_path / "offers.csv"
    path.write_text(OFFERS, "utf-8")
    report = await load(path)
    assert (report.rows_read, report.rows_refused) == (5, 1)
    assert {(i.row, i.code) for i in report.issues} == {
        (3, IssueCode.DUPLICATE_KEY),
        (4, IssueCode.QUANTITY_UNKNOWN),
        (5, IssueCode.FIGURE_BEYOND_LIMIT),
        (5, IssueCode.UNKNOWN_CODE),
        (6, IssueCode.UNKNOWN_CODE),
    }
    found = await every(
        memory,
        "MATCH (n:InKindOffer)-[:CAME_FROM]->(d:Donation) RETURN d.donor_name AS giver, d.given_on AS day,"
        " n.quantity AS quantity, n.pickup AS pickup, n.region_path AS region ORDER BY giver",
    )
    assert found == [
        {"giver": "g1", "day": date(2020, 5, 22), "quantity": 300, "pickup": "US-FL", "region": "/"},
        {"giver": "g4", "day": date(2020, 5, 23), "quantity": 5, "pickup": "Friesland", "region": "/"},
    ]


async def test_a_match_says_what_was_asked_and_what_came(tmp_path, memory, load: Import):
    path = tmp_path / "matches.csv"
    path.write_text(MATCHES, "utf-8")
    report = await load(path)
    assert {(i.row, i.code) for i in report.issues} == {
        (3, IssueCode.PUBLISHER_DOUBTS),
        (4, IssueCode.PUBLISHER_DOUBTS),
        (4, IssueCode.QUANTITY_UNKNOWN),
    }
    found = await every(
        memory,
        "MATCH (n:Need)-[:ASKS_FOR]->(i:NeedItem) MATCH (g:GoodsIssue {source_row: n.source_row})"
        " RETURN n.state AS state, n.trust AS trust, i.quantity AS asked, i.unit AS unit, g.quantity AS came,"
        " g.issued_on AS day ORDER BY n.source_row",
    )
    assert found == [
        {
            "state": "CONFIRMED",
            "trust": "delivered",
            "asked": 100,
            "unit": "个",
            "came": 100,
            "day": date(2020, 10, 14),
        },
        {"state": "EXPIRED", "trust": "closed: no_supply", "asked": 50, "unit": "个", "came": 0, "day": None},
        {"state": "EXPIRED", "trust": "closed: test_match", "asked": 1, "unit": "批", "came": 0, "day": None},
    ]


@pytest.mark.real_data
@pytest.mark.parametrize("name", TABLES)
async def test_a_published_table_abroad_loads_by_its_own_mapping(name: str, shared: Path, load: Import):
    path = shared / name
    mapping, read, refused, flagged = TABLES[name]
    report = await load(path)
    assert {sheet.mapping for file in report.files for sheet in file.sheets} == {mapping}
    assert (report.rows_read, report.rows_refused, report.rows_flagged) == (read, refused, flagged)
    check_accounts(report, path.parent)
    again = await load(path)
    assert [file.duplicate for file in again.files] == [True]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "pence"),
    [
        ("ab_charitable_trust.json", 1_658_936_149),
        ("wolfson_foundation.json", 3_117_845_600),
        ("IndigoTrust_360giving.csv", 805_354_540),
    ],
)
async def test_pounds_add_up_to_the_files_own_sum(name: str, pence: int, shared: Path, memory, load: Import):
    report = await load(shared / GRANTS / name)
    (total,) = report.totals
    assert (total.stated, total.computed) == (None, pence)
    (found,) = await every(memory, "MATCH (n:Donation) RETURN sum(n.foreign_amount) AS pence")
    assert found == {"pence": pence}


@pytest.mark.real_data
async def test_every_wrongly_decoded_grant_comes_with_its_repair(shared: Path, load: Import):
    report = await load(shared / GRANTS / "ab_charitable_trust.json")
    wrong = [issue for issue in report.issues if issue.code is IssueCode.MOJIBAKE]
    assert len(wrong) == 11
    assert not any(character in (issue.suggestion or "Â") for issue in wrong for character in "Ââ")
