from matching.rules.subsidiarity import audit
from tests.matching import builders as b


def test_charity_pays_the_gap_and_no_fen_more():
    problem = b.problem(
        needs=[b.need(amount_fen=1_000, gap_fen=300)], need_items=[b.item("i1", quantity=2)],
        funds=[b.fund()], stock=[b.stock()],
    )  # fmt: skip
    assert list(audit(b.view(problem, money=(b.money(amount_fen=300),), goods=(b.goods(quantity=2),)))) == []
    assert len(list(audit(b.view(problem, money=(b.money(amount_fen=301),))))) == 1
    assert len(list(audit(b.view(problem, goods=(b.goods(quantity=3),))))) == 1
