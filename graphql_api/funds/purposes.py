"""Purposes of funds and earmarks: what they are, how they change, and who then qualifies."""

from datetime import date, datetime

import strawberry

from domain.allocations import ApprovalDecision
from domain.errors import InvalidInputError
from domain.funds import ImprestTerms
from domain.giving import Restriction
from domain.needs import NeedCategory
from domain.people import parse_situation
from domain.provenance import Validity
from domain.purposes import BeneficiaryScope, Purpose, PurposeGround, PurposeState, QualifyingChange
from domain.time import civil_date
from graph.purposes import PurposeVersionRow
from graph.reads.purposes import page_of_purpose_versions, purpose_versions_by_ids
from graph.reads.qualifying import (
    TownCount,
    page_of_changed_needs,
    towns_of_changed_needs,
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
from graphql_api.funds.types import FUND, FundNode, ImprestNode, imprest, load_fund
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import NeedNode, need
from graphql_api.payloads import mutation
from graphql_api.regions import region_path
from graphql_api.scalars import Money, MoneyInput, fen_of, money, money_or_none
from workflows.funds.acting import Decision
from workflows.funds.purposes import NewPurpose, decide_purpose, propose_purpose
from workflows.funds.qualifying import wall_change_of
from workflows.workspace import Outcome

PURPOSE_VERSION = "PurposeVersion"
EARMARK = "Earmark"
DONATION = "Donation"
MOST_REGIONS = 50


@strawberry.type(
    name="FundPurpose", description="What money may be used for; an empty axis allows all of it."
)
class PurposeNode:
    """A wall."""

    categories: list[NeedCategory]
    situations: list[str]
    regions: list[str] = strawberry.field(description="Paths; what lies below begins with one of them.")
    valid_from: date | None
    valid_to: date | None = strawberry.field(description="First day on which it no longer holds.")
    beneficiary_scope: BeneficiaryScope
    case_cap: Money | None = strawberry.field(description="Most that one case may be given.")


def purpose_node(purpose: Purpose) -> PurposeNode:
    """Give a purpose as clients see it."""
    own = purpose.restriction
    return PurposeNode(
        categories=sorted(own.categories),
        situations=sorted(situation.value for situation in own.situations),
        regions=list(own.regions),
        valid_from=own.validity.valid_from,
        valid_to=own.validity.valid_to,
        beneficiary_scope=purpose.beneficiary_scope,
        case_cap=money_or_none(purpose.case_cap_fen),
    )


@strawberry.input(
    name="FundPurposeInput", description="What money is to be used for; an empty axis allows all of it."
)
class PurposeInput:
    """A wall."""

    categories: list[NeedCategory] = strawberry.field(default_factory=list[NeedCategory])
    situations: list[str] = strawberry.field(default_factory=list[str])
    region_ids: list[strawberry.ID] = strawberry.field(default_factory=list[strawberry.ID])
    valid_from: date | None = None
    valid_to: date | None = None
    beneficiary_scope: BeneficiaryScope = BeneficiaryScope.ANYONE
    case_cap: MoneyInput | None = None

    async def read(self, info: Info) -> Purpose:
        """
        Give the domain's purpose.

        Raises
        ------
        InvalidInputError
            An unknown situation, too many divisions, or a span without a day.
        NotFoundError
            A division outside the reader's scope.
        """
        if len(self.region_ids) > MOST_REGIONS:
            raise InvalidInputError(f"at most {MOST_REGIONS}", field="regionIds")
        return Purpose(
            restriction=Restriction(
                categories=frozenset(self.categories),
                situations=frozenset(parse_situation(code) for code in self.situations),
                regions=tuple([await region_path(info, each, "regionIds") for each in self.region_ids]),
                validity=Validity(valid_from=self.valid_from, valid_to=self.valid_to),
            ),
            beneficiary_scope=self.beneficiary_scope,
            case_cap_fen=fen_of(self.case_cap, "caseCap") if self.case_cap else None,
        )


@strawberry.input(name="ImprestInput", description="What an imprest is to be held at.")
class ImprestInput:
    """Its float, and what it may pay before papers are in."""

    float: MoneyInput
    pay_first: MoneyInput

    def read(self) -> ImprestTerms:
        """
        Give the domain's terms.

        Raises
        ------
        InvalidInputError
            Nothing is held, or more is paid first than is held.
        """
        return ImprestTerms(
            float_fen=fen_of(self.float, "float"), pay_first_fen=fen_of(self.pay_first, "payFirst")
        )


@strawberry.type(name="QualifyingTown", description="How many needs of a town come in or fall out.")
class QualifyingTownNode:
    """A count by place."""

    region_path: str
    needs: int
    amount: Money = strawberry.field(description="What they ask for, before aid and insurance.")


def _town(row: TownCount) -> QualifyingTownNode:
    return QualifyingTownNode(region_path=row.region_path, needs=row.needs, amount=money(row.amount_fen))


@strawberry.type(name=PURPOSE_VERSION, description="A purpose as it stood, or is to stand, from a day on.")
class PurposeVersionNode(Node):
    """Kept for ever; proposed by one person and decided by another."""

    number: int
    state: PurposeState
    purpose: PurposeNode
    ground: PurposeGround
    reference: str | None = strawberry.field(description="The paper it rests on.")
    effective_from: date
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    imprest: ImprestNode | None
    earmark_id: strawberry.ID | None = strawberry.field(
        description="The earmark whose purpose it is; null for the fund's own."
    )
    version: int = strawberry.field(description="Sent back as expectedVersion with a decision.")
    key: strawberry.Private[str]
    fund_key: strawberry.Private[str]

    @strawberry.field(description="The fund.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give its fund."""
        return await load_fund(info, self.fund_key)

    @strawberry.field(description="Open needs of money that come inside, or fall out, when it holds.")
    async def qualifying_needs(
        self, info: Info, change: QualifyingChange, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[NeedNode]:
        """Give a page of needs."""
        start = page_start(info, first, after)
        context = info.context
        today = civil_date(context.workspace.clock())
        walls = await context.read(lambda tx: wall_change_of(tx, context.actor, self.key, today=today))
        page = await context.read(
            lambda tx: page_of_changed_needs(
                tx, context.actor, walls, change, first=first, after=start, with_total=wants_total(info)
            )
        )
        return connect(info, page, need)

    @strawberry.field(description="The same needs counted by town.")
    async def qualifying_towns(self, info: Info, change: QualifyingChange) -> list[QualifyingTownNode]:
        """Give counts by town."""
        context = info.context
        today = civil_date(context.workspace.clock())
        walls = await context.read(lambda tx: wall_change_of(tx, context.actor, self.key, today=today))
        rows = await context.read(lambda tx: towns_of_changed_needs(tx, context.actor, walls, change))
        return [_town(row) for row in rows]


def purpose_version(row: PurposeVersionRow) -> PurposeVersionNode:
    """Give a version as clients see it."""
    terms = row.terms
    return PurposeVersionNode(
        id=encode_id(PURPOSE_VERSION, row.id),
        number=row.number,
        state=row.state,
        purpose=purpose_node(row.purpose),
        ground=row.ground,
        reference=row.reference,
        effective_from=row.effective_from,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        imprest=imprest(terms.float_fen, terms.pay_first_fen) if terms else None,
        earmark_id=None if row.earmark_id is None else encode_id(EARMARK, row.earmark_id),
        version=row.version,
        key=row.id,
        fund_key=row.fund_id,
    )


async def load_purpose_version(info: Info, key: str) -> PurposeVersionNode | None:
    """Give the version of a key, if there is one that the reader may see."""
    found = await info.context.read(lambda tx: purpose_versions_by_ids(tx, info.context.actor, [key]))
    return purpose_version(found[key]) if key in found else None


@strawberry.input(name="PurposeVersionFilter", description="What versions are narrowed to.")
class PurposeVersionFilterInput:
    """Empty axes narrow nothing; of an earmark where one is named, else of the fund."""

    fund_id: strawberry.ID | None = None
    earmark_id: strawberry.ID | None = None
    states: list[PurposeState] = strawberry.field(default_factory=list[PurposeState])


@strawberry.type
class PurposeQueries:
    """Lists and look-ups of versions of purposes."""

    @strawberry.field(
        description="Versions of purposes, by owner and number; PROPOSED ones wait for an approver."
    )
    async def purpose_versions(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: PurposeVersionFilterInput | None = None,
    ) -> Connection[PurposeVersionNode]:
        """Give a page of versions."""
        asked = filter or PurposeVersionFilterInput()
        start = page_start(info, first, after)
        owner = optional_key(asked.earmark_id, EARMARK, "earmarkId") or optional_key(
            asked.fund_id, FUND, "fundId"
        )
        page = await info.context.read(
            lambda tx: page_of_purpose_versions(
                tx,
                info.context.actor,
                owner_id=owner,
                states=asked.states,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, purpose_version)

    @strawberry.field(description="One version of a purpose.")
    async def purpose_version(self, info: Info, id: strawberry.ID) -> PurposeVersionNode | None:
        """Give a version by its global id."""
        return await load_purpose_version(info, key_of(id, PURPOSE_VERSION))


def optional_key(value: str | None, type_name: str, field: str) -> str:
    """Read the key of an id that may be left out; empty where it is."""
    return "" if value is None else key_of(value, type_name, field)


@strawberry.input(description="Changes what a fund, or one earmark of it, is for from a day on.")
class ProposePurposeInput:
    """The purpose whole, and what carries the change."""

    idempotency_key: str
    fund_id: strawberry.ID
    earmark_id: strawberry.ID | None = None
    purpose: PurposeInput
    effective_from: date
    ground: PurposeGround
    reference: str = strawberry.field(description="The paper of the consent or the filing.")
    consent_donation_id: strawberry.ID | None = strawberry.field(
        default=None, description="A gift whose donor agreed; asked for with DONOR_CONSENT."
    )
    imprest: ImprestInput | None = strawberry.field(
        default=None, description="Of an imprest; left out, it is held at what it was."
    )


@strawberry.input(description="Decides on a version of a purpose as the second person.")
class DecidePurposeInput:
    """The version as it was read, and what was decided."""

    purpose_version_id: strawberry.ID
    expected_version: int
    decision: ApprovalDecision
    reason: str | None = strawberry.field(default=None, description="Asked for with a refusal.")


@strawberry.type
class PurposeMutations:
    """Changes of purposes; for officers and approvers of the holder."""

    @mutation(
        purpose_version, description="Propose what a fund or an earmark is for; a second person decides."
    )
    async def propose_purpose(self, info: Info, input: ProposePurposeInput) -> Outcome[PurposeVersionRow]:
        """Propose a purpose."""
        new = NewPurpose(
            fund_id=key_of(input.fund_id, FUND, "fundId"),
            earmark_id=optional_key(input.earmark_id, EARMARK, "earmarkId") or None,
            purpose=await input.purpose.read(info),
            effective_from=input.effective_from,
            ground=input.ground,
            reference=input.reference,
            consent_donation_id=optional_key(input.consent_donation_id, DONATION, "consentDonationId")
            or None,
            terms=input.imprest.read() if input.imprest else None,
        )
        return await propose_purpose(
            info.context.workspace, info.context.actor, new, idempotency_key=input.idempotency_key
        )

    @mutation(
        purpose_version,
        description="Approve or refuse a purpose; approving the first one of a fund opens it.",
    )
    async def decide_purpose(self, info: Info, input: DecidePurposeInput) -> PurposeVersionRow:
        """Decide on a purpose."""
        key = key_of(input.purpose_version_id, PURPOSE_VERSION, "purposeVersionId")
        decision = Decision(
            decision=input.decision, expected_version=input.expected_version, reason=input.reason
        )
        return await decide_purpose(info.context.workspace, info.context.actor, key, decision)
