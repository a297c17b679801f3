from matching.rules.related_party import audit
from tests.matching import builders as b


def test_no_money_between_related_parties():
    problem = b.problem(
        needs=[b.need("n1", amount_fen=100), b.need("n2", amount_fen=100)],
        funds=[b.fund()],
        related_parties=[{"fund_id": "f1", "need_id": "n1", "path": "KIN"}],
    )
    found = list(audit(b.view(problem, money=(b.money("n1"), b.money("n2")))))
    assert [(breach.rule, breach.subject) for breach in found] == [("HC-13", "f1")]
