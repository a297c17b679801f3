from matching.rules.charitable_trust import audit
from matching.solve import solve
from tests.matching import builders as b


def test_a_trust_pays_only_within_a_stated_scope():
    problem = b.problem(
        needs=[b.need("n1", kind="CASH", amount_fen=100)],
        funds=[b.fund("open", type="TRUST"), b.fund("scoped", type="TRUST", situations=["DIBAO"])],
    )
    plan = solve(problem, b.policy())
    assert [gift.fund_id for gift in plan.money] == ["scoped"]
    found = list(audit(b.view(problem, money=(b.money("n1", "open"), b.money("n1", "scoped")))))
    assert [(breach.rule, breach.subject) for breach in found] == [("HC-16", "open")]
