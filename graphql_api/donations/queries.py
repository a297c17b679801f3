"""Lists of gifts, and what became of one."""

from datetime import date

import strawberry

from domain.errors import ConflictError, NotPermittedError
from domain.giving import DonationSource, DonationState
from graph.donations import fund_holder
from graph.reads.donations import DonationFilter, page_of_donations
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.donations.types import (
    DONATION,
    DonationNode,
    GiftTraceNode,
    donation,
    gift_trace,
    load_donation,
)
from graphql_api.funds.types import FUND
from graphql_api.ids import key_of
from workflows.donations.recording import require_open_form
from workflows.donations.tracing import trace_by_code


@strawberry.type(description="Whether a fund takes gifts by a form that is open to the public.")
class DonationForm:
    """Open for charities that may raise money from the public (HC-21)."""

    open: bool
    rule: str | None = strawberry.field(description="The rule that keeps it closed, if one does.")


@strawberry.input(name="DonationFilter", description="What gifts are narrowed to.")
class DonationFilterInput:
    """Empty axes narrow nothing."""

    states: list[DonationState] = strawberry.field(default_factory=list[DonationState])
    fund_id: strawberry.ID | None = None
    channel: DonationSource | None = None
    flagged: bool = strawberry.field(default=False, description="Only what may be a second record.")
    since: date | None = None
    until: date | None = strawberry.field(default=None, description="Day after the last one.")

    def read(self) -> DonationFilter:
        """
        Give the filter of the read model.

        Raises
        ------
        InvalidInputError
            Not the id of a fund.
        """
        return DonationFilter(
            states=tuple(self.states),
            fund_id=None if self.fund_id is None else key_of(self.fund_id, FUND, "fundId"),
            channel=self.channel,
            flagged=self.flagged,
            since=self.since,
            until=self.until,
        )


@strawberry.type
class DonationQueries:
    """Lists of gifts, and a gift's trace."""

    @strawberry.field(description="Gifts that the reader may see, those recorded last first.")
    async def donations(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: DonationFilterInput | None = None,
    ) -> Connection[DonationNode]:
        """Give a page of gifts."""
        start = page_start(info, first, after)
        narrowed = (filter or DonationFilterInput()).read()
        page = await info.context.read(
            lambda tx: page_of_donations(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, donation)

    @strawberry.field(description="One gift.")
    async def donation(self, info: Info, id: strawberry.ID) -> DonationNode | None:
        """Give a gift by its global id."""
        return await load_donation(info, key_of(id, DONATION))

    @strawberry.field(
        description="What became of a gift, by the code on its receipt; no beneficiary is shown."
    )
    async def gift_trace(self, info: Info, code: str) -> GiftTraceNode | None:
        """Give a gift's trace to who has its code; who tries codes is answered no more for a while."""
        wait_s = info.context.traces.wait_s(info.context.actor.id) if info.context.traces else 0
        if wait_s:
            raise NotPermittedError("gifts are asked for too often", wait_s=wait_s, reason="asked_too_often")
        found = await trace_by_code(info.context.workspace, code)
        return None if found is None else gift_trace(found)

    @strawberry.field(description="Whether a fund of the reader's charity may open a form to the public.")
    async def donation_form(self, info: Info, fund_id: strawberry.ID) -> DonationForm:
        """Say whether the form is open."""
        key = key_of(fund_id, FUND, "fundId")
        holder = await info.context.read(lambda tx: fund_holder(tx, info.context.actor, key))
        try:
            require_open_form(holder, DonationSource.ONLINE)
        except (ConflictError, NotPermittedError) as refusal:
            rule = refusal.context.get("rule")
            return DonationForm(open=False, rule=None if rule is None else str(rule))
        return DonationForm(open=True, rule=None)
