"""A made-up city and the same city a month later, in which people have died, moved away and lost relief."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from domain.needs import OVER, NeedState
from generator.city import generate_city
from generator.sizes import CitySize
from graph.ports import Access, Statement
from importers.batches import node_id
from importers.load import import_files
from tests.builders import workspace
from tests.workflows.comparing.lists import KEY, compare, rows
from workflows.linking.running import link_city
from workflows.people import administrator

REGISTER, PAID = "06_公安局_常住人口.csv", "21_民政局_低保特困金发放.csv"
DEATHS = "36_民政局_死亡登记.csv"
DIED_ON = "2026-03-20"
IMPORTED = ("01_", "02_", "03_", "05_", "06_", "09_", "21_")
ENCODINGS = {REGISTER: "utf-8", PAID: "gb18030", DEATHS: "utf-8"}
LINES = Statement(
    "MATCH (n:CompareLine {run_id: $run}) RETURN n.kind AS kind, n.number AS number, n.number_before AS before",
    Access.READ,
)
ENDS = Statement(
    "MATCH (n:StatusEnd) RETURN n.person_id AS person, n.ground AS ground, n.department AS department,"
    " n.need_ids AS needs, n.ended_on AS day",
    Access.READ,
)
HOMES = Statement("MATCH (n:Resident) RETURN n.id AS id, n.household_id AS home", Access.READ)
NEEDS = Statement(
    "MATCH (n:Need) RETURN n.id AS id, n.subject_id AS home, n.state AS state, n.category AS category",
    Access.READ,
)


Rows = dict[str, dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(encoding=ENCODINGS[path.name], newline="") as file:
        found = list(csv.DictReader(file))
    return {next(iter(row.values())): row for row in found}


def write(path: Path, table: Rows) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding=ENCODINGS[path.name], newline="") as file:
        writer = csv.DictWriter(file, next(iter(table.values())))
        writer.writeheader()
        writer.writerows(table.values())


@dataclass(frozen=True, kw_only=True)
class Months:
    """Two months of a city's lists, and what has truly become of its people, by their numbers in the register."""

    before: Path
    after: Path
    dead: list[str]
    moved: list[str]
    no_longer_paid: list[str]
    no_longer_poor: list[str]


@pytest.fixture(scope="module")
def months(tmp_path_factory) -> Months:
    folder = tmp_path_factory.mktemp("city")
    before, later, after = (folder / name for name in ("before", "later", "after"))
    for out, month in ((before, 0), (later, 1)):
        generate_city(CitySize.S, 1, out, fault_rate=0.0, likeness_share=0.0, month=month)
    register, paid = read(later / REGISTER), read(later / PAID)
    with_relief = sorted({row["人员编号"] for row in paid.values()})
    without = [number for number in read(before / REGISTER) if number not in with_relief]
    dead, moved = with_relief[:6] + without[:4], with_relief[6:9] + without[4:8]
    no_longer_paid, paid_less = with_relief[9:13], with_relief[13:16]
    poor = [key for key in without[8:] if register[key]["人员类别"].startswith("低保")][:3]
    for number in poor:
        register[number]["人员类别"] = ""
    died = {
        f"D{place}": {
            "登记号": f"D{place}",
            **{name: register[number][name] for name in ("姓名", "现住区划代码")},
            "证件号码": register[number]["公民身份号码"],
            "事项": "死亡登记",
            "死亡日期": DIED_ON,
            "数据来源": "民政局",
        }
        for place, number in enumerate(dead)
    }
    first_of = {row["人员编号"]: key for key, row in reversed(paid.items())}
    gone = {*dead, *moved}
    unpaid = {*gone, *no_longer_paid}
    write(after / REGISTER, {key: row for key, row in register.items() if key not in gone})
    write(
        after / PAID,
        {
            key: row
            for key, row in paid.items()
            if row["人员编号"] not in unpaid and key not in {first_of[number] for number in paid_less}
        },
    )
    write(after / DEATHS, died)
    return Months(
        before=before,
        after=after,
        dead=dead,
        moved=moved,
        no_longer_paid=no_longer_paid,
        no_longer_poor=poor,
    )


def differences(before: Rows, after: Rows) -> dict[str, set[str]]:
    return {
        "ADDED": after.keys() - before.keys(),
        "REMOVED": before.keys() - after.keys(),
        "CHANGED": {key for key in before.keys() & after.keys() if before[key] != after[key]},
    }


@pytest.mark.parametrize("first", [REGISTER, PAID, DEATHS], ids=lambda name: name[:2])
async def test_lines_and_ends_are_what_has_become_of_people_whichever_list_is_compared_first(
    memory_store, months, first
):
    ws = workspace(memory_store)

    async def load(paths):
        await import_files(ws.store, administrator(), paths, clock=ws.clock, identity_key=KEY)
        await link_city(ws, administrator())

    await load(sorted(path for path in months.before.iterdir() if path.name.startswith(IMPORTED)))
    homes = {row["id"]: row["home"] for row in await rows(ws, HOMES)}
    open_needs = [row for row in await rows(ws, NEEDS) if NeedState(row["state"]) not in OVER]
    await load(sorted(months.after.iterdir()))
    for name in sorted(ENCODINGS, key=lambda name: name != first):
        before = None if name == DEATHS else months.before / name
        report = await compare(ws, months.after / name, before)
        told = await ws.store.read(lambda tx, run=report.run_id: tx.run(LINES, run=run))
        truth = differences({} if before is None else read(before), read(months.after / name))
        assert {(row["kind"], row["number"] or row["before"]) for row in told} == {
            (kind, number) for kind, numbers in truth.items() for number in numbers
        }
        assert {kind: report.counts[kind.lower()] for kind in truth} == {k: len(v) for k, v in truth.items()}

    def people(numbers):
        return {node_id("Resident", "city", (number,)) for number in numbers}

    ends = await rows(ws, ENDS)
    paid = {row["人员编号"] for row in read(months.before / PAID).values()}
    ended = {
        *((person, "DIED", "民政局") for person in people(months.dead)),
        *((person, "MOVED_AWAY", None) for person in people(months.moved)),
        *(
            (person, "NO_LONGER_QUALIFIES", "民政局")
            for person in people([*months.no_longer_paid, *(paid & {*months.moved})])
        ),
        *((person, "NO_LONGER_QUALIFIES", None) for person in people(months.no_longer_poor)),
    }
    assert {(row["person"], row["ground"], row["department"]) for row in ends} == ended
    assert len(ends) == len(ended)
    assert {row["day"] for row in ends if row["ground"] == "DIED"} == {date.fromisoformat(DIED_ON)}
    assert any(row["needs"] for row in ends if row["ground"] == "DIED")
    for row in ends:
        assert set(row["needs"]) == {
            need["id"]
            for need in open_needs
            if need["home"] == homes[row["person"]] and need["category"] != "CHILD_PROTECT"
        }
