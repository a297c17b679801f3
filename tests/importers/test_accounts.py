"""Whatever is done to a file, each of its rows is loaded, refused with an issue, or no record: none is lost."""

import csv
import io
import random

import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.import_fuzz import mutated, try_file
from benchmarks.import_table import lost_rows, table_files
from domain.actors import Purpose, Scope
from domain.errors import PlatformError
from importers.load import rehearse
from importers.readers import open_source
from importers.sheets import cell_text
from tests.importers.conftest import KEY, SHARED

EVERYWHERE = Scope(region_paths=("/",), purpose=Purpose.OPERATION)
FILES = [path for path in table_files(SHARED) if path.stat().st_size < 120_000] if SHARED.is_dir() else []
CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "\u200b", "\u3000", "合计", "备注：x", "共计2人次", "总金额3.00", "1", "0", "-1", "1e9", "１２",
         "5万", "捐赠人", "金额", "2020-01-29", "43860", "1月29日", "=1+1", "#REF!", "N97口罩",
         "武汉市", "320582", "x" * 300]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0\ufffd"), max_size=12),
)  # fmt: skip
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cell", "drop", "repeat", "blank", "swap", "widen"]),
        st.floats(0, 0.999), st.floats(0, 0.999), CELLS,
    ),
    min_size=1, max_size=8,
)  # fmt: skip
SETTINGS = settings(
    deadline=None, max_examples=30, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def edited(rows, edits):
    """Change a table as hands do: a cell, a row less, a row twice, a blank row, two rows about, a cell too many."""
    rows = [list(row) for row in rows]
    for kind, down, across, text in edits:
        if not rows:
            break
        at = int(down * len(rows))
        if kind == "cell" and rows[at]:
            rows[at][int(across * len(rows[at]))] = text
        elif kind == "drop":
            del rows[at]
        elif kind == "repeat":
            rows.insert(at, list(rows[at]))
        elif kind == "blank":
            rows.insert(at, [])
        elif kind == "swap":
            other = int(across * len(rows))
            rows[at], rows[other] = rows[other], rows[at]
        elif kind == "widen":
            rows[at].append(text)
    return rows


def write(path, rows):
    if path.suffix == ".xlsx":
        book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        sheet = book.add_worksheet()
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell:
                    sheet.write_string(i, j, cell[:30_000])
        book.close()
    else:
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        path.write_text(text.getvalue(), "utf-8")


def account(path):
    """Read a file and prove that it adds up; None where it is refused whole, with a reason."""
    try:
        report = rehearse(path, identity_key=KEY, scope=EVERYWHERE)
    except PlatformError as error:
        if not error.context:
            raise AssertionError("an error says nothing of what it is about") from error
        return None
    assert report.rows_read == report.rows_loaded + report.rows_refused
    assert lost_rows(report, path) == 0
    return report


@pytest.mark.real_data
@SETTINGS
@given(st.data(), EDITS, st.sampled_from([".csv", ".xlsx"]))
def test_a_published_table_edited_by_hand_loses_no_row(tmp_path, shared, data, edits, ending):
    source = data.draw(st.sampled_from(FILES))
    sheet = data.draw(st.sampled_from(open_source(source).sheets))
    rows = [[cell_text(cell) for cell in cells] for _, cells in sheet.rows()][:400]
    path = tmp_path / f"{source.name.partition('.')[0]}{ending}"
    write(path, edited(rows, edits))
    account(path)


ROWS = [
    ["公示", ""],
    ["捐赠人", "金额"],
    ["甲公司", "1.00"],
    ["乙公司", "2.00"],
    ["合计", "3.00"],
    ["武汉市红十字会", ""],
]


@SETTINGS
@given(EDITS, st.sampled_from([".csv", ".xlsx"]))
def test_a_small_table_edited_by_hand_loses_no_row(tmp_path, edits, ending):
    path = tmp_path / f"银行账户{ending}"
    write(path, edited(ROWS, edits))
    account(path)


@pytest.mark.parametrize("seed", range(12))
def test_files_broken_at_random_are_read_or_refused_with_a_reason(tmp_path, seed):
    rng = random.Random(seed)  # noqa: S311 - a test that can be repeated
    path = tmp_path / ("银行账户.xlsx" if seed % 2 else "银行账户.csv")
    write(path, ROWS)
    whole = path.read_bytes()
    for _ in range(8):
        path.write_bytes(mutated(whole, rng))
        assert try_file(path)
