"""The schema: queries and mutations of every aggregate, and its text for clients."""

from collections.abc import Callable
from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.extensions import DisableIntrospection, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from domain.actors import Role
from graphql_api.alerts.mutations import AlertMutations
from graphql_api.alerts.queries import AlertQueries
from graphql_api.alerts.types import ALERT, ALERT_RULES, load_alert, load_alert_rules
from graphql_api.allocations.bulk import BulkAllocationMutations
from graphql_api.allocations.disclosures import (
    DISCLOSURE,
    DisclosureMutations,
    DisclosureQueries,
    load_disclosure,
)
from graphql_api.allocations.mutations import AllocationMutations
from graphql_api.allocations.queries import AllocationQueries
from graphql_api.allocations.signatures import SignatureQueries
from graphql_api.allocations.types import ALLOCATION, load_allocation
from graphql_api.certificates.mutations import CertificateMutations
from graphql_api.certificates.queries import CertificateQueries
from graphql_api.certificates.types import CERTIFICATE, load_certificate
from graphql_api.claims.holdings import HoldingMutations, HoldingQueries
from graphql_api.claims.mutations import ClaimMutations
from graphql_api.claims.offers import OfferMutations, OfferQueries
from graphql_api.claims.queries import ClaimQueries
from graphql_api.claims.waiting import WaitingMutations, WaitingQueries
from graphql_api.comparisons.mutations import ComparisonMutations
from graphql_api.comparisons.queries import ComparisonQueries
from graphql_api.comparisons.types import (
    COMPARISON,
    COVERAGE_TASK,
    STATUS_END,
    load_comparison,
    load_coverage_task,
    load_status_end,
)
from graphql_api.connections import Node
from graphql_api.context import Info
from graphql_api.disclosure_packs.mutations import DisclosurePackMutations
from graphql_api.disclosure_packs.queries import DisclosurePackQueries
from graphql_api.disclosure_packs.types import DISCLOSURE_PACK, load_disclosure_pack
from graphql_api.donations.gift_lists import GiftListMutations
from graphql_api.donations.mutations import DonationMutations
from graphql_api.donations.queries import DonationQueries
from graphql_api.donations.shops import CharityShopMutations, CharityShopQueries
from graphql_api.donations.types import DONATION, load_donation
from graphql_api.federation.overview import OverviewQueries
from graphql_api.federation.plan import PlanQueries
from graphql_api.federation.unmet import UnmetQueries
from graphql_api.funds.charity_years import CharityYearMutations, CharityYearQueries
from graphql_api.funds.earmarks import PROGRAMME, EarmarkQueries, load_earmark
from graphql_api.funds.expenses import EXPENSE, ExpenseMutations, ExpenseQueries, load_expense
from graphql_api.funds.ledger import LedgerQueries
from graphql_api.funds.mutations import FundMutations
from graphql_api.funds.programmes import ProgrammeMutations, ProgrammeQueries, load_programme
from graphql_api.funds.purposes import (
    EARMARK,
    PURPOSE_VERSION,
    PurposeMutations,
    PurposeQueries,
    load_purpose_version,
)
from graphql_api.funds.queries import FundQueries
from graphql_api.funds.stock import STOCK, StockMutations, StockQueries, load_stock
from graphql_api.funds.transfers import TRANSFER, TransferMutations, TransferQueries, load_transfer
from graphql_api.funds.types import FUND, ORGANISATION, load_fund, load_organisation
from graphql_api.hours.mutations import HoursMutations
from graphql_api.hours.queries import HoursQueries
from graphql_api.hours.stars import StarMutations, StarQueries
from graphql_api.hours.types import HOURS, load_hours
from graphql_api.households.mutations import HouseholdMutations
from graphql_api.households.queries import HouseholdQueries
from graphql_api.households.types import SERVICE_PLAN, load_service_plan
from graphql_api.ids import decode_id
from graphql_api.links.mutations import LinkMutations
from graphql_api.links.organisations import (
    ORGANISATION_REVIEW,
    OrganisationReviewMutations,
    OrganisationReviewQueries,
    load_organisation_review,
)
from graphql_api.links.queries import LinkQueries
from graphql_api.links.types import LINK_REVIEW, load_link_review
from graphql_api.needs.conferences import CONFERENCE, ConferenceMutations, ConferenceQueries, load_conference
from graphql_api.needs.drafts import DraftQueries
from graphql_api.needs.mutations import NeedMutations
from graphql_api.needs.queries import NeedQueries
from graphql_api.needs.series import SERIES, SeriesMutations, SeriesQueries, load_series
from graphql_api.needs.types import NEED, load_need
from graphql_api.notices import NoticeMutations, NoticeQueries
from graphql_api.persons.mutations import PersonMutations
from graphql_api.persons.queries import PersonQueries
from graphql_api.persons.types import PERSON_PROPOSAL, load_person_proposal
from graphql_api.places import PlaceQueries
from graphql_api.proposals import PROPOSAL, ProposalMutations, ProposalQueries, load_proposal
from graphql_api.protection.mutations import ProtectionMutations
from graphql_api.protection.queries import ProtectionQueries
from graphql_api.public.mutations import PublicMutations
from graphql_api.public.queries import PublicQueries
from graphql_api.recognition.agreements import AgreementQueries
from graphql_api.recognition.credentials import (
    ISSUED_CREDENTIAL,
    CredentialMutations,
    CredentialQueries,
    load_issued_credential,
)
from graphql_api.recognition.mutations import RecognitionMutations
from graphql_api.recognition.queries import RecognitionQueries
from graphql_api.recognition.reconciliation import (
    RECONCILIATION_DIFFERENCE,
    RECONCILIATION_MONTH,
    ReconciliationMutations,
    ReconciliationQueries,
    load_reconciliation_difference,
    load_reconciliation_month,
)
from graphql_api.recognition.types import RECOGNITION_CASE, load_recognition_case
from graphql_api.regions import REGION, RegionQueries, load_region
from graphql_api.rounds import ROUND, RoundMutations, RoundQueries, load_round
from graphql_api.scalars import BIG_INT, BigInt
from graphql_api.stations.mutations import StationMutations
from graphql_api.stations.queries import StationQueries
from graphql_api.stations.types import STATION, load_station
from graphql_api.statistics.queries import StatisticsQueries
from graphql_api.visits.mutations import VisitMutations
from graphql_api.visits.queries import VisitQueries
from graphql_api.volunteers.invitations import InvitationMutations
from graphql_api.volunteers.queries import VolunteerQueries
from graphql_api.volunteers.types import VOLUNTEER, VolunteerNode, load_volunteer
from graphql_api.work_orders.mutations import WorkOrderMutations
from graphql_api.work_orders.queries import WorkOrderQueries
from graphql_api.work_orders.types import WORK_ORDER, load_work_order

__all__ = ["export_schema", "schema_for"]


_LOADS = {
    ALERT: load_alert,
    ALERT_RULES: load_alert_rules,
    ALLOCATION: load_allocation,
    DISCLOSURE: load_disclosure,
    DISCLOSURE_PACK: load_disclosure_pack,
    CERTIFICATE: load_certificate,
    COMPARISON: load_comparison,
    CONFERENCE: load_conference,
    COVERAGE_TASK: load_coverage_task,
    SERIES: load_series,
    DONATION: load_donation,
    EARMARK: load_earmark,
    EXPENSE: load_expense,
    FUND: load_fund,
    HOURS: load_hours,
    ISSUED_CREDENTIAL: load_issued_credential,
    LINK_REVIEW: load_link_review,
    ORGANISATION_REVIEW: load_organisation_review,
    PERSON_PROPOSAL: load_person_proposal,
    NEED: load_need,
    ORGANISATION: load_organisation,
    PROGRAMME: load_programme,
    PROPOSAL: load_proposal,
    PURPOSE_VERSION: load_purpose_version,
    RECOGNITION_CASE: load_recognition_case,
    RECONCILIATION_DIFFERENCE: load_reconciliation_difference,
    RECONCILIATION_MONTH: load_reconciliation_month,
    REGION: load_region,
    ROUND: load_round,
    SERVICE_PLAN: load_service_plan,
    STATION: load_station,
    STATUS_END: load_status_end,
    STOCK: load_stock,
    TRANSFER: load_transfer,
    VOLUNTEER: load_volunteer,
    WORK_ORDER: load_work_order,
}


@strawberry.type(description="Who asks.")
class Viewer:
    """The account behind the token."""

    name: str
    roles: list[Role]
    volunteer_key: strawberry.Private[str | None]

    @strawberry.field(description="The volunteer that the account stands for, if any.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give their own record."""
        return await load_volunteer(info, self.volunteer_key)


@strawberry.type
class Query(
    NeedQueries,
    VolunteerQueries,
    ClaimQueries,
    HoldingQueries,
    OfferQueries,
    WaitingQueries,
    NoticeQueries,
    DraftQueries,
    ConferenceQueries,
    SeriesQueries,
    StationQueries,
    FundQueries,
    AllocationQueries,
    SignatureQueries,
    DisclosureQueries,
    DisclosurePackQueries,
    DonationQueries,
    CharityShopQueries,
    LedgerQueries,
    OverviewQueries,
    PlanQueries,
    UnmetQueries,
    RegionQueries,
    PlaceQueries,
    RoundQueries,
    ProposalQueries,
    WorkOrderQueries,
    HoursQueries,
    StarQueries,
    CertificateQueries,
    VisitQueries,
    PublicQueries,
    StatisticsQueries,
    EarmarkQueries,
    PurposeQueries,
    ProgrammeQueries,
    TransferQueries,
    ExpenseQueries,
    CharityYearQueries,
    StockQueries,
    LinkQueries,
    OrganisationReviewQueries,
    PersonQueries,
    HouseholdQueries,
    ComparisonQueries,
    RecognitionQueries,
    CredentialQueries,
    ReconciliationQueries,
    AgreementQueries,
    ProtectionQueries,
    AlertQueries,
):
    """Everything that can be read; each list and look-up shows what the reader may see and no more."""

    @strawberry.field(description="Who asks.")
    def viewer(self, info: Info) -> Viewer:
        """Give the asking account."""
        actor = info.context.actor
        return Viewer(
            name=actor.name,
            roles=sorted(actor.roles),
            volunteer_key=actor.participant_id if Role.VOLUNTEER in actor.roles else None,
        )

    @strawberry.field(description="Any object by its id.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """Give an object of any kind, or nothing."""
        kind, key = decode_id(id)
        load = _LOADS.get(kind)
        return None if load is None else await load(info, key)


@strawberry.type
class Mutation(
    NeedMutations,
    ClaimMutations,
    WorkOrderMutations,
    HoursMutations,
    StarMutations,
    CertificateMutations,
    HoldingMutations,
    OfferMutations,
    WaitingMutations,
    InvitationMutations,
    NoticeMutations,
    RoundMutations,
    ProposalMutations,
    AllocationMutations,
    BulkAllocationMutations,
    DisclosureMutations,
    DisclosurePackMutations,
    GiftListMutations,
    ConferenceMutations,
    SeriesMutations,
    StationMutations,
    VisitMutations,
    PublicMutations,
    DonationMutations,
    CharityShopMutations,
    FundMutations,
    PurposeMutations,
    ProgrammeMutations,
    TransferMutations,
    ExpenseMutations,
    CharityYearMutations,
    StockMutations,
    LinkMutations,
    OrganisationReviewMutations,
    PersonMutations,
    HouseholdMutations,
    RecognitionMutations,
    CredentialMutations,
    ReconciliationMutations,
    ProtectionMutations,
    ComparisonMutations,
    AlertMutations,
):
    """Everything that can be done; each takes one input and gives one payload."""


class _Schema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here: who answers the request writes one line that names it."""


@cache
def schema_for(*, introspection: bool) -> strawberry.Schema:
    """
    Give the schema that is executed, built once in a process: what was parsed and checked is kept with it.

    Parameters
    ----------
    introspection
        Whether clients may ask for it. Otherwise unknown names are refused with no suggestion.
    """
    return _schema(introspection=introspection, sorts=False)


def export_schema() -> str:
    """Give the schema as text, as ``graphql_api/schema.graphql`` holds it."""
    return _schema(introspection=True, sorts=True).as_str() + "\n"


def _schema(*, introspection: bool, sorts: bool) -> strawberry.Schema:
    """Build a schema; a sorted one is for its text only, since its enums no longer read their members."""
    extensions: list[Callable[[], SchemaExtension]] = [ParserCache, ValidationCache]
    if not introspection:
        extensions.append(DisableIntrospection)
    return _Schema(
        query=Query,
        mutation=Mutation,
        extensions=extensions,
        config=StrawberryConfig(
            disable_field_suggestions=not introspection, scalar_map={BigInt: BIG_INT}, sort_schema=sorts
        ),
    )
