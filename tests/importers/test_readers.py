"""What a file is, is proven by its bytes; what cannot be read says so and what to do."""

import gzip
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import UnreadableFileError
from importers.readers import open_source
from importers.sheets import cell_text, clean, column_letter

ROWS = [["捐赠人", "金额"], ["张三有限公司", "1,000.50"], ["第二\n行", ""]]


def as_csv(rows: list[list[str]], end: str) -> str:
    return end.join(",".join(f'"{cell}"' for cell in row) for row in rows) + end


def read(path) -> list[list[str]]:
    (sheet,) = open_source(path).sheets
    return [[cell_text(cell) for cell in cells] for _, cells in sheet.rows()]


def refusal(path) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        open_source(path)
    return str(caught.value.context["reason"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_equal_text_in_any_encoding_and_line_end_gives_equal_cells(tmp_path, encoding, end):
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv(ROWS, end).encode(encoding))
    assert read(path) == ROWS


def test_gzipped_text_is_read_and_cut_off_gzip_is_refused(tmp_path):
    packed = gzip.compress(as_csv(ROWS * 500, "\n").encode())
    whole, cut = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[:-20])
    assert len(read(whole)) == 1500
    assert refusal(cut) == "cut_off"


def test_text_in_another_encoding_is_refused_and_not_guessed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("name,café\nJosé,niño Müller\n".encode("mac-roman"))
    assert refusal(path) == "encoding"


def test_text_decoded_wrongly_before_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("捐赠人,金额\n".encode("gb18030").decode("utf-8", "replace"), "utf-8")
    assert refusal(path) == "damaged"


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.csv", "empty"),
        (b"a,b\n1,\0\n", "a.csv", "binary"),
        ("a,b\n1,二".encode()[:-1], "a.csv", "cut_off"),
        (b'a,b\n1,"never closed\n2,3\n', "a.csv", "cut_off"),
        (b"," * 100_000 + b"\n", "a.csv", "too_wide"),
        (b'[{"a": 1}, {"a"', "a.json", "cut_off"),
        (b"[1, 2, 3]", "a.json", "no_table"),
        (b"[" * 200_000, "a.json", "damaged"),
        (b"PK\x03\x04 and no archive", "a.xlsx", "cut_off"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "a.xls", "cut_off"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 100,
            "a.xlsx",
            "encrypted",
        ),
        (b"a,b\n1,2\n", "a.xlsx", "wrong_ending"),
        (b"PK\x03\x04", "a.csv", "wrong_ending"),
        (b"<html><table></table></html>", "a.xls", "wrong_ending"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path, content, name, reason):
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) == reason


def test_a_file_that_is_not_there_is_unreadable(tmp_path):
    assert refusal(tmp_path / "none.csv") == "missing"


def workbook(cells: dict[tuple[int, int], str]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    for (row, column), text in cells.items():
        sheet.write(row, column, text)
    book.close()
    return buffer.getvalue()


def test_a_cell_far_out_is_refused_before_it_costs_memory(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({(0, 0): "a", (1_000_000, 16_000): "b"}))
    assert refusal(path) == "too_wide"
    path.write_bytes(workbook({(0, 0): "a", (1_000_000, 600): "b"}))
    assert refusal(path) == "too_large"


def test_a_bomb_of_zeros_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"\0" * 100_000_000)
    path = tmp_path / "a.xlsx"
    path.write_bytes(buffer.getvalue())
    assert refusal(path) == "bomb"


@settings(deadline=None, max_examples=40)
@given(cut=st.floats(0.01, 0.99))
def test_no_cut_off_workbook_passes_for_a_whole_one(tmp_path_factory, cut):
    whole = workbook({(row, column): f"{row}-{column}" for row in range(40) for column in range(5)})
    path = tmp_path_factory.mktemp("cut") / "a.xlsx"
    path.write_bytes(whole[: int(len(whole) * cut)])
    assert refusal(path) in {"cut_off", "damaged", "wrong_ending", "empty"}


@pytest.mark.real_data
def test_an_old_workbook_cut_anywhere_is_refused(tmp_path, shared):
    whole = (shared / "redcross-2020" / "湖北省红十字会捐款信息_0125.xls").read_bytes()
    path = tmp_path / "a.xls"
    for part in range(1, 40):
        path.write_bytes(whole[: len(whole) * part // 40 - 7])
        assert refusal(path) in {"cut_off", "damaged"}


@given(st.text())
def test_cleaning_is_idempotent_and_leaves_nothing_invisible_at_the_ends(text):
    once = clean(text)
    assert clean(once) == once
    assert not any(c in once for c in "\u200b\u00a0\u3000\ufeff\t")


@given(st.floats(0, 1e12).map(lambda x: round(x, 2)))
def test_amounts_keep_their_cents_through_a_spreadsheets_floats(amount):
    assert float(cell_text(amount)) == amount


def test_columns_are_lettered_as_a_spreadsheet_does():
    assert [column_letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
