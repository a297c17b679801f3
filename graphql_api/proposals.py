"""What rounds propose, and what people answer."""

import strawberry

from domain.errors import NotFoundError
from domain.rounds import ProposalKind, ProposalState
from graph.reads.proposals import ProposalFilter, ProposalRow, page_of_proposals, proposal_by_id
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.funds.types import FundNode, load_fund
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import ITEM, NEED, SLOT, NeedNode, load_need
from graphql_api.payloads import Payload, answer, once
from graphql_api.reasons import ReasonNode, reason
from graphql_api.rounds import ROUND, RoundNode, load_round
from graphql_api.scalars import Money, TimeWindow, money_or_none, window_between
from graphql_api.volunteers.types import VolunteerNode, load_volunteer
from workflows.rounds.proposals import accept_proposal, confirm_proposal, decline_proposal
from workflows.workspace import Outcome

PROPOSAL = "Proposal"


@strawberry.type(name=PROPOSAL, description="One line of a plan: a visit, money of a fund, or goods.")
class ProposalNode(Node):
    """What is offered to a need, and where its answer stands."""

    kind: ProposalKind
    state: ProposalState
    slot_id: strawberry.ID | None
    item_id: strawberry.ID | None
    amount: Money | None
    quantity: int | None = strawberry.field(description="Units of the need's item.")
    window: TimeWindow | None
    distance_m: int | None = strawberry.field(description="Way of the volunteer, in metres.")
    reason: ReasonNode
    earmark_id: strawberry.ID | None = strawberry.field(
        description="The part of the fund that pays; null for the fund's own money."
    )
    review_path: list[str] | None = strawberry.field(
        description="Who stands between giver and receiver: somebody looks first. Null where they are strangers."
    )
    version: int = strawberry.field(description="Sent back as expectedVersion with an answer.")
    need_key: strawberry.Private[str]
    round_key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str | None]
    fund_key: strawberry.Private[str | None]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="The round, if the reader may see it.")
    async def round(self, info: Info) -> RoundNode | None:
        """Give the round."""
        return await load_round(info, self.round_key)

    @strawberry.field(description="Who is asked to come, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)

    @strawberry.field(description="Whose money it is, if the reader may see it.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give the fund."""
        return await load_fund(info, self.fund_key)


def proposal(info: Info, row: ProposalRow) -> ProposalNode:
    """Give a proposal as clients see it."""
    return ProposalNode(
        id=encode_id(PROPOSAL, row.id),
        kind=row.kind,
        state=row.state,
        slot_id=None if row.slot_id is None else encode_id(SLOT, row.slot_id),
        item_id=None if row.need_item_id is None else encode_id(ITEM, row.need_item_id),
        amount=money_or_none(row.amount_fen),
        quantity=row.quantity,
        window=window_between(row.window_start, row.window_end),
        distance_m=row.distance_m,
        earmark_id=None if row.earmark_id is None else encode_id("Earmark", row.earmark_id),
        review_path=None if row.review_path is None else row.review_path.split(">"),
        reason=reason(row.reason_code, row.reason_parameters, info.context.locale),
        version=row.version,
        need_key=row.need_id,
        round_key=row.round_id,
        volunteer_key=row.volunteer_id,
        fund_key=row.fund_id,
    )


async def load_proposal(info: Info, key: str) -> ProposalNode | None:
    """Give the proposal of a key, if there is one that the reader may see."""
    context = info.context
    try:
        row = await context.read(lambda tx: proposal_by_id(tx, context.actor, key))
    except NotFoundError:
        return None
    return proposal(info, row)


@strawberry.input(name="ProposalFilter", description="What proposals are narrowed to.")
class ProposalFilterInput:
    """Empty axes narrow nothing."""

    round_id: strawberry.ID | None = None
    need_id: strawberry.ID | None = None
    kinds: list[ProposalKind] = strawberry.field(default_factory=list[ProposalKind])
    states: list[ProposalState] = strawberry.field(default_factory=list[ProposalState])

    def read(self) -> ProposalFilter:
        """
        Give the read model's filter.

        Raises
        ------
        InvalidInputError
            Not the ids of a round and a need.
        """
        return ProposalFilter(
            round_id=None if self.round_id is None else key_of(self.round_id, ROUND, "roundId"),
            need_id=None if self.need_id is None else key_of(self.need_id, NEED, "needId"),
            kinds=tuple(self.kinds),
            states=tuple(self.states),
        )


@strawberry.type
class ProposalQueries:
    """Lists and look-ups of proposals."""

    @strawberry.field(description="Proposals that the reader may see, by id.")
    async def proposals(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: ProposalFilterInput | None = None,
    ) -> Connection[ProposalNode]:
        """Give a page of proposals."""
        start = page_start(info, first, after)
        narrowed = (filter or ProposalFilterInput()).read()
        page = await info.context.read(
            lambda tx: page_of_proposals(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, lambda row: proposal(info, row))

    @strawberry.field(description="One proposal.")
    async def proposal(self, info: Info, id: strawberry.ID) -> ProposalNode | None:
        """Give a proposal by its global id."""
        return await load_proposal(info, key_of(id, PROPOSAL))


@strawberry.input(description="Says yes to a proposal.")
class AcceptProposalInput:
    """Which proposal, as read."""

    proposal_id: strawberry.ID
    expected_version: int
    idempotency_key: str


@strawberry.input(description="Says no to a proposal, without penalty.")
class DeclineProposalInput:
    """Which proposal, as read, and why."""

    proposal_id: strawberry.ID
    expected_version: int
    reason: str = ""


@strawberry.input(description="Confirms at the desk that a gift of money or goods arrived.")
class ConfirmProposalInput:
    """Which proposal, as read."""

    proposal_id: strawberry.ID
    expected_version: int


@strawberry.type
class ProposalMutations:
    """Answers to proposals, and that what was promised arrived."""

    @strawberry.mutation(description="Say yes: a volunteer to a visit, an officer to money or goods.")
    async def accept_proposal(self, info: Info, input: AcceptProposalInput) -> Payload[ProposalNode]:
        """Accept a proposal."""

        async def act() -> Outcome[ProposalRow]:
            context = info.context
            return await accept_proposal(
                context.workspace,
                context.actor,
                key_of(input.proposal_id, PROPOSAL, "proposalId"),
                expected_version=input.expected_version,
                idempotency_key=input.idempotency_key,
            )

        return await answer(info, act, lambda row: proposal(info, row))

    @strawberry.mutation(description="Say no; what was reserved for it is released.")
    async def decline_proposal(self, info: Info, input: DeclineProposalInput) -> Payload[ProposalNode]:
        """Decline a proposal."""

        async def act() -> Outcome[ProposalRow]:
            context = info.context
            return await once(
                decline_proposal(
                    context.workspace,
                    context.actor,
                    key_of(input.proposal_id, PROPOSAL, "proposalId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, lambda row: proposal(info, row))

    @strawberry.mutation(
        description="Confirm at the desk that one accepted gift arrived, while other parts are wanting."
    )
    async def confirm_proposal(self, info: Info, input: ConfirmProposalInput) -> Payload[ProposalNode]:
        """Confirm a gift."""

        async def act() -> Outcome[ProposalRow]:
            context = info.context
            return await once(
                confirm_proposal(
                    context.workspace,
                    context.actor,
                    key_of(input.proposal_id, PROPOSAL, "proposalId"),
                    expected_version=input.expected_version,
                )
            )

        return await answer(info, act, lambda row: proposal(info, row))
