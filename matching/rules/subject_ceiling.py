"""
HC-19: one wish of a household at a time, and ceilings on its charity money over all funds.

Both look back: a wish promised or begun in an earlier round is still the one at a time, and money promised
within the period counts. What a household got before is never a breach of a plan that gives it nothing more.
"""

from collections import defaultdict
from collections.abc import Iterator

from domain.needs import NeedKind, SubjectKind
from matching.policy import Ceilings
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def audit(view: PlanView) -> Iterator[Violation]:
    """Households with several wishes, or money above the ceiling of a kind or of the period."""
    received = view.received_fen()
    wishes: dict[str, set[str]] = defaultdict(set)
    planned: dict[tuple[str, str], int] = defaultdict(int)
    total_of: dict[str, int] = defaultdict(int)
    place: dict[str, str] = {}
    for need in view.needs.values():
        if need["subject_kind"] == SubjectKind.HOUSEHOLD and need["subject_id"] is not None:
            path = need["region_path"]
            place[need["subject_id"]] = min(place.get(need["subject_id"], path), path)
    for need_id in view.touched():
        need = view.needs[need_id]
        if need["subject_kind"] != SubjectKind.HOUSEHOLD or need["subject_id"] is None:
            continue
        if need["kind"] == NeedKind.WISH:
            wishes[need["subject_id"]].add(need_id)
        planned[need["subject_id"], need["kind"]] += received.get(need_id, 0)
        total_of[need["subject_id"]] += received.get(need_id, 0)
    paid_of: dict[str, int] = defaultdict(int)
    for (subject, _kind), paid_fen in view.paid_fen.items():
        paid_of[subject] += paid_fen
    for subject, path in place.items():
        limits = view.policy.ceilings_in(path)
        live = view.live_wishes.get(subject, frozenset())
        together = live | wishes[subject]
        if together != live and len(together) > limits.wishes_at_a_time.value:
            yield Violation(rule="HC-19", subject=subject, detail=f"{len(together)} wishes at a time")
        yield from _above(view, subject, limits, planned)
        paid_fen, more_fen = paid_of[subject], total_of[subject]
        if limits.total is not None and more_fen and paid_fen + more_fen > limits.total.value:
            yield Violation(
                rule="HC-19", subject=subject, detail=f"{paid_fen} + {more_fen} fen in the period"
            )


def _above(
    view: PlanView, subject: str, limits: Ceilings, planned: dict[tuple[str, str], int]
) -> Iterator[Violation]:
    """Kinds of which the household would get more money within the period than their ceiling."""
    for kind, limit in limits.by_kind.items():
        paid_fen, more_fen = view.paid_fen.get((subject, kind), 0), planned.get((subject, kind), 0)
        if more_fen and paid_fen + more_fen > limit.value:
            yield Violation(rule="HC-19", subject=subject, detail=f"{paid_fen} + {more_fen} fen for {kind}")


RULE = Rule(id="HC-19", audit=audit)
