"""Rounds and what became of each need in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import strawberry

from domain.errors import InvalidInputError
from domain.rounds import RoundState
from graph.reads.rounds import (
    OutcomeRow,
    RoundFilter,
    RoundRow,
    VolunteerOutcomeRow,
    page_of_outcomes,
    page_of_rounds,
    page_of_volunteer_outcomes,
)
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
from graphql_api.errors import ErrorParameter
from graphql_api.explanations import (
    CharityYearStatementNode,
    ContestNode,
    FundStatementNode,
    HelpNode,
    ShadowPriceNode,
    charity_years,
    contest_node,
    fund_statements,
    help_nodes,
    params,
    shadow_prices,
)
from graphql_api.ids import encode_id, key_of
from graphql_api.levels import LevelNode, StabilityNode, level_nodes, stability_node
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.payloads import mutation
from graphql_api.reasons import ReasonNode, reason, stored_reason
from graphql_api.regions import RegionNode, load_region, region_path
from graphql_api.scalars import BigInt, Money, money
from graphql_api.volunteers.types import VolunteerNode, load_volunteer
from matching.wording import word_volunteer
from workflows.rounds.running import RoundRequest, discard_round, publish_round, run_round
from workflows.workspace import Outcome

ROUND = "Round"
_LONGEST_SOLVE_S = 300.0
_LONGEST_HORIZON_DAYS = 60


@strawberry.type(name=ROUND, description="A matching round: its certificate and figures.")
class RoundNode(Node):
    """A function of snapshot, policy and seed; all three are here."""

    state: RoundState
    as_of: datetime = strawberry.field(description="Moment the snapshot shows.")
    policy_id: str
    snapshot_digest: str
    plan_digest: str
    status: str = strawberry.field(description="OPTIMAL, WITHIN_GAP or STOPPED.")
    seed: int
    needs_count: int
    fulfilled_count: int
    amount_allocated: Money
    value: BigInt = strawberry.field(description="Objective points of the plan.")
    bound: BigInt = strawberry.field(description="No plan as good on the dominating levels has more.")
    gap: float = strawberry.field(description="(bound - value) / bound, a fraction.")
    levels: list[LevelNode] = strawberry.field(description="Levels of the objective, the dominating first.")
    order_proven: bool = strawberry.field(description="Fulfilment, the first level, is proven to be best.")
    fulfilment_gap: float = strawberry.field(
        description="Fraction of the first level's bound that may be missing; 0 where it is proven."
    )
    stability: StabilityNode | None = strawberry.field(
        description="Against what people had been told; null where nothing was."
    )
    created_by: str
    published_by: str | None
    created_at: datetime
    published_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    region_key: strawberry.Private[str | None]
    summary: strawberry.Private[Mapping[str, object]]

    @strawberry.field(description="What became of the money of each fund that the reader may see.")
    async def fund_statements(self, info: Info) -> list[FundStatementNode]:
        """Give fund statements."""
        return await fund_statements(info, self.summary)

    @strawberry.field(description="What more people, money or goods would be worth, most first.")
    async def shadow_prices(self, info: Info) -> list[ShadowPriceNode]:
        """Give shadow prices."""
        return await shadow_prices(info.context, self.summary)

    @strawberry.field(description="What it does for the years of the charities that the reader may see.")
    async def charity_years(self, info: Info) -> list[CharityYearStatementNode]:
        """Give charity years."""
        return await charity_years(info, self.summary)

    @strawberry.field(description="Where it matched, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)


@strawberry.type(name="Outcome", description="What a round gave one need, and why.")
class OutcomeNode:
    """Fulfilled or not, with the reason."""

    id: strawberry.ID
    fulfilled: bool
    reason: ReasonNode
    contest: ContestNode | None = strawberry.field(
        description="Needs any one of which stands in its way, by id; for the desk and the office."
    )
    need_key: strawberry.Private[str]
    stored_helps: strawberry.Private[Sequence[Mapping[str, object]]]

    @strawberry.field(description="Changes after which it could be met; for the desk and the office.")
    async def helps(self, info: Info) -> list[HelpNode]:
        """Give what would help."""
        return await help_nodes(info, self.stored_helps)

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


@strawberry.type(name="VolunteerOutcome", description="Why a round asked a volunteer or not.")
class VolunteerOutcomeNode:
    """A code with its parameters, and a sentence."""

    id: strawberry.ID
    code: str
    rule: str | None
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")
    params: list[ErrorParameter]
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="The volunteer, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)


def round_node(row: RoundRow) -> RoundNode:
    """Give a round as clients see it."""
    return RoundNode(
        id=encode_id(ROUND, row.id),
        state=row.state,
        as_of=row.as_of,
        policy_id=row.policy_id,
        snapshot_digest=row.snapshot_digest,
        plan_digest=row.plan_digest,
        status=row.status,
        seed=row.seed,
        needs_count=row.needs,
        fulfilled_count=row.fulfilled,
        amount_allocated=money(row.amount_allocated_fen),
        value=BigInt(row.value),
        bound=BigInt(row.bound),
        gap=row.gap,
        levels=level_nodes(row.summary),
        order_proven=bool(row.summary.get("order_proven", False)),
        fulfilment_gap=float(cast("float", row.summary.get("fulfilment_gap", 0.0))),
        stability=stability_node(row.summary),
        created_by=row.created_by,
        published_by=row.published_by,
        created_at=row.created_at,
        published_at=row.published_at,
        version=row.version,
        region_key=row.region_id,
        summary=row.summary,
    )


async def load_round(info: Info, key: str | None) -> RoundNode | None:
    """Give the round of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.rounds.load(key)
    return None if row is None else round_node(row)


@strawberry.input(name="RoundFilter", description="What rounds are narrowed to.")
class RoundFilterInput:
    """Empty axes narrow nothing."""

    states: list[RoundState] = strawberry.field(default_factory=list[RoundState])


@strawberry.type
class RoundQueries:
    """Lists and look-ups of rounds."""

    @strawberry.field(description="Rounds that the reader may see, newest first.")
    async def rounds(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: RoundFilterInput | None = None,
    ) -> Connection[RoundNode]:
        """Give a page of rounds."""
        start = page_start(info, first, after)
        narrowed = RoundFilter(states=tuple(filter.states) if filter else ())
        page = await info.context.read(
            lambda tx: page_of_rounds(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, round_node)

    @strawberry.field(description="One round.")
    async def round(self, info: Info, id: strawberry.ID) -> RoundNode | None:
        """Give a round by its global id."""
        return await load_round(info, key_of(id, ROUND))

    @strawberry.field(description="What a round gave each need, by need; for the desk and the office.")
    async def outcomes(
        self,
        info: Info,
        round_id: strawberry.ID,
        first: First = DEFAULT_PAGE,
        after: After = None,
        fulfilled: bool | None = None,
        need_id: strawberry.ID | None = None,
    ) -> Connection[OutcomeNode]:
        """Give a page of outcomes."""
        start = page_start(info, first, after)
        key = key_of(round_id, ROUND, "roundId")
        need_key = None if need_id is None else key_of(need_id, "Need", "needId")
        page = await info.context.read(
            lambda tx: page_of_outcomes(
                tx,
                info.context.actor,
                round_id=key,
                need_id=need_key,
                fulfilled=fulfilled,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, lambda row: _outcome(info, row))

    @strawberry.field(
        description="Why volunteers were asked or not, by volunteer; a volunteer sees their own of published rounds."
    )
    async def volunteer_outcomes(
        self,
        info: Info,
        round_id: strawberry.ID,
        first: First = DEFAULT_PAGE,
        after: After = None,
        code: str = "",
    ) -> Connection[VolunteerOutcomeNode]:
        """Give a page of volunteers' outcomes."""
        start = page_start(info, first, after)
        key = key_of(round_id, ROUND, "roundId")
        page = await info.context.read(
            lambda tx: page_of_volunteer_outcomes(
                tx,
                info.context.actor,
                round_id=key,
                code=code,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, lambda row: _volunteer_outcome(info, row))


def _outcome(info: Info, row: OutcomeRow) -> OutcomeNode:
    return OutcomeNode(
        id=encode_id("Outcome", row.id),
        fulfilled=row.fulfilled,
        reason=reason(row.reason_code, row.reason_parameters, info.context.locale),
        contest=contest_node(row.contest),
        need_key=row.need_id,
        stored_helps=row.helps,
    )


def _volunteer_outcome(info: Info, row: VolunteerOutcomeRow) -> VolunteerOutcomeNode:
    why = stored_reason(row.reason_code, row.reason_parameters)
    return VolunteerOutcomeNode(
        id=encode_id("VolunteerOutcome", row.id),
        code=why.code,
        rule=why.rule,
        message=word_volunteer(why, info.context.locale),
        params=params(why.parameters),
        volunteer_key=row.volunteer_id,
    )


@strawberry.input(description="Computes a plan for the open needs of a division; nothing is promised yet.")
class RunRoundInput:
    """What the round is a function of, besides the graph."""

    region_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose open needs take part; without it all of the asking account's area."
    )
    policy_id: str | None = strawberry.field(
        default=None, description="Policy that is meant; another one in force is an error."
    )
    seed: int = 0
    time_limit_s: float = strawberry.field(default=60.0, description=f"Up to {_LONGEST_SOLVE_S:.0f} seconds.")
    gap: float = strawberry.field(default=0.005, description="Stop at this proven fraction from the best.")
    as_of: datetime | None = None
    horizon_days: int = 14
    replan: bool = strawberry.field(
        default=False,
        description="Plan offered visits anew that nobody has answered, near what people were told.",
    )

    def check(self) -> None:
        """
        Refuse what no round is run with.

        Raises
        ------
        InvalidInputError
            A figure is out of range, or a time has no offset.
        """
        for field, value, fits in (
            ("timeLimitS", self.time_limit_s, 0 < self.time_limit_s <= _LONGEST_SOLVE_S),
            ("gap", self.gap, 0 <= self.gap < 1),
            ("seed", self.seed, self.seed >= 0),
            ("horizonDays", self.horizon_days, 1 <= self.horizon_days <= _LONGEST_HORIZON_DAYS),
        ):
            if not fits:
                raise InvalidInputError("out of range", field=field, value=value)
        if self.as_of is not None and self.as_of.tzinfo is None:
            raise InvalidInputError("a time has an offset", field="asOf", value=self.as_of.isoformat())


@strawberry.input(description="Offers a round's proposals to people and reserves its money and goods.")
class PublishRoundInput:
    """Which round, as read."""

    round_id: strawberry.ID
    expected_version: int
    idempotency_key: str


@strawberry.input(description="Drops a round that was not published.")
class DiscardRoundInput:
    """Which round, as read."""

    round_id: strawberry.ID
    expected_version: int


@strawberry.type
class RoundMutations:
    """Computing rounds, and publishing or dropping them."""

    @mutation(round_node, description="Compute a plan for the open needs of a division and store it.")
    async def run_round(self, info: Info, input: RunRoundInput) -> RoundRow:
        """Run a round."""
        input.check()
        outcome = await run_round(
            info.context.workspace,
            info.context.actor,
            RoundRequest(
                region_path=await _round_path(info, input.region_id),
                policy_id=input.policy_id,
                seed=input.seed,
                time_limit_s=input.time_limit_s,
                gap=input.gap,
                as_of=input.as_of,
                horizon_days=input.horizon_days,
                replan=input.replan,
            ),
        )
        return outcome.round

    @mutation(
        round_node, description="Offer a round's proposals and reserve its money and goods, or nothing."
    )
    async def publish_round(self, info: Info, input: PublishRoundInput) -> Outcome[RoundRow]:
        """Publish a round."""
        context = info.context
        return await publish_round(
            context.workspace,
            context.actor,
            key_of(input.round_id, ROUND, "roundId"),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(round_node, description="Drop a round that was not published; its proposals are withdrawn.")
    async def discard_round(self, info: Info, input: DiscardRoundInput) -> RoundRow:
        """Discard a round."""
        context = info.context
        return await discard_round(
            context.workspace,
            context.actor,
            key_of(input.round_id, ROUND, "roundId"),
            expected_version=input.expected_version,
        )


async def _round_path(info: Info, region_id: str | None) -> str:
    if region_id is not None:
        return await region_path(info, region_id)
    paths = info.context.actor.scope.region_paths
    if len(paths) != 1:
        raise InvalidInputError("the account has several areas: name one", field="regionId")
    return paths[0]
