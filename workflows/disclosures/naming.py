"""Whether a donor is named in what a charity publishes: only one who agreed, and for as long as they do."""

from domain.actors import Actor
from domain.donations import Donation, DonorKind
from domain.errors import InvalidInputError
from graph.disclosure_packs import set_naming
from graph.unit_of_work import AuditedTransaction
from workflows.donations.steps import GiftStep, said, take_step
from workflows.workspace import Outcome, Workspace


async def name_donor(
    ws: Workspace, actor: Actor, step: GiftStep, *, reference: str | None
) -> Outcome[Donation]:
    """
    Take down where a gift's donor agreed to be named, or that they agree no longer.

    Parameters
    ----------
    reference
        Where the agreement is written down; None takes it back.

    Raises
    ------
    InvalidInputError
        The donor wants no name kept, so there is none.
    """
    where = None if reference is None else said(reference, "reference")

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        if where is not None and (gift.donor_name is None or gift.donor_kind is DonorKind.ANONYMOUS):
            raise InvalidInputError("the donor wants no name kept", field="donationId", id=gift.id)
        await set_naming(tx, gift.id, where)
        tx.record("donation.name_donor", gift.id, detail={"named": where is not None})
        return gift

    return await take_step(ws, actor, step, work, "name_donor", where)
