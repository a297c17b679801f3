"""Who acts for a charity: its officers propose, its approvers decide, and never one person both (HC-15)."""

from dataclasses import dataclass
from datetime import date

from domain.actors import Actor, Role
from domain.allocations import ApprovalDecision
from domain.errors import InvalidInputError, NotFoundError
from domain.time import civil_date
from graph.ports import ReadTransaction
from graph.unit_of_work import AuditedTransaction
from workflows.separation import require_other_person

OFFICERS = (Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an approver said of what an officer proposed, as they read it."""

    decision: ApprovalDecision
    expected_version: int
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.decision is ApprovalDecision.REFUSED and not (self.reason or "").strip():
            raise InvalidInputError("a refusal has a reason", field="reason")

    @property
    def approved(self) -> bool:
        """Whether it may go ahead."""
        return self.decision is ApprovalDecision.APPROVED


def require_acting_for(actor: Actor, organisation_id: str) -> None:
    """
    Go on only for an officer or an approver of an organisation.

    Raises
    ------
    NotPermittedError
        The actor is neither.
    NotFoundError
        The organisation is not theirs to act for.
    """
    actor.require(*OFFICERS)
    if organisation_id not in actor.scope.organisation_ids:
        raise NotFoundError("no such organisation", kind="organisation", id=organisation_id)


async def require_second_person(tx: ReadTransaction, actor: Actor, first: str | None, *, about: str) -> None:
    """
    Go on only for an approver who is somebody else than who proposed.

    Raises
    ------
    NotPermittedError
        The actor approves nothing.
    SeparationOfDutiesError
        They proposed it.
    """
    actor.require(Role.FEDERATION_APPROVER)
    await require_other_person(tx, actor, [first], "who proposes does not approve", about=about)


def today_of(tx: AuditedTransaction) -> date:
    """Give the civil day of a unit."""
    return civil_date(tx.at)
