"""
What goes wrong in an office, done to the real command: each time one message, and nothing lost.

``require_one_message`` sees to the status, the language, the page that says how to mend it, and that no
traceback appears.
"""

import csv
import io
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from graph.backup import graph_digest
from graph.engines.ladybug import open_ladybug
from locales import Locale, text
from tests.e2e.commands import in_both_languages, require_one_message, run

ROWS = [["捐赠人", "金额"], ["张家港某某有限公司", "1000.50"], ["李先生", "20.00"], ["合计", "1020.50"]]
MAPPING = ("--mapping", "redcross_bank")


def as_csv(rows: list[list[str]] = ROWS) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def workbook(path: Path, rows: list[list[str]] = ROWS) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("银行账户")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return path


async def digest(data_dir: Path) -> str:
    async with open_ladybug(data_dir / "graph") as store:
        return await graph_digest(store)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that holds one imported file."""
    folder = tmp_path_factory.mktemp("loaded")
    source = folder / "gifts.csv"
    source.write_text(as_csv(), "utf-8")
    said = run(folder / "var", "import", source, *MAPPING, "--json")
    assert said.status == 0, said.both
    return folder / "var"


def copies(loaded: Path, tmp_path: Path) -> Path:
    """The installation once for each language; gives the name without the language."""
    for locale in Locale:
        shutil.copytree(loaded, tmp_path / f"var-{locale.value}")
    return tmp_path / "var"


async def require_unchanged(loaded: Path, tmp_path: Path) -> None:
    before = await digest(loaded)
    for locale in Locale:
        assert await digest(tmp_path / f"var-{locale.value}") == before


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
GBK = as_csv().encode("gb18030")
WRONG_FILES = {
    "a PDF as a workbook": ("gifts.xlsx", PDF, "wrong_ending"),
    "a picture as a table": ("gifts.csv", PNG, "wrong_ending"),
    "an empty file": ("gifts.csv", b"", "empty"),
    "broken GB18030": ("gifts.csv", GBK[:40] + b"\xff\xff\x80" + GBK[40:], "encoding"),
    "GBK that was read as UTF-8": ("gifts.csv", GBK.decode("utf-8", "replace").encode(), "damaged"),
}


@pytest.mark.parametrize("kind", WRONG_FILES)
def test_a_wrong_file(tmp_path, kind):
    name, content, reason = WRONG_FILES[kind]
    path = tmp_path / name
    path.write_bytes(content)
    said = in_both_languages(tmp_path / "var", "import", path, *MAPPING)
    require_one_message(said, 2, "unreadable_file", name)
    for locale, one in said.items():
        assert text(f"cli.reasons.{reason}", locale) in one.err


def test_an_absent_file_and_a_directory(tmp_path):
    absent = in_both_languages(tmp_path / "var", "import", tmp_path / "none.csv", *MAPPING)
    require_one_message(absent, 2, "unreadable_file", "none.csv")
    (tmp_path / "folder.csv").mkdir()
    folder = in_both_languages(tmp_path / "var", "import", tmp_path / "folder.csv", *MAPPING)
    require_one_message(folder, 2, "unreadable_file", "folder.csv")


async def test_a_truncated_workbook_beside_a_good_one_stops_both(loaded, tmp_path):
    good = workbook(tmp_path / "good.xlsx")
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    said = in_both_languages(copies(loaded, tmp_path), "import", good, cut, *MAPPING)
    require_one_message(said, 2, "unreadable_file", "cut.xlsx")
    await require_unchanged(loaded, tmp_path)


async def test_a_mapping_that_does_not_exist_or_does_not_fit(loaded, tmp_path):
    path = tmp_path / "gifts.csv"
    path.write_text(as_csv(), "utf-8")
    base = copies(loaded, tmp_path)
    require_one_message(
        in_both_languages(base, "import", path, "--mapping", "redcros_bank"),
        2,
        "mapping_error",
        "redcros_bank",
    )
    require_one_message(
        in_both_languages(base, "import", path, "--mapping", "hotels"),
        2,
        "mapping_error",
        "gifts.csv",
        "hotels",
    )
    await require_unchanged(loaded, tmp_path)


def test_a_gbk_file_is_read_right(loaded, tmp_path):
    path = tmp_path / "gbk.csv"
    path.write_bytes(
        as_csv([ROWS[0], ["张家港某某纺织有限公司、朱镕先生", "7.00"], ["合计", "7.00"]]).encode("gb18030")
    )
    said = run(copies(loaded, tmp_path).with_name("var-zh-CN"), "import", path, *MAPPING, "--json")
    assert said.status == 0, said.both
    result = said.result()
    assert (result["rows_read"], result["rows_loaded"], result["rows_refused"]) == (1, 1, 0)
    assert result["files"][0]["encoding"] == "gb18030"
    assert result["totals"][0]["agrees"] is True


async def test_a_file_imported_twice_is_reported_and_changes_nothing(loaded, tmp_path):
    base = copies(loaded, tmp_path)
    path = tmp_path / "gifts.csv"
    path.write_text(as_csv(), "utf-8")
    said = in_both_languages(base, "import", path, *MAPPING, "--json")
    for locale, one in said.items():
        assert one.status == 0, one.both
        assert one.result()["files"][0]["duplicate"] is True
        assert text("cli.duplicate", locale, file="gifts.csv") in one.err
    await require_unchanged(loaded, tmp_path)
    verdict = run(base.with_name("var-en"), "audit", "verify", "--json")
    assert verdict.status == 0, verdict.both
    assert verdict.result()["intact"] is True


HOLD = """
import sys
from pathlib import Path
from graph.engines.ladybug import open_ladybug
stores = [open_ladybug(Path(place)) for place in sys.argv[1:]]
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_second_process_on_the_same_directory_is_told_who_holds_it(loaded, tmp_path):
    base = copies(loaded, tmp_path)
    places = [str(tmp_path / f"var-{locale.value}" / "graph") for locale in Locale]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said = in_both_languages(base, "audit", "verify")
        require_one_message(said, 6, "store_locked", str(holder.pid))
        assert holder.stdin is not None
        holder.stdin.close()
    await require_unchanged(loaded, tmp_path)


def test_neo4j_down(tmp_path):
    said = in_both_languages(tmp_path / "var", "audit", "verify", NEO4J_URI="bolt://127.0.0.1:1")
    require_one_message(said, 6, "graph_unavailable", "bolt://127.0.0.1:1")


def test_a_port_that_is_taken(tmp_path):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the server itself binds
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        require_one_message(
            in_both_languages(tmp_path / "var", "serve", "--port", port), 6, "port_taken", port
        )


async def test_an_archive_that_was_altered_and_a_store_that_is_not_empty(loaded, tmp_path):
    base = copies(loaded, tmp_path)
    archive = tmp_path / "archive"
    assert run(base.with_name("var-en"), "export", archive).status == 0
    require_one_message(in_both_languages(base, "restore", archive), 4, "store_not_empty")
    largest = max(archive.glob("*.jsonl"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    # checked whole before anything is deleted, so --replace has not begun
    said = in_both_languages(base, "restore", archive, "--replace")
    require_one_message(said, 2, "archive_error", largest.name)
    await require_unchanged(loaded, tmp_path)


@pytest.mark.parametrize(("name", "value"), [("ZHULIAN_PORT", "99999"), ("ZHULIAN_ENGINE", "sqlite")])
def test_an_unknown_value_of_a_setting(tmp_path, name, value):
    said = in_both_languages(tmp_path / "var", "doctor", **{name: value})
    require_one_message(said, 2, "invalid_settings", name.removeprefix("ZHULIAN_").lower())


def test_an_unknown_language_is_answered_in_chinese(tmp_path):
    said = run(tmp_path / "var", "doctor", ZHULIAN_LANG="fr")
    require_one_message({Locale.ZH_CN: said}, 2, "invalid_settings", "lang")
