"""Whether what was true when a slot was taken is still true when its holder stands at the door."""

from datetime import datetime, timedelta

from domain.errors import NotPermittedError
from domain.time import Window
from graph.needs import need_as_it_is
from graph.ports import ReadTransaction
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction
from matching.rules.view import Violation
from workflows.claims.fitness import Visit, first_breach

RULES_AT_THE_DOOR = frozenset({"HC-01", "HC-02", "HC-03", "HC-05", "HC-08", "HC-09"})
"""What may lapse between a promise and its day: standing, health, licence, cover, check for work with minors."""


async def require_valid_now(tx: AuditedTransaction, claim: ClaimRow) -> None:
    """
    Go on only if the claim's holder may serve at this moment; for a check-in, in its own unit of work.

    The rules are those of the claim, asked about a visit that begins now: status, licence, accident cover and
    the check for work with minors.

    Raises
    ------
    NotPermittedError
        Something has lapsed; ``context['rule']`` names the hard constraint.
    """
    need = await need_as_it_is(tx, claim.need_id)
    minutes = timedelta(minutes=max(1, need.duration_min))
    broken = await what_lapses(tx, claim, need, Window(start=tx.at, end=tx.at + minutes), at=tx.at)
    if broken is not None:
        raise NotPermittedError(
            f"{broken.rule}: {broken.detail}", id=claim.id, rule=broken.rule, detail=broken.detail
        )


async def what_lapses(
    tx: ReadTransaction, claim: ClaimRow, need: NeedRow, window: Window, *, at: datetime
) -> Violation | None:
    """Give the first of the rules at the door that the holder would break at another time, or None."""
    visit = Visit(slot_id=claim.slot_id, volunteer_id=claim.volunteer_id, window=window)
    return await first_breach(tx, need, visit, at=at, rules=RULES_AT_THE_DOOR)
