from matching.rules.earmarked import audit
from tests.matching import builders as b


def _problem():
    return b.problem(
        needs=[b.need("n1", amount_fen=900), b.need("n2", amount_fen=900)],
        need_items=[b.item("i1", quantity=5), b.item("i2", "n2", quantity=5)],
        funds=[b.fund("f1", 1000), b.fund("f2", 1000, case_cap_fen=100)],
        stock=[b.stock(quantity=8)],
    )


def test_a_fund_gives_what_it_has_over_all_needs():
    within = (b.money("n1", amount_fen=600), b.money("n2", amount_fen=400))
    beyond = (b.money("n1", amount_fen=600), b.money("n2", amount_fen=401))
    assert list(audit(b.view(_problem(), money=within))) == []
    assert [breach.subject for breach in audit(b.view(_problem(), money=beyond))] == ["f1"]


def test_the_cap_of_a_case_counts_by_need():
    each = (b.money("n1", "f2", 100), b.money("n2", "f2", 100))
    assert list(audit(b.view(_problem(), money=each))) == []
    assert len(list(audit(b.view(_problem(), money=(b.money("n1", "f2", 101),))))) == 1


def test_a_stock_line_gives_what_it_has():
    assert list(audit(b.view(_problem(), goods=(b.goods(quantity=5), b.goods("i2", "n2", quantity=3))))) == []
    over = (b.goods(quantity=5), b.goods("i2", "n2", quantity=4))
    assert [breach.subject for breach in audit(b.view(_problem(), goods=over))] == ["o1"]
