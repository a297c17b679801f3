"""Pledges that a bank's list says have come: each is taken down as received, with the row of the list behind it."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import ConflictError
from domain.giving import DonationState
from importers.gift_lists import GiftRow
from workflows.donations.reconciling import Match, MatchedBy, Reconciliation
from workflows.donations.recording import Received, receive_donation
from workflows.donations.steps import OFFICE, GiftStep
from workflows.idempotency import request_hash
from workflows.workspace import Workspace

_SAYS_ENOUGH = frozenset({MatchedBy.REFERENCE, MatchedBy.DAY, MatchedBy.WINDOW, MatchedBy.SUM})
"""What a pledge may be known by; a row and a gift that name nobody are never one by sum and day alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeReport:
    """
    What became of the pledges that rows were matched to, by the ids of gifts.

    Parameters
    ----------
    received
        Now taken down as received.
    doubtful
        Several pledges would have done as well: a person says which it was.
    changed
        Somebody was faster; run again, the list is compared with what they did.
    """

    received: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


async def receive_pledges(ws: Workspace, actor: Actor, found: Reconciliation) -> PledgeReport:
    """
    Take down as received what a list shows of the actor's pledges, by the amount and day of the row.

    Each pledge is a unit of work of its own under the row's own key: a list that is handed in twice, or a job that is
    killed and run again, takes nothing down a second time.

    Raises
    ------
    NotPermittedError
        The actor handles no gifts.
    """
    actor.require(*OFFICE)
    received: list[str] = []
    doubtful: list[str] = []
    changed: list[str] = []
    for match in found.matches:
        pledges = [gift for gift in match.gifts if gift.state is DonationState.PLEDGED]
        if not pledges or match.by not in _SAYS_ENOUGH:
            continue
        if match.candidates > 1:
            doubtful += [gift.id for gift in pledges]
            continue
        for gift in pledges:
            step = GiftStep(
                donation_id=gift.id, idempotency_key=request_hash("row", _place(match.row), gift.id)
            )
            try:
                await receive_donation(ws, actor, step, _received(match, gift.amount_fen))
            except ConflictError:
                changed.append(gift.id)
            else:
                received.append(gift.id)
    return PledgeReport(received=tuple(received), doubtful=tuple(doubtful), changed=tuple(changed))


def _received(match: Match, pledged_fen: int) -> Received:
    """Give what came: the row's sum for its one gift, of several the part that each had promised."""
    row = match.row
    return Received(
        amount_fen=row.amount_fen if len(match.gifts) == 1 else pledged_fen,
        received_on=row.given_on,
        reference=row.reference or _place(row),
    )


def _place(row: GiftRow) -> str:
    return f"{row.file} {row.sheet} {row.row}".strip()
