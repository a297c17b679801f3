from matching.rules.special_fund import audit
from matching.solve import solve
from tests.matching import builders as b


def test_a_special_fund_that_no_charity_holds_pays_nothing():
    problem = b.problem(
        needs=[b.need("n1", kind="CASH", amount_fen=100)],
        funds=[b.fund("bare", type="SPECIAL", organisation_id=None)],
    )
    assert solve(problem, b.policy()).money == ()
    found = list(audit(b.view(problem, money=(b.money("n1", "bare"),))))
    assert [(breach.rule, breach.subject) for breach in found] == [("HC-15", "bare")]


def test_a_special_fund_of_a_charity_pays():
    problem = b.problem(
        needs=[b.need("n1", kind="CASH", amount_fen=100)], funds=[b.fund("held", type="SPECIAL")]
    )
    assert [gift.fund_id for gift in solve(problem, b.policy()).money] == ["held"]
