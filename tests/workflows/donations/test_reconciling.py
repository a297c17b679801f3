"""Lists held against kept gifts: the published workbooks to the fen, and laws over made-up ones."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import MappingError
from domain.giving import DonationState
from graph.columns import text
from graph.donations import FUNDS_OF
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from graph.reads.donations import DonationFilter
from importers.gift_lists import GiftRow, GiftSheet
from importers.load import import_files
from locales import Locale
from tests.builders import NOW, officer, workspace
from workflows.donations.reconciliation_book import figures_of, plain, write_reconciliation
from workflows.donations.reconciling import KeptGift, MatchedBy, reconcile, reconcile_files

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
_HOLDERS = Statement("MATCH (n:Fund) RETURN DISTINCT n.organisation_id AS id ORDER BY id", Access.READ)


@pytest.fixture
def sheets() -> Path:
    folder = SHARED / "redcross-2020"
    if not folder.is_dir():
        pytest.skip(f"the published tables are not in {SHARED}")
    return folder


@pytest.fixture
async def ws():
    async with open_ladybug() as store:
        await store.define()
        yield workspace(store)


async def load(ws, *files: Path) -> Actor:
    """Import files, and give an officer of all who hold a fund then."""
    scope = Scope(region_paths=("/",), purpose=Purpose.OPERATION)
    importer = Actor(id="importer", name="importer", roles=frozenset({Role.IMPORTER}), scope=scope)
    await import_files(ws.store, importer, files, clock=ws.clock)
    holders = [text(row, "id") for row in await ws.store.read(lambda tx: tx.run(_HOLDERS))]
    return officer(*holders, path="/")


def found(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


@pytest.mark.real_data
async def test_the_banks_file_reconciles_to_the_fen_with_what_was_imported(ws, sheets, tmp_path):
    bank = found(sheets, "*交通银行*")
    actor = await load(ws, bank)
    result = await reconcile_files(ws, actor, [bank])
    assert result.holds
    assert result.is_complete
    assert Counter(match.by for match in result.matches) == {MatchedBy.SOURCE: 2_855}
    assert (result.rows_fen, result.gifts_fen, result.matched_fen) == (31_454_075_569,) * 3
    (sheet,) = result.sheets
    assert (sheet.rows_stated, sheet.fen_stated) == (2_856, 31_454_075_569)
    assert min(match.row.amount_fen for match in result.matches) == 1
    write_reconciliation(result, tmp_path / "r.xlsx", Locale.ZH_CN)
    book = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx"))
    summary = {row[0]: row[1:] for row in book.get_sheet_by_index(0).to_python()}
    assert summary["读取行数"] == [2_855, 314_540_755.69]
    assert json.loads(json.dumps(plain(result), ensure_ascii=False))["complete"] is True


@pytest.mark.real_data
async def test_a_published_list_finds_its_gifts_in_the_banks_file(ws, sheets):
    actor = await load(ws, found(sheets, "*交通银行*"))
    result = await reconcile_files(ws, actor, [found(sheets, "*现金公示 第6期*")])
    assert result.holds
    by = Counter(match.by for match in result.matches)
    assert by == {MatchedBy.WINDOW: 57, MatchedBy.SUM: 5}  # four more stand there with another sum, rounded
    assert len(result.unmatched_rows) == 100 - 62
    assert len(result.unmatched_gifts) == 2_855 - sum(len(match.gifts) for match in result.matches)


@pytest.mark.real_data
async def test_the_provinces_lists_reconcile_to_their_footers(ws, sheets):
    paths = sorted(sheets.glob("*捐款信息*"))
    actor = await load(ws, *paths)
    result = await reconcile_files(ws, actor, paths)
    assert result.holds
    assert result.is_complete
    assert all(sheet.fen_stated is not None for sheet in result.sheets)
    assert len(result.repeats) >= 97
    assert sum(match.row.passed_on_for is not None for match in result.matches) == 172


@pytest.mark.real_data
async def test_what_is_no_list_of_gifts_is_refused(ws, sheets):
    with pytest.raises(MappingError):
        await reconcile_files(ws, officer("x", path="/"), [found(sheets, "*物资公示8-2*")])


DAYS = st.none() | st.integers(0, 20).map(lambda days: date(2020, 1, 20) + timedelta(days=days))
SAID = {
    "donor_name": st.none() | st.sampled_from(("王建国", "李秀英", " 王建国 ", "某公司")),
    "passed_on_for": st.none() | st.just("李秀英"),
    "amount_fen": st.sampled_from((1, 100, 10_000)),
    "given_on": DAYS,
    "reference": st.none() | st.sampled_from(("A1", "a1", "B2")),
}
ROWS = st.lists(st.builds(dict, **SAID), max_size=12)
GIFTS = st.lists(st.builds(dict, **SAID), max_size=12)


def sheet_of(rows) -> GiftSheet:
    made = tuple(
        GiftRow(gift_id=f"row{i}", file="f.xlsx", sheet="s", row=i + 2, **said) for i, said in enumerate(rows)
    )
    total = sum(row.amount_fen for row in made)
    return GiftSheet(file="f.xlsx", sheet="s", rows=made, refused=(), rows_stated=len(made), fen_stated=total)


def gifts_of(gifts, prefix="g") -> list[KeptGift]:
    return [KeptGift(id=f"{prefix}{i}", state=DonationState.RECEIVED, **said) for i, said in enumerate(gifts)]


@given(ROWS, GIFTS)
def test_each_row_and_each_gift_is_matched_at_most_once_and_nothing_is_lost(rows, gifts):
    result = reconcile([sheet_of(rows)], gifts_of(gifts), window_days=7)
    assert result.holds
    taken = [gift.id for match in result.matches for gift in match.gifts]
    assert len(set(taken)) == len(taken)
    assert len(result.matches) + len(result.unmatched_rows) == len(rows)
    assert len(taken) + len(result.unmatched_gifts) == len(gifts)
    for match in result.matches:
        assert match.row.amount_fen == match.gifts_fen
        assert match.candidates >= 1
    count = {name: figure for name, (figure, _) in figures_of(result).items()}
    assert count["rows_read"] == count["rows_matched"] + count["rows_unmatched"]


@given(ROWS)
def test_a_list_held_against_itself_leaves_nothing_over(rows):
    said = [row for row in rows if row["donor_name"] or row["passed_on_for"] or row["given_on"]]
    same = gifts_of(said, "row")
    assert reconcile([sheet_of(said)], same, window_days=7).is_complete
    named = [row for row in said if row["donor_name"]]
    assert reconcile([sheet_of(named)], gifts_of(named), window_days=7).unmatched_rows == ()


def test_a_total_that_its_rows_do_not_give_does_not_hold():
    sheet = sheet_of(
        [{"donor_name": "a", "passed_on_for": None, "amount_fen": 5, "given_on": None, "reference": None}]
    )
    assert reconcile([sheet], [], window_days=7).holds
    wrong = replace(sheet, fen_stated=6)
    result = reconcile([wrong], [], window_days=7)
    assert result.proofs["stated:f.xlsx:s"] == (6, 5)
    assert not result.holds


async def test_only_gifts_to_the_actors_own_funds_are_compared(ws, tmp_path):
    path = tmp_path / "银行账户.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    rows = (("捐赠人", "金额", "流水号"), ("王建国", 100, "T1"), ("李秀英", 0.01, "T2"), ("总金额100.01",))
    for line, row in enumerate(rows):
        sheet.write_row(line, 0, row)
    book.close()
    actor = await load(ws, path)
    assert (await reconcile_files(ws, actor, [path])).is_complete
    stranger = await reconcile_files(ws, officer("abroad", path="/"), [path])
    assert (len(stranger.unmatched_rows), stranger.gifts_fen) == (2, 0)
    nothing = DonationFilter(since=NOW.date())
    assert (await reconcile_files(ws, actor, [path], narrowed=nothing)).unmatched_gifts == ()
    assert await ws.store.read(lambda tx: tx.run(FUNDS_OF, scope_organisations=["abroad"])) == []
