"""A corrected file changes what files say, and what was planned on the old figures proves stale."""

from graph.ports import Access, Statement

FUNDS = "基金编号,基金名称,基金类型,管理机构编号,区划代码,累计收入（元）,累计支出（元）,单案上限（元）\n"
HOUSEHOLD_FUND = "F1,{name},非限定基金,O1,320582000000,1000,0,{cap}\n"
NEEDS = (
    "需求编号,需求内容,需求形式,需求类别,紧急程度,状态,对象类型,家庭编号,申请金额（元）,服务时间,对象情形\n"
)
NEED = "{key},甲,资金,医疗费用,一般,已核实,家庭,H1,{amount},2026-03-05 09:00-12:00,低保、特困\n"
VERSIONS = {
    "Fund": Statement("MATCH (n:Fund) RETURN n.version AS version ORDER BY n.id", Access.READ),
    "Need": Statement("MATCH (n:Need) RETURN n.version AS version ORDER BY n.receipt", Access.READ),
}


async def versions(store, label):
    return [row["version"] for row in await store.read(lambda tx: tx.run(VERSIONS[label]))]


async def test_a_corrected_fund_gets_its_next_version(tmp_path, memory, load):
    path = tmp_path / "基金一览.csv"
    for cap, name, expected in ((10, "甲", 1), (20, "甲", 2), (20, "乙", 3)):
        path.write_text(FUNDS + HOUSEHOLD_FUND.format(name=name, cap=cap), "utf-8")
        await load(path, mapping="city_funds")
        assert await versions(memory, "Fund") == [expected]


async def test_only_needs_that_a_file_changes_get_their_next_version(tmp_path, memory, load):
    path = tmp_path / "需求台账.csv"
    path.write_text(NEEDS + "".join(NEED.format(key=key, amount=10) for key in ("N1", "N2")), "utf-8")
    await load(path, mapping="city_needs")
    path.write_text(NEEDS + NEED.format(key="N2", amount=10) + NEED.format(key="N1", amount=11), "utf-8")
    report = await load(path, mapping="city_needs")
    assert report.nodes["Need"].created == 0
    assert await versions(memory, "Need") == [2, 1]
    assert (await load(path, mapping="city_needs")).files[0].duplicate
    assert await versions(memory, "Need") == [2, 1]


async def test_consent_given_or_withdrawn_in_a_later_file_counts(tmp_path, memory, load):
    path = tmp_path / "需求台账.csv"
    consent = Statement(
        "MATCH (n:Need) RETURN n.consent_recorded AS consent, n.version AS version", Access.READ
    )
    header = "需求编号,需求内容,需求形式,需求类别,紧急程度,状态,对象类型,家庭编号,本人同意\n"
    for word, said, version in (("否", False, 1), ("是", True, 2), ("否", False, 3)):
        path.write_text(
            f"{header}N1,甲,资金,医疗费用,一般,已核实,家庭,H1,{word}\n备注：第{version}次\n", "utf-8"
        )
        await load(path, mapping="city_needs")
        assert await memory.read(lambda tx: tx.run(consent)) == [{"consent": said, "version": version}]
