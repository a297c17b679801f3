"""A federation's month by the script that the documentation shows, against a served city, on both engines."""

import asyncio
import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from python_calamine import CalamineWorkbook

from tests.conftest import NEO4J_URI, fresh_neo4j
from tests.e2e.conftest import COMMAND, KEPT, ROOT, demonstrated

SCRIPT = ROOT / "docs" / "examples" / "federation_month.py"
NAMED = "张家港某某纺织有限公司"
OWN_IDS = ("Household:", "Need:", "Resident:", "Allocation:", "Volunteer:", "Donation:")
PERSONAL_COLUMNS = {
    "姓名", "公民身份号码", "联系电话", "人员编号", "家庭编号", "捐赠人", "需求编号", "捐赠编号", "身份证号",
}  # fmt: skip
NO_NAMES = {"匿名", "合计"}


def month(address: str, told: str, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a federation's developer would: a plain Python, the address and three tokens."""
    worker, _, officer, approver = re.findall(r"zhl_\S+", told)[:4]
    tokens = ["--desk", worker, "--officer", officer, "--approver", approver]
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), "--url", address, *tokens, "--out", str(out), *more],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        cwd=out.parent,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
    )


def zhulian(folder: Path, *arguments: str, **chosen: str) -> dict:
    done = subprocess.run(
        [COMMAND, *arguments, "--json", "--data-dir", str(folder / "data")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        env={**KEPT, "ZHULIAN_LANG": "en", **chosen},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def tables_of(folder: Path):
    """Every table of the city's files: rows of cells as text."""
    for path in sorted(folder.glob("data/city-*/*")):
        if path.suffix == ".csv":
            raw = path.read_bytes()
            try:
                text = raw.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = raw.decode("gb18030")
            yield list(csv.reader(text.splitlines()))
        elif path.suffix == ".xlsx":
            book = CalamineWorkbook.from_path(path)
            for name in book.sheet_names:
                yield [[str(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]


def personal_cells(folder: Path) -> set[str]:
    """What the city's departments know people by: names, numbers, telephones and keys of people and their needs."""
    found: set[str] = set()
    for rows in tables_of(folder):
        header = next((row for row in rows if PERSONAL_COLUMNS & set(row)), None)
        if header is None:
            continue
        places = [place for place, title in enumerate(header) if title in PERSONAL_COLUMNS]
        for row in rows[rows.index(header) + 1 :]:
            found |= {row[place].strip() for place in places if place < len(row)}
    return {cell for cell in found if len(cell) > 1} - NO_NAMES


def texts_of(pack: object) -> list[str]:
    """Every text of the file that a reader sees, keys aside."""
    if isinstance(pack, dict):
        return [text for value in pack.values() for text in texts_of(value)]
    if isinstance(pack, list):
        return [text for value in pack for text in texts_of(value)]
    return [pack] if isinstance(pack, str) else []


def hold_to_the_ledger(folder: Path, **chosen: str) -> None:
    """Run the month twice, then prove its packs with nobody serving."""
    first, second = folder / "first", folder / "second"
    with demonstrated(folder, **chosen) as (address, told):
        done = month(address, told, first, "--run", "one")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "0 differ" in done.stdout
        assert re.search(r"[1-9][0-9]* of [0-9]+ sums paid, shown, told and disclosed", done.stdout), (
            done.stdout
        )
        assert "1 flagged" in done.stdout
        assert "its maker may not publish it" in done.stdout
        again = month(
            address, told, second, "--run", "two"
        )  # the month goes on: a pack takes the first one's place
        assert again.returncode == 0, again.stdout + again.stderr
        assert "6 known" in again.stdout
        public = [json.loads((each / "pack.json").read_text("utf-8")) for each in (first, second)]
        organisation = public[0]["organisation"]["id"]
        listed = httpx.get(f"{address}/disclosures/{organisation}").json()["packs"]
        assert {each["id"]: each["corrected"] for each in listed} == {
            public[0]["id"]: True,
            public[1]["id"]: False,
        }
        assert public[1]["corrects"]["digest"] == public[0]["digest"]
    assert zhulian(folder, "ledger", "prove", **chosen)["holds"]
    for each in (first, second):
        assert zhulian(folder, "disclosures", "check", str(each / "pack.json"), **chosen)["holds"]


def test_a_month_ends_with_a_pack_that_is_the_ledger_and_names_nobody(tmp_path):
    hold_to_the_ledger(tmp_path)
    known = personal_cells(tmp_path)
    assert len(known) > 500
    pack = json.loads((tmp_path / "second" / "pack.json").read_text("utf-8"))
    book = CalamineWorkbook.from_path(tmp_path / "second" / "pack.xlsx")
    cells = [
        str(c) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for c in row
    ]
    public = [text for text in texts_of(pack) + cells if text not in {NAMED, pack["organisation"]["name"]}]
    funds = {each["fund_name"] for each in pack["books"]}
    leaks = {(cell, text) for text in public if text not in funds for cell in known if cell in text}
    assert leaks == set()
    assert not [text for text in public if text.startswith(OWN_IDS) or "王小明" in text or "陈小强" in text]
    hidden = [p for p in pack["projects"] if p["households"]["fewer_than"]]
    assert hidden, "a city so small has projects with few households"
    assert all(p["households"]["value"] is None for p in hidden)


@pytest.mark.neo4j
def test_a_month_ends_with_a_pack_that_is_the_ledger_on_neo4j(tmp_path):
    names = ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD")
    chosen = {name: os.environ[name] for name in names if name in os.environ}
    assert NEO4J_URI

    async def emptied() -> None:
        async with await fresh_neo4j() as store:
            await store.clear()

    asyncio.run(emptied())
    try:
        hold_to_the_ledger(tmp_path, **chosen)
    finally:
        asyncio.run(emptied())
