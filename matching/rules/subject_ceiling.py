"""HC-19: one wish of a household at a time, and ceilings on its charity money over all funds."""

from collections import defaultdict
from collections.abc import Iterator

from domain.needs import NeedKind, SubjectKind
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def audit(view: PlanView) -> Iterator[Violation]:
    """Households with several wishes, or money above the ceiling of a kind or of the period."""
    received = view.received_fen()
    wishes: dict[str, int] = defaultdict(int)
    by_kind: dict[tuple[str, str], int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    place: dict[str, str] = {}
    for need in view.needs.values():
        if need["subject_kind"] == SubjectKind.HOUSEHOLD and need["subject_id"] is not None:
            path = need["region_path"]
            place[need["subject_id"]] = min(place.get(need["subject_id"], path), path)
    for need_id in sorted(view.touched()):
        need = view.needs[need_id]
        if need["subject_kind"] != SubjectKind.HOUSEHOLD or need["subject_id"] is None:
            continue
        subject = need["subject_id"]
        wishes[subject] += need["kind"] == NeedKind.WISH
        by_kind[subject, need["kind"]] += received.get(need_id, 0)
        total[subject] += received.get(need_id, 0)
    for subject, path in place.items():
        limits = view.policy.ceilings_in(path)
        if wishes[subject] > limits.wishes_at_a_time.value:
            yield Violation(rule="HC-19", subject=subject, detail=f"{wishes[subject]} wishes at a time")
        for kind, limit in limits.by_kind.items():
            if by_kind[subject, kind] > limit.value:
                yield Violation(
                    rule="HC-19", subject=subject, detail=f"{by_kind[subject, kind]} fen for {kind}"
                )
        paid_fen = view.paid_fen.get(subject, 0)
        if limits.total is not None and total[subject] and paid_fen + total[subject] > limits.total.value:
            yield Violation(
                rule="HC-19", subject=subject, detail=f"{paid_fen} + {total[subject]} fen in the period"
            )


RULE = Rule(id="HC-19", audit=audit)
