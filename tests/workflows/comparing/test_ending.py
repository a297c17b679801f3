"""Statuses that the register and other lists show to have ended."""

from domain.comparing import EndGround
from tests.builders import worker, workspace
from tests.workflows.comparing.lists import DEATHS, ENDS, PAID, city, compare, load, rows, write_list
from workflows.comparing.deciding import undo_status_end

REGISTER = "06_公安局_常住人口.csv"
HEADER = "人员编号,家庭编号,姓名,公民身份号码,联系电话,与户主关系,现住区划代码,人员类别"


def register(folder, people):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / REGISTER
    lines = [f"{number},J1,{name},{card},,户主,320582100000,{kinds}" for number, name, card, kinds in people]
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


async def test_who_leaves_the_register_or_loses_relief_there_has_lost_a_status_and_a_new_number_is_none(
    store, tmp_path
):
    await city("甲").write(store)
    ws = workspace(store)
    before = register(
        tmp_path / "1",
        [
            ("R1", "张三", "32058219800101001X", "低保"),
            ("R2", "李四", "320582197902020018", "低保；高龄"),
            ("R3", "王五", "320582196503030011", ""),
        ],
    )
    after = register(
        tmp_path / "2",
        [("R2", "李四", "320582197902020018", "高龄"), ("R9", "王五", "320582196503030011", "")],
    )
    report = await compare(ws, after, before)
    assert {name: report.counts[name] for name in ("removed", "changed", "renumbered", "added")} == {
        "removed": 1, "changed": 1, "renumbered": 1, "added": 0,
    }  # fmt: skip
    grounds = sorted(row["ground"] for row in await rows(ws, ENDS))
    assert grounds == [EndGround.MOVED_AWAY, EndGround.NO_LONGER_QUALIFIES]


async def test_a_file_that_has_grown_too_old_has_expired_once(store, tmp_path):
    await city("甲", "乙").write(store)
    ws = workspace(store)
    first = write_list(tmp_path / "1", {"A1": ("甲", 100)}, day="2023-12-05")
    await load(ws, first)
    report = await compare(ws, first)
    assert report.counts["statuses_ended"] == 1
    second = write_list(tmp_path / "2", {"A1": ("甲", 101)}, day="2023-12-05")
    await load(ws, second)
    assert (await compare(ws, second, first)).counts["statuses_ended"] == 0, "it has expired already"
    (end,) = await rows(ws, ENDS)
    assert (end["ground"], end["person"]) == (EndGround.EXPIRED, "r-甲")


async def test_a_death_that_people_took_back_is_none_for_later_lists(store, tmp_path):
    await city("甲", "乙").write(store)
    ws = workspace(store)
    before = write_list(tmp_path / "1", {"A1": ("甲", 100), "A2": ("乙", 100)}, kind=PAID)
    deaths = write_list(tmp_path / "1", {"D1": ("甲", 0)}, kind=DEATHS)
    after = write_list(tmp_path / "2", {"A2": ("乙", 100)}, kind=PAID)
    for path in (before, deaths, after):
        await load(ws, path)
    await compare(ws, deaths)
    (end,) = await rows(ws, ENDS)
    await undo_status_end(ws, worker(), end["id"], expected_version=1, note="another of that name")
    await compare(ws, after, before)
    grounds = {(row["person"], row["ground"], row["state"]) for row in await rows(ws, ENDS)}
    assert grounds == {("r-甲", "DIED", "UNDONE"), ("r-甲", "NO_LONGER_QUALIFIES", "STANDS")}
