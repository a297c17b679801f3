"""What is written is repeatable, true to its summary, and wrong exactly where it says so."""

import hashlib
import json
from pathlib import Path

import pytest
import python_calamine

from domain.errors import InvalidInputError
from domain.identifiers import InvalidIdentifierError, ResidentNumber
from generator.city import FAULTS_FILE, SUMMARY_FILE, generate_city
from generator.faults import REFUSING, FaultKind
from generator.layout import layout
from generator.likenesses import TRUTH_FILE
from generator.sizes import CitySize
from tests.generator.cities import FAULT_RATE


def cells(path: Path) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def content(path: Path) -> object:
    return cells(path) if path.suffix == ".xlsx" else hashlib.sha256(path.read_bytes()).hexdigest()


def test_equal_size_and_seed_give_equal_files(written, tmp_path):
    out, _ = written
    generate_city(CitySize.S, 7, tmp_path, fault_rate=FAULT_RATE)
    names = sorted(path.name for path in out.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    for name in names:
        assert content(out / name) == content(tmp_path / name), name


def test_another_seed_gives_another_city(written, tmp_path):
    out, first = written
    second = generate_city(CitySize.S, 8, tmp_path)
    assert content(out / first.files[5]) != content(tmp_path / second.files[5])


def test_the_summary_counts_what_the_size_promises(written):
    out, summary = written
    assert (summary.counts["needs"], summary.counts["volunteers"], summary.counts["funds"]) == (40, 500, 10)
    stored = json.loads((out / SUMMARY_FILE).read_text("utf-8"))
    assert stored["counts"] == dict(summary.counts)
    assert stored["as_of"] == "2026-03-02"
    assert sorted(stored["files"]) == sorted(
        path.name for path in out.iterdir() if path.name not in {SUMMARY_FILE, FAULTS_FILE, TRUTH_FILE}
    )


def test_footers_state_the_control_totals(written):
    out, summary = written
    rows = cells(out / "11_慈善总会_捐赠明细.xlsx")["捐赠明细"]
    total = next(row for row in rows if row[0] == "合计")
    stated = [cell for cell in total if isinstance(cell, str) and "." in cell]
    fen = summary.control_totals["donations"]["amount_fen"]
    assert stated == [f"{fen // 100}.{fen % 100:02d}"]


def test_files_come_in_the_encodings_and_line_ends_of_departments(written):
    out, _ = written
    assert (out / "01_统计局_行政区划.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    homes = (out / "05_民政局_家庭档案.csv").read_bytes()
    assert b"\r\n" in homes
    assert homes.decode("gb18030").startswith("张家港市、虹口区家庭档案")
    with pytest.raises(UnicodeDecodeError):
        homes.decode("utf-8")


def test_workbooks_have_titles_merged_names_and_a_sheet_of_codes(written):
    out, _ = written
    book = cells(out / "02_助联体_站点与社工.xlsx")
    assert set(book) == {"站点", "社工", "代码表"}
    assert "助联体服务站点一览表" in str(book["站点"][0][0])
    towns = [row[0] for row in book["站点"][3:]]
    assert towns.count("") > 400  # names of towns stand once over their villages


def test_every_fault_stands_where_the_list_says(written):
    out, summary = written
    assert {fault.kind for fault in summary.faults} == set(FaultKind)
    for fault in summary.faults:
        if not fault.file.endswith(".xlsx"):
            continue
        sheet = cells(out / fault.file)[fault.sheet]
        plan = layout(fault.table)
        headers = [column.header for column in plan.columns]
        assert sheet[plan.first_data_row - 2][headers.index(fault.column)] == fault.column
        assert str(sheet[fault.row - 1][headers.index(fault.column)]) == fault.text


def test_faulty_identity_numbers_are_refused_by_the_domain(written):
    _, summary = written
    wrong = [f for f in summary.faults if f.kind in {FaultKind.BAD_CHECK_DIGIT, FaultKind.FUTURE_BIRTH_DATE}]
    for fault in wrong:
        if len(fault.text) == 18 and fault.table != "organisations":
            with pytest.raises(InvalidIdentifierError):
                ResidentNumber.parse(fault.text)


def test_full_width_digits_still_say_the_same_number(written):
    _, summary = written
    folded = [fault.text for fault in summary.faults if fault.kind is FaultKind.FULL_WIDTH_DIGITS]
    assert folded
    assert all(any("０" <= c <= "９" for c in text) for text in folded)


def test_nothing_that_others_refer_to_is_made_unloadable(written):
    _, summary = written
    lost = {f.table for f in summary.faults if f.kind in REFUSING and f.kind is not FaultKind.DUPLICATE_ROW}
    assert not lost & {"needs", "volunteers", "households", "residents", "funds", "organisations"}


def test_without_faults_the_list_is_empty(tmp_path):
    summary = generate_city(CitySize.S, 7, tmp_path, fault_rate=0)
    assert summary.faults == ()
    assert json.loads((tmp_path / FAULTS_FILE).read_text("utf-8")) == []


def test_a_senseless_fault_rate_is_refused(tmp_path):
    with pytest.raises(InvalidInputError):
        generate_city(CitySize.S, 7, tmp_path, fault_rate=0.9)


def test_progress_is_told_to_the_end(tmp_path):
    steps: list[tuple[str, int, int]] = []
    generate_city(CitySize.S, 7, tmp_path, lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == list(range(len(steps)))
    assert steps[-1][1] == steps[-1][2] - 1
