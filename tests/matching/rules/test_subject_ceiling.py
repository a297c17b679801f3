from matching.rules.subject_ceiling import audit
from tests.matching import builders as b


def _problem(kinds: list[str], paid_fen: int = 0, subject_kind: str = "HOUSEHOLD"):
    needs = [
        b.need(f"n{k}", kind=kind, subject_id="home", amount_fen=10**7, subject_kind=subject_kind)
        for k, kind in enumerate(kinds)
    ]
    return b.problem(
        needs=needs,
        funds=[b.fund(budget_fen=10**9)],
        subjects_paid=[{"subject_id": "home", "paid_fen": paid_fen}],
    )


def test_one_wish_of_a_household_at_a_time():
    two = _problem(["WISH", "WISH"])
    assert list(audit(b.view(two, fulfilled=("n0",)))) == []
    assert [breach.subject for breach in audit(b.view(two, fulfilled=("n0", "n1")))] == ["home"]


def test_the_ceiling_of_a_wish():
    problem = _problem(["WISH"])
    assert list(audit(b.view(problem, money=(b.money("n0", amount_fen=50_000),)))) == []
    assert len(list(audit(b.view(problem, money=(b.money("n0", amount_fen=50_001),))))) == 1


def test_the_ceiling_of_the_period_counts_what_was_paid_before():
    give = (b.money("n0", amount_fen=1_000_000), b.money("n1", amount_fen=1_000_000))
    assert list(audit(b.view(_problem(["CASH", "WORKS"], 1_000_000), money=give))) == []
    assert len(list(audit(b.view(_problem(["CASH", "WORKS"], 1_000_001), money=give)))) == 1


def test_institutions_have_no_household_ceiling():
    problem = _problem(["WISH", "WISH"], subject_kind="INSTITUTION")
    give = (b.money("n0", amount_fen=9_000_000), b.money("n1", amount_fen=9_000_000))
    assert list(audit(b.view(problem, money=give))) == []
