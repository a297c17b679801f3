from matching.rules.minor_contact import audit
from tests.matching import builders as b


def test_a_childs_helper_holds_a_valid_check():
    problem = b.problem(
        needs=[b.need(with_child=True), b.need("n2")],
        need_slots=[b.slot(), b.slot("n1-b"), b.slot("n2-a", "n2")],
        volunteers=[b.volunteer("checked"), b.volunteer("lapsed")],
        qualifications=[
            b.qualification("checked", "MINOR_CONTACT_CHECK"),
            b.qualification("lapsed", "MINOR_CONTACT_CHECK", to_day=0),
        ],
    )
    team = (
        b.visit(volunteer_id="checked"),
        b.visit(slot_id="n1-b", volunteer_id="lapsed"),
        b.visit("n2", "n2-a", "lapsed", day=1),
    )
    assert [breach.subject for breach in audit(b.view(problem, assignments=team))] == ["lapsed"]
