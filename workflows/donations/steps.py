"""One step of a gift: taken once for its key, on the version that was read, by a charity's own people."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.donations import Donation
from domain.errors import InvalidInputError
from domain.time import civil_date
from graph.donations import lock_donation, write_donation
from graph.unit_of_work import AuditedTransaction
from workflows.dated import Figure, Strict, rules_on
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

OFFICE = (Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER)
"""Who handles the gifts of a charity: its own people, for its own funds."""

GIFTS = TypeAdapter(Donation)
_LONGEST_TEXT = 2_000
RULES = "workflows.donations.rules"


class DonationRules(Strict):
    """Figures that hold from a day on in a region."""

    id: str
    duplicate_window_days: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftStep:
    """
    Which gift a step is taken on.

    Parameters
    ----------
    expected_version
        As it was read; None takes it as it is.
    idempotency_key
        Chosen by the caller: sent again, the step is not taken again.
    """

    donation_id: str
    expected_version: int | None = None
    idempotency_key: str | None = None


def rules_for(tx: AuditedTransaction, region_path: str) -> DonationRules:
    """Give the rules in force on the day of a unit."""
    return rules_on(RULES, DonationRules, civil_date(tx.at), region_path)


def said(value: str | None, field: str) -> str:
    """
    Give a text that somebody had to write.

    Raises
    ------
    InvalidInputError
        Nothing was written, or far too much.
    """
    told = (value or "").strip()
    if not told or len(told) > _LONGEST_TEXT:
        raise InvalidInputError(
            f"1 to {_LONGEST_TEXT} characters are asked for", field=field, length=len(told)
        )
    return told


def said_or_none(value: str | None, field: str) -> str | None:
    """Give a text that nobody had to write, None where there is none."""
    return None if value is None or not value.strip() else said(value, field)


async def take_step(
    ws: Workspace,
    actor: Actor,
    step: GiftStep,
    work: Callable[[AuditedTransaction, Donation], Awaitable[Donation]],
    *asked: object,
) -> Outcome[Donation]:
    """
    Lock a gift, let ``work`` give it as it stands after, and write that, all in one transaction.

    Parameters
    ----------
    asked
        The operation's name and all else that makes two requests the same.

    Raises
    ------
    NotFoundError
        The gift went to no fund of the actor's organisations.
    StaleVersionError
        It has changed since it was read.
    """
    actor.require(*OFFICE)

    async def unit(tx: AuditedTransaction) -> Donation:
        gift = await lock_donation(tx, actor, step.donation_id, expected_version=step.expected_version)
        after = await work(tx, gift)
        await write_donation(tx, after, tx.at)
        return after

    request = request_hash("donation", step.donation_id, step.expected_version, *asked)
    return await once(ws, actor, key=step.idempotency_key, request=request, answers=GIFTS, work=unit)
