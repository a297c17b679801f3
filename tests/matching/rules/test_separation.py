from matching.rules.separation import audit
from tests.matching import builders as b


def test_poster_and_verifier_do_not_serve_the_need():
    problem = b.problem(
        needs=[b.need(posted_by="resident-1", verified_by="resident-2")],
        need_slots=[b.slot(f"s{k}") for k in range(3)],
        volunteers=[b.volunteer(f"v{k}", resident_id=f"resident-{k}") for k in range(3)],
    )
    team = tuple(b.visit(slot_id=f"s{k}", volunteer_id=f"v{k}") for k in range(3))
    assert [breach.subject for breach in audit(b.view(problem, assignments=team))] == ["v1", "v2"]
