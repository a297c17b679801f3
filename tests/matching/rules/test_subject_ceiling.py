from matching.rules.subject_ceiling import audit
from matching.solve import solve
from tests.matching import builders as b


def _problem(
    kinds: list[str],
    paid_fen: int = 0,
    subject_kind: str = "HOUSEHOLD",
    paid_kind: str = "CASH",
    live: tuple[str, ...] = (),
):
    needs = [
        b.need(f"n{k}", kind=kind, subject_id="home", amount_fen=10**7, subject_kind=subject_kind)
        for k, kind in enumerate(kinds)
    ]
    return b.problem(
        needs=needs,
        funds=[b.fund(budget_fen=10**9)],
        subjects_paid=[{"subject_id": "home", "kind": paid_kind, "paid_fen": paid_fen}],
        live_wishes=[{"need_id": need_id, "subject_id": "home"} for need_id in live],
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


def test_a_wish_under_way_is_the_one_at_a_time():
    earlier = _problem(["WISH"], live=("earlier",))
    assert len(list(audit(b.view(earlier, fulfilled=("n0",))))) == 1
    assert list(audit(b.view(earlier))) == [], "what was promised before is no breach"
    itself = _problem(["WISH", "WISH"], live=("n0",))
    assert list(audit(b.view(itself, fulfilled=("n0",)))) == [], "the wish under way may be completed"
    assert len(list(audit(b.view(itself, fulfilled=("n1",))))) == 1


def test_the_ceiling_of_a_kind_counts_what_was_paid_before():
    give = (b.money("n0", amount_fen=20_000),)
    assert list(audit(b.view(_problem(["WISH"], 30_000, paid_kind="WISH"), money=give))) == []
    assert len(list(audit(b.view(_problem(["WISH"], 30_001, paid_kind="WISH"), money=give)))) == 1
    assert list(audit(b.view(_problem(["WISH"], 30_001), money=give))) == [], "cash is another kind"
    assert list(audit(b.view(_problem(["WISH"], 60_000, paid_kind="WISH")))) == []


def test_plans_remember_earlier_rounds():
    def fulfilled(paid_fen: int = 0, live: tuple[str, ...] = ()) -> list[str]:
        problem = b.problem(
            needs=[b.need(n, kind="WISH", subject_id="home", amount_fen=20_000) for n in ("n0", "n1")],
            funds=[b.fund(budget_fen=10**9)],
            subjects_paid=[{"subject_id": "home", "kind": "WISH", "paid_fen": paid_fen}],
            live_wishes=[{"need_id": need_id, "subject_id": "home"} for need_id in live],
        )
        plan = solve(problem, b.policy())
        assert plan.bound >= plan.value
        return sorted(plan.fulfilled)

    assert fulfilled() == ["n0"]
    assert fulfilled(paid_fen=30_000) == ["n0"]
    assert fulfilled(paid_fen=30_001) == []
    assert fulfilled(live=("earlier",)) == []
    assert fulfilled(live=("n1",)) == ["n1"]
