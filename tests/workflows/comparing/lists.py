"""A department's list as a file, months apart, and the register of those it speaks of."""

from datetime import date
from pathlib import Path

from graph.ports import Access, Statement
from importers.load import import_files
from tests.builders import NOW, TOWN, TOWN_ID, World, secret
from workflows.comparing.running import compare_files
from workflows.people import administrator

KEY = secret("identity")
UNION, PAID, DEATHS = "30_总工会_困难职工", "21_民政局_低保特困金发放", "36_民政局_死亡登记"
_COLUMNS = {
    UNION: ("档案号", "帮扶金额（元）", "建档日期", "总工会", "困难职工帮扶"),
    PAID: ("发放流水号", "发放金额（元）", "发放日期", "民政局", "低保特困金"),
    DEATHS: ("登记号", "补助金额（元）", "死亡日期", "民政局", "死亡登记"),
}
STATION = "Station:town"
TASKS = Statement(
    "MATCH (n:CoverageTask) RETURN n.id AS id, n.subject_id AS subject, n.state AS state, n.outcome AS outcome,"
    " n.lists AS lists, n.lacking AS lacking, n.station_id AS station, n.version AS version, n.due_on AS due_on"
    " ORDER BY subject",
    Access.READ,
)
NOTICES = Statement(
    "MATCH (n:Notice) RETURN n.recipient_id AS who, n.code AS code, n.subject_id AS subject ORDER BY code, who",
    Access.READ,
)
NEEDS = Statement("MATCH (n:Need) RETURN n.id AS id, n.state AS state ORDER BY id", Access.READ)
ENDS = Statement(
    "MATCH (n:StatusEnd) RETURN n.id AS id, n.person_id AS person, n.ground AS ground, n.state AS state,"
    " n.need_ids AS need_ids, n.version AS version ORDER BY person",
    Access.READ,
)


def city(*people: str, situations: tuple[str, ...] = ()) -> World:
    """A household for each person, by their name."""
    world = World()
    world.region()
    world.add(
        "Station", id=STATION, name="杨舍镇站", territory=[TOWN], tree_path=f"/{STATION}/", depth=0, networks=[],
        tree_revision=0, version=1, region_id=TOWN_ID, region_path=TOWN, source_id="manual", source_row=0,
        recorded_at=NOW,
    )  # fmt: skip
    for name in people:
        world.household(f"h-{name}", situations=list(situations), members=1)
        world.resident(
            f"r-{name}", f"h-{name}", name=name, birth_date=date(1980, 1, 1), phone_hash=None,
            situations=list(situations), id_number_hash=f"hash-{name}", region_id=TOWN_ID,
        )  # fmt: skip
    return world


def write_list(
    folder: Path, rows: dict[str, tuple[str, int]], *, kind: str = UNION, day: str = "2026-01-05"
) -> Path:
    """Write a list: number to name and yuan."""
    number, amount, on, department, event = _COLUMNS[kind]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}.csv"
    lines = [f"{number},姓名,区划代码,事项,{amount},{on},数据来源"]
    lines += [
        f"{key},{name},320582100000,{event},{yuan},{day},{department}" for key, (name, yuan) in rows.items()
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


LINK = Statement(
    "MATCH (n:DepartmentRecord) WHERE n.resident_id IS NULL SET n.resident_id = 'r-' + n.name, n.link_rule = 'STATED'"
    " RETURN n.id AS id",
    Access.WRITE,
)


async def load(ws, path: Path) -> None:
    """Import a list, and let each row be about the person of its name."""
    await import_files(ws.store, administrator(), [path], clock=ws.clock, identity_key=KEY)
    await ws.store.write(lambda tx: tx.run(LINK))


async def compare(ws, after: Path, before: Path | None = None):
    return await compare_files(ws, administrator(), after, before=before, identity_key=KEY)


async def rows(ws, statement: Statement):
    return await ws.store.read(lambda tx: tx.run(statement))
