"""Rows that name one thing twice: what is lost is said, and never more than is said."""

from graph.ports import Access, Statement

FUNDS = "基金编号,基金名称,基金类型,管理机构编号,区划代码,累计收入（元）,累计支出（元）\n"
NEEDS = (
    "需求编号,需求内容,需求形式,需求类别,紧急程度,状态,对象类型,家庭编号,机构编号,申请金额（元）\n"
    "N1,甲,资金,医疗费用,一般,已核实,家庭,H1,,10\n"
    "N1,甲,资金,医疗费用,一般,已核实,机构,,O1,5\n"
    "合计,,,,,,,,,15\n"
)


def funds(path, *rows):
    path.write_text(FUNDS + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def repeats(report):
    return [
        (issue.row, issue.severity.value) for issue in report.issues if issue.code.value == "DUPLICATE_KEY"
    ]


async def test_a_row_that_says_otherwise_of_the_same_thing_is_refused_and_its_money_is_seen_to_be_lost(
    tmp_path, memory, load
):
    path = funds(
        tmp_path / "基金一览.csv",
        "F1,甲,非限定基金,O1,320582000000,1000,0",
        "F1,乙,非限定基金,O1,320582000000,5,0",
        "合计,,,,,1005,0",
    )
    report = await load(path, mapping="city_funds")
    assert repeats(report) == [(3, "REFUSED")]
    assert (report.rows_read, report.rows_loaded, report.rows_refused) == (2, 1, 1)
    received = next(total for total in report.totals if total.measure == "received")
    assert (received.stated, received.computed, received.loaded) == (100_500, 100_500, 100_000)
    assert received.agrees
    assert received.to_json()["loaded"] == 100_000
    rows = await memory.read(
        lambda tx: tx.run(
            Statement("MATCH (f:Fund) RETURN f.name AS name, f.received_fen AS fen", Access.READ)
        )
    )
    assert rows == [{"name": "甲", "fen": 100_000}]


async def test_a_row_that_says_the_same_again_is_flagged_and_loaded_once(tmp_path, load):
    row = "F1,甲,非限定基金,O1,320582000000,1000,0"
    report = await load(funds(tmp_path / "基金一览.csv", row, row), mapping="city_funds")
    assert repeats(report) == [(3, "FLAGGED")]
    assert report.rows_refused == 0
    received = next(total for total in report.totals if total.measure == "received")
    assert (received.computed, received.loaded) == (200_000, 100_000)


async def test_one_number_for_a_households_need_and_a_houses_need_is_one_need(tmp_path, memory, load):
    path = tmp_path / "需求台账.csv"
    path.write_text(NEEDS, "utf-8")
    report = await load(path, mapping="city_needs")
    assert repeats(report) == [(3, "REFUSED")]
    amount = next(total for total in report.totals if total.measure == "amount")
    assert (amount.stated, amount.computed, amount.loaded) == (1500, 1500, 1000)
    rows = await memory.read(
        lambda tx: tx.run(
            Statement("MATCH (n:Need) RETURN n.subject_kind AS kind, n.amount_fen AS fen", Access.READ)
        )
    )
    assert rows == [{"kind": "HOUSEHOLD", "fen": 1000}]
