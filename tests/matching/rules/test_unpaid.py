from matching.rules.unpaid import audit
from matching.solve import solve
from tests.matching import builders as b


def _problem(*paid: str):
    return b.problem(
        needs=[b.need()],
        need_slots=[b.slot()],
        volunteers=[b.volunteer("v1", person_ids=["resident-1", "v1"])],
        volunteer_windows=[b.free("v1", 1, "08:00", "18:00")],
        paid_work=[{"need_id": "n1", "person_id": person} for person in paid],
    )


def test_who_is_paid_for_a_need_does_not_give_it_by_any_of_their_ids():
    for person in ("v1", "resident-1"):
        visits = (b.visit(volunteer_id="v1"),)
        (breach,) = audit(b.view(_problem("other", person), assignments=visits))
        assert (breach.rule, breach.subject) == ("HC-04", "v1")
    assert not list(audit(b.view(_problem("other"), assignments=(b.visit(volunteer_id="v1"),))))


def test_the_rounds_side_keeps_paid_and_given_apart_too():
    assert solve(_problem("other"), b.policy()).fulfilled
    assert not solve(_problem("other", "resident-1"), b.policy()).fulfilled
