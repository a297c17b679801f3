"""Proposals as use cases answer them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import InvariantError, StaleVersionError, TransitionError
from domain.rounds import PROPOSAL_TRANSITIONS, ProposalState
from graph.columns import integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.proposals import PROPOSAL_COLUMNS, ProposalRow, proposal_by_id, proposal_of
from graph.scope import listed

LOCK = Statement(
    "MATCH (n:Proposal {id: $id}) SET n.version = n.version + 1 RETURN n.version AS version", Access.WRITE
)
SET_STATE = Statement("MATCH (n:Proposal {id: $id}) SET n.state = $state", Access.WRITE)
SET_ACCEPTED_BY = Statement(
    "MATCH (n:Proposal {id: $id}) SET n.accepted_by = $accepted_by,"
    " n.accepted_by_participant = $accepted_by_participant",
    Access.WRITE,
)
ACCEPTED_BY = Statement(
    "MATCH (n:Proposal) WHERE n.id IN $ids"
    " RETURN n.id AS id, n.accepted_by AS accepted_by, n.accepted_by_participant AS accepted_by_participant"
    " ORDER BY id",
    Access.READ,
)
OWNER_OF_FUND = Statement("MATCH (f:Fund {id: $id}) RETURN f.organisation_id AS owner_id", Access.READ)
OWNER_OF_STOCK = Statement("MATCH (o:InKindOffer {id: $id}) RETURN o.owner_id AS owner_id", Access.READ)
OF_NEED = Statement(
    "MATCH (n:Proposal) WHERE n.need_id = $need_id AND n.state IN $states" + PROPOSAL_COLUMNS + "ORDER BY id",
    Access.READ,
)
PROMISED = Statement(
    """
    MATCH (n:Proposal) WHERE n.need_id = $need_id AND n.state IN ['ACCEPTED', 'CONFIRMED']
    RETURN coalesce(sum(n.amount_fen), 0) AS amount_fen, coalesce(sum(n.quantity), 0) AS quantity
    """,
    Access.READ,
)
ASKED_ITEMS = Statement(
    "MATCH (i:NeedItem) WHERE i.need_id = $need_id RETURN coalesce(sum(i.quantity), 0) AS quantity",
    Access.READ,
)
# The fund itself is taken before its relationships, as postings take it: otherwise two wait for each other.
JOIN_FUND = Statement(
    """
    MATCH (f:Fund {id: $fund_id}) SET f.version = f.version WITH f MATCH (n:Need {id: $need_id})
    MERGE (n)-[r:FUNDED_BY]->(f) ON CREATE SET r.source_id = $round_id
    SET r.amount_fen = coalesce(r.amount_fen, 0) + $amount_fen, r.round_id = $round_id
    """,
    Access.WRITE,
)
JOIN_STOCK = Statement(
    """
    MATCH (n:Need {id: $need_id}) MATCH (o:InKindOffer {id: $offer_id})
    MERGE (n)-[r:SUPPLIED_BY]->(o) ON CREATE SET r.source_id = $round_id
    SET r.quantity = coalesce(r.quantity, 0) + $quantity, r.round_id = $round_id
    """,
    Access.WRITE,
)

TAKE_FROM_FUND = Statement(
    "MATCH (f:Fund {id: $fund_id}) SET f.version = f.version WITH f"
    " MATCH (n:Need {id: $need_id})-[r:FUNDED_BY]->(f)"
    " SET r.amount_fen = r.amount_fen - $amount_fen",
    Access.WRITE,
)
LESSEN = Statement(
    "MATCH (n:Proposal {id: $id}) SET n.amount_fen = n.amount_fen - $amount_fen, n.version = n.version + 1",
    Access.WRITE,
)
PART_FROM_FUND = Statement(
    "MATCH (n:Need {id: $need_id})-[r:FUNDED_BY]->(f:Fund {id: $fund_id}) WHERE r.amount_fen <= 0 DELETE r",
    Access.WRITE,
)
TAKE_FROM_STOCK = Statement(
    "MATCH (n:Need {id: $need_id})-[r:SUPPLIED_BY]->(o:InKindOffer {id: $offer_id})"
    " SET r.quantity = r.quantity - $quantity",
    Access.WRITE,
)
PART_FROM_STOCK = Statement(
    "MATCH (n:Need {id: $need_id})-[r:SUPPLIED_BY]->(o:InKindOffer {id: $offer_id})"
    " WHERE r.quantity <= 0 DELETE r",
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Money and units of goods that people said yes to."""

    amount_fen: int
    quantity: int


async def lock_proposal(
    tx: WriteTransaction, actor: Actor, proposal_id: str, *, expected_version: int
) -> ProposalRow:
    """
    Take a proposal that the actor may see for answering; its row carries the new version.

    Raises
    ------
    NotFoundError
        The actor may not see it.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    await proposal_by_id(tx, actor, proposal_id)
    found = integer((await tx.run(LOCK, id=proposal_id))[0], "version") - 1
    if found != expected_version:
        raise StaleVersionError(
            "the proposal has changed since it was read",
            id=proposal_id,
            expected=expected_version,
            found=found,
        )
    return await proposal_by_id(tx, actor, proposal_id)


async def move_proposal(tx: WriteTransaction, proposal: ProposalRow, after: ProposalState) -> None:
    """
    Lead a proposal one step on.

    Raises
    ------
    TransitionError
        It has no such step.
    """
    if after not in PROPOSAL_TRANSITIONS[proposal.state]:
        raise TransitionError(
            f"a proposal cannot go from {proposal.state} to {after}",
            before=proposal.state.value,
            after=after.value,
        )
    await tx.run(SET_STATE, id=proposal.id, state=after.value)


async def accept_as(tx: WriteTransaction, actor: Actor, proposal: ProposalRow) -> None:
    """
    Lead a proposal to ACCEPTED and keep who said yes.

    Raises
    ------
    TransitionError
        It was answered already.
    """
    await move_proposal(tx, proposal, ProposalState.ACCEPTED)
    await tx.run(
        SET_ACCEPTED_BY,
        id=proposal.id,
        accepted_by=actor.id,
        accepted_by_participant=actor.participant_id,
    )


async def who_accepted(tx: ReadTransaction, proposal_ids: Sequence[str]) -> set[str]:
    """Give the accounts that said yes to proposals, and those whom the accounts stand for."""
    records = await tx.run(ACCEPTED_BY, ids=listed(list(proposal_ids)))
    named = ("accepted_by", "accepted_by_participant")
    return {who for record in records for name in named if (who := text_or_none(record, name)) is not None}


async def owner_of_gift(tx: ReadTransaction, proposal: ProposalRow) -> str | None:
    """Give the organisation whose fund or stock line a proposal takes from; None where none is known."""
    statement = OWNER_OF_FUND if proposal.fund_id is not None else OWNER_OF_STOCK
    found = await tx.run(statement, id=proposal.fund_id or proposal.offer_id or "")
    return text_or_none(found[0], "owner_id") if found else None


async def lock_proposals_of_need(
    tx: WriteTransaction, need_id: str, states: Sequence[ProposalState]
) -> list[ProposalRow]:
    """
    Take the proposals of a need in some states for changing.

    The need itself is locked already, and proposals are answered under its lock: none can slip away between.
    """
    records = await tx.run(OF_NEED, need_id=need_id, states=listed([state.value for state in states]))
    rows = [proposal_of(record) for record in records]
    for row in rows:
        if not await tx.run(LOCK, id=row.id):
            raise InvariantError("a proposal has gone", id=row.id)
    return rows


async def in_state(tx: ReadTransaction, need_id: str, state: ProposalState) -> list[str]:
    """Give the ids of a need's proposals that stand in a state."""
    return [text(record, "id") for record in await tx.run(OF_NEED, need_id=need_id, states=[state.value])]


async def is_unanswered(tx: ReadTransaction, need_id: str) -> bool:
    """Whether somebody has yet to answer a proposal for the need."""
    return bool(await in_state(tx, need_id, ProposalState.OFFERED))


async def promised_to(tx: ReadTransaction, need_id: str) -> Promised:
    """Give what was accepted or already given for a need."""
    record = (await tx.run(PROMISED, need_id=need_id))[0]
    return Promised(amount_fen=integer(record, "amount_fen"), quantity=integer(record, "quantity"))


async def asked_quantity(tx: ReadTransaction, need_id: str) -> int:
    """Give the units of goods that a need asks for, over all its items."""
    return integer((await tx.run(ASKED_ITEMS, need_id=need_id))[0], "quantity")


async def join_gift(tx: WriteTransaction, proposal: ProposalRow) -> None:
    """Draw the relationship from the need to the fund or stock line that gives."""
    if proposal.fund_id is not None:
        await tx.run(
            JOIN_FUND,
            need_id=proposal.need_id,
            fund_id=proposal.fund_id,
            amount_fen=proposal.amount_fen or 0,
            round_id=proposal.round_id,
        )
    if proposal.offer_id is not None:
        await tx.run(
            JOIN_STOCK,
            need_id=proposal.need_id,
            offer_id=proposal.offer_id,
            quantity=proposal.quantity or 0,
            round_id=proposal.round_id,
        )


async def lessen_gift(tx: WriteTransaction, proposal: ProposalRow, amount_fen: int) -> None:
    """Take a part of an accepted gift of money off it, and off the relationship."""
    await tx.run(LESSEN, id=proposal.id, amount_fen=amount_fen)
    await tx.run(TAKE_FROM_FUND, need_id=proposal.need_id, fund_id=proposal.fund_id, amount_fen=amount_fen)


async def part_gift(tx: WriteTransaction, proposal: ProposalRow) -> None:
    """Take an accepted gift off the relationship again, which goes when nothing is left on it."""
    ends = {"need_id": proposal.need_id}
    if proposal.fund_id is not None:
        ends["fund_id"] = proposal.fund_id
        await tx.run(TAKE_FROM_FUND, **ends, amount_fen=proposal.amount_fen or 0)
        await tx.run(PART_FROM_FUND, **ends)
    elif proposal.offer_id is not None:
        ends["offer_id"] = proposal.offer_id
        await tx.run(TAKE_FROM_STOCK, **ends, quantity=proposal.quantity or 0)
        await tx.run(PART_FROM_STOCK, **ends)
