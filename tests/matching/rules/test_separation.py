from matching.rules.separation import audit
from matching.solve import solve
from tests.matching import builders as b


def test_poster_and_verifier_do_not_serve_the_need():
    problem = b.problem(
        needs=[b.need(posted_by="resident-1", verified_by="resident-2")],
        need_slots=[b.slot(f"s{k}") for k in range(3)],
        volunteers=[b.volunteer(f"v{k}", person_ids=[f"v{k}", f"resident-{k}"]) for k in range(3)],
    )
    team = tuple(b.visit(slot_id=f"s{k}", volunteer_id=f"v{k}") for k in range(3))
    assert [breach.subject for breach in audit(b.view(problem, assignments=team))] == ["v1", "v2"]


def test_the_rounds_side_keeps_them_apart_too():
    def served(**ids: str) -> bool:
        problem = b.problem(
            needs=[b.need(**ids)],
            need_slots=[b.slot()],
            volunteers=[b.volunteer("v1", person_ids=["account-1", "resident-1", "v1"])],
            volunteer_windows=[b.free("v1", 1, "08:00", "18:00")],
        )
        return bool(solve(problem, b.policy()).fulfilled)

    assert served(posted_by="worker-1", verified_by="worker-2")
    for own in ("account-1", "resident-1", "v1"):
        assert not served(posted_by=own)
        assert not served(posted_by="worker-1", verified_by=own)
