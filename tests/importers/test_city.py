"""A generated city loads by its mappings; what is refused or flagged is what was spoilt."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from generator.city import generate_city
from generator.faults import FaultKind
from generator.shipped import labels, table
from generator.sizes import CitySize
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from importers.goods import item_of
from importers.issues import IssueCode, Severity
from importers.load import import_files
from importers.mapping import saved_mappings
from tests.workflows.protection.test_numbers import whole_graph
from workflows.linking.running import link_city
from workflows.people import administrator
from workflows.protection.masks import shown_masks_in
from workflows.workspace import Workspace

OFFICER = Actor(
    id="importer",
    name="importer",
    roles=frozenset({Role.IMPORTER}),
    scope=Scope(region_paths=("/",), purpose=Purpose.OPERATION),
)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEY = b"k" * 32
FOUND_AS = {
    FaultKind.BAD_CHECK_DIGIT: {IssueCode.INVALID_ID_NUMBER, IssueCode.INVALID_CREDIT_CODE},
    FaultKind.FUTURE_BIRTH_DATE: {IssueCode.INVALID_ID_NUMBER},
    FaultKind.BLANK_REQUIRED: {IssueCode.MISSING_REQUIRED},
    FaultKind.UNKNOWN_REGION: {IssueCode.UNKNOWN_REGION},
    FaultKind.DUPLICATE_ROW: {IssueCode.DUPLICATE_KEY},
    FaultKind.BROKEN_WINDOW: {IssueCode.UNREADABLE_WINDOW},
}
LABELS = {
    "regions": "Region", "stations": "Station", "workers": "SocialWorker", "organisations": "Organisation",
    "offers": "ServiceOffer", "households": "Household", "residents": "Resident", "volunteers": "Volunteer",
    "qualifications": "Qualification", "covers": "InsuranceCover", "needs": "Need", "slots": "NeedSlot",
    "items": "NeedItem", "funds": "Fund", "donations": "Donation", "stock": "InKindOffer",
    "points": "ServicePoint",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    out = tmp_path_factory.mktemp("city")
    return out, generate_city(CitySize.S, 7, out, fault_rate=0.06, likeness_share=0.0)


@pytest.fixture
async def loaded(city):
    out, summary = city
    async with open_ladybug() as store:
        await store.define()
        files = [out / name for name in summary.files]
        report = await import_files(store, OFFICER, files, clock=lambda: NOW, identity_key=KEY)
        yield store, report, summary


async def test_everything_meant_is_loaded_but_what_was_spoilt_beyond_use(loaded):
    store, report, summary = loaded
    refused = Counter(fault.table for fault in summary.faults if fault.kind is FaultKind.BLANK_REQUIRED)
    for key, label in LABELS.items():
        (found,) = await store.read(
            lambda tx, label=label: tx.run(Statement(f"MATCH (n:{label}) RETURN count(n) AS n", Access.READ))  # type: ignore[arg-type]  # a label of the schema
        )
        assert found["n"] == summary.counts[key] - refused[key], key
    lists = {entry["key"] for entry in table("departments")["lists"]}
    (records,) = await store.read(
        lambda tx: tx.run(Statement("MATCH (n:DepartmentRecord) RETURN count(n) AS n", Access.READ))
    )
    assert records["n"] == sum(summary.counts[key] - refused[key] for key in lists)
    assert report.rows_refused == sum(refused.values())
    repeated = sum(fault.kind is FaultKind.DUPLICATE_ROW for fault in summary.faults)
    assert report.rows_read == sum(summary.counts.values()) + repeated


async def test_all_control_totals_agree_to_the_fen(loaded):
    _, report, summary = loaded
    totals = [total for total in report.to_json()["totals"] if total["agrees"] is not None]
    assert len(totals) == 4
    assert all(total["agrees"] for total in totals)
    donated = next(total for total in totals if "捐赠" in total["file"])
    assert donated["computed"] == summary.control_totals["donations"]["amount_fen"]


async def test_the_import_finds_every_fault_at_its_place_and_no_other(loaded):
    _, report, summary = loaded
    issues = {
        (issue.file, issue.sheet, issue.row, issue.code)
        for issue in report.issues
        if issue.code is not IssueCode.SHEET_NOT_MAPPED
    }
    expected = set()
    for fault in summary.faults:
        if fault.kind.readable:
            assert not any(place[:3] == (fault.file, fault.sheet, fault.row) for place in issues)
            continue
        hits = {place for place in issues if place[:3] == (fault.file, fault.sheet, fault.row)}
        assert hits, fault
        assert {place[3] for place in hits} <= FOUND_AS[fault.kind], fault
        expected |= hits
    assert issues == expected


async def test_only_blank_keys_make_a_row_unloadable(loaded):
    _, report, summary = loaded
    lost = {
        (issue.file, issue.sheet, issue.row) for issue in report.issues if issue.severity is Severity.REFUSED
    }
    blank = {(f.file, f.sheet, f.row) for f in summary.faults if f.kind is FaultKind.BLANK_REQUIRED}
    assert lost == blank


async def test_needs_keep_their_windows_their_subject_and_their_people(loaded):
    store, _, _ = loaded
    rows = await store.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (h:Household)-[:HAS_NEED]->(n:Need)-[:HAS_SLOT]->(s:NeedSlot) "
                "WHERE n.state = 'VERIFIED' "
                "RETURN n.subject_id AS subject, h.id AS household, n.window_starts AS window_starts, "
                "n.window_ends AS window_ends, n.place_made_up AS made_up, n.posted_by AS poster, "
                "n.verified_by AS verifier, n.region_path AS path",
                Access.READ,
            )
        )
    )
    assert rows
    for row in rows:
        assert row["subject"] == row["household"]
        assert row["made_up"] is True
        assert row["poster"] != row["verifier"]
        assert row["path"].startswith(("/NBS/32/3205/320582/", "/NBS/31/3101/310109/", "/"))
        for start, end in zip(row["window_starts"], row["window_ends"], strict=True):
            assert datetime.fromisoformat(start).tzinfo is not None
            assert datetime.fromisoformat(start) < datetime.fromisoformat(end)


async def test_managers_of_funds_are_residents_reached_by_kin(loaded):
    store, _, _ = loaded
    rows = await store.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (f:Fund)<-[:MANAGES]-(m:Resident)-[:RELATED_TO]-(r:Resident)"
                "-[:MEMBER_OF]->(h:Household)-[:HAS_NEED]->(n:Need) "
                "WHERE n.amount_fen > 0 RETURN f.id AS fund, n.id AS need",
                Access.READ,
            )
        )
    )
    assert rows


async def test_loading_the_city_again_changes_nothing(loaded, city):
    store, _, summary = loaded
    out, _ = city
    files = [out / name for name in summary.files]
    again = await import_files(store, OFFICER, files, clock=lambda: NOW, identity_key=KEY)
    counts = again.to_json()["nodes"].values()
    assert sum(count["created"] + count["changed"] for count in counts) == 0


async def test_nothing_that_was_loaded_or_linked_shows_a_digit_of_a_number(loaded, city):
    store, _, _ = loaded
    ws = Workspace(store=store, clock=lambda: NOW, new_id=lambda: "new", secret=lambda _: KEY)
    await link_city(ws, administrator())
    graph = await whole_graph(store)
    masks = re.findall(r"\d{3}\*{8,}\d{3}[\dX]", shown_masks_in(ws, graph))
    assert len(masks) > 1_000
    assert re.search(r"\d\*{5,}|\*{5,}\d", graph) is None


def test_mappings_read_every_label_that_the_generator_writes():
    for name, mapping in saved_mappings().items():
        if not name.startswith("city_"):
            continue
        for column in mapping.columns.values():
            for kind in ("skill", "licence", "category", "situation", "urgency", "need_kind", "kinship"):
                words = {word: code for code, word in labels(kind).items()}
                if column.values and set(column.values.values()) == set(words.values()):
                    assert column.values == words


def test_goods_of_the_generator_are_those_of_the_catalogue():
    for entry in (*table("wishes")["items"], *table("wishes")["stocked"]):
        assert item_of(entry["label"]) is not None, entry["label"]


@pytest.mark.parametrize("path", sorted(Path("importers/mappings").glob("city_*.toml"), key=str))
def test_every_city_mapping_says_when_it_is_loaded(path):
    assert saved_mappings()[path.stem].namespace == "city"
