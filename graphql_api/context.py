"""What a resolver is handed: who asks, in which language, and batched look-ups within their scope."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from domain.actors import Actor
from domain.certificates import ServiceCertificate
from domain.disclosure_packs import DisclosurePack
from domain.donations import Donation, PurposeChange
from domain.hours import Account, HoursRecord
from domain.recognition import (
    IssuedCredential,
    RecognisedClaim,
    RecognitionAppeal,
    RecognitionCase,
    RecognitionDecision,
)
from domain.service import CheckEvent
from graph.certificates import certificates_by_ids
from graph.persons.decisions import PersonDecisionRow, decisions_of_proposals
from graph.persons.proposals import PersonProposalRow, person_proposals_by_ids
from graph.ports import ReadTransaction
from graph.reads.alerts import AlertRow, RuleSetRow, alerts_by_ids, rule_sets_by_ids
from graph.reads.allocations import (
    AllocationRow,
    ApprovalRow,
    EvidenceRow,
    allocations_by_ids,
    approvals_of_allocations,
    evidence_of_allocations,
)
from graph.reads.comparisons import ComparisonRow, comparisons_by_ids
from graph.reads.conferences import ConferenceRow, conferences_by_ids
from graph.reads.coverage import (
    CoverageTaskRow,
    StatusEndRow,
    coverage_tasks_by_ids,
    status_ends_by_ids,
)
from graph.reads.disclosure_packs import disclosure_packs_by_ids
from graph.reads.disclosures import DisclosureRow, disclosures_by_ids
from graph.reads.donations import changes_of_donations, donations_by_ids
from graph.reads.funds import FundRow, OrganisationRow, funds_by_ids, organisations_by_ids
from graph.reads.hours import EntryRow, balances_of_volunteers, entries_of_records, hours_by_ids
from graph.reads.household_files import FileVersionRow, versions_of_files
from graph.reads.ledger import FundBalanceRow, balances_of_funds
from graph.reads.linking import LinkReviewRow, link_reviews_by_ids
from graph.reads.missing import MissingRow, missing_of_needs
from graph.reads.needs import (
    ItemRow,
    NeedRow,
    SlotRow,
    TransitionRow,
    items_of_needs,
    needs_by_ids,
    slots_of_needs,
    transitions_of_needs,
)
from graph.reads.organisation_reviews import OrganisationReviewRow, organisation_reviews_by_ids
from graph.reads.parties import PartyRow, parties_of_needs
from graph.reads.proposals import ClaimRow, claims_of_volunteers
from graph.reads.recognition import credentials_by_ids, recognition_cases_by_ids
from graph.reads.reconciliation import (
    DifferenceRow,
    MonthRow,
    reconciliation_differences_by_ids,
    reconciliation_months_by_ids,
)
from graph.reads.regions import RegionRow, regions_by_ids
from graph.reads.rounds import RoundRow, rounds_by_ids
from graph.reads.series import SeriesRow, series_by_ids
from graph.reads.service_plans import (
    ServicePlanRow,
    ServicePlanVersionRow,
    plans_of_households,
    service_plans_by_ids,
    versions_of_plans,
)
from graph.reads.station_figures import StationFigures, figures_of_stations
from graph.reads.stations import StationRow, children_of_stations, stations_by_ids
from graph.reads.stock import lines_of_stock
from graph.reads.volunteers import (
    QualificationRow,
    VolunteerRow,
    qualifications_of_volunteers,
    volunteers_by_ids,
)
from graph.reads.work_orders import events_of_orders, orders_by_ids
from graph.recognition.cases import appeals_of, decisions_of
from graph.recognition.claims import claims_of_cases
from graph.stars import ObjectionRow, objections_of
from graph.stock import StockLineRow
from graph.work_orders import WorkOrderRow
from graphql_api.cursors import CursorSigner
from graphql_api.rates import RateLimit
from locales import Locale
from workflows.recognition.trust import NoTrust, TrustDesk
from workflows.workspace import Workspace

T = TypeVar("T")

StationSpan = tuple[str, datetime, datetime]
"""A station, and the span that its figures are asked for."""

Fetch = Callable[[ReadTransaction, Actor, Sequence[str]], Awaitable[Mapping[str, T]]]


def _loader(workspace: Workspace, actor: Actor, fetch: Fetch[T]) -> DataLoader[str, T | None]:
    async def load(keys: list[str]) -> list[T | None]:
        found = await workspace.store.read(lambda tx: fetch(tx, actor, keys))
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)


def _spans(workspace: Workspace, actor: Actor) -> DataLoader[StationSpan, StationFigures | None]:
    async def load(keys: list[StationSpan]) -> list[StationFigures | None]:
        found: dict[StationSpan, StationFigures] = {}
        for start, end in sorted({key[1:] for key in keys}):
            ids = [key for key, *span in keys if (start, end) == tuple(span)]
            figures = await workspace.store.read(
                lambda tx, i=ids, s=start, e=end: figures_of_stations(tx, actor, i, start=s, end=e)
            )
            found |= {(key, start, end): each for key, each in figures.items()}
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)


class Loaders:
    """One look-up a kind and request, however many objects ask: a list costs the statements of one row."""

    def __init__(self, workspace: Workspace, actor: Actor) -> None:  # noqa: PLR0915 - one line a kind
        def of(fetch: Fetch[T]) -> DataLoader[str, T | None]:
            return _loader(workspace, actor, fetch)

        self.needs: DataLoader[str, NeedRow | None] = of(needs_by_ids)
        self.slots: DataLoader[str, tuple[SlotRow, ...] | None] = of(slots_of_needs)
        self.items: DataLoader[str, tuple[ItemRow, ...] | None] = of(items_of_needs)
        self.transitions: DataLoader[str, tuple[TransitionRow, ...] | None] = of(transitions_of_needs)
        self.volunteers: DataLoader[str, VolunteerRow | None] = of(volunteers_by_ids)
        self.qualifications: DataLoader[str, tuple[QualificationRow, ...] | None] = of(
            qualifications_of_volunteers
        )
        self.claims: DataLoader[str, tuple[ClaimRow, ...] | None] = of(claims_of_volunteers)
        self.person_proposals: DataLoader[str, PersonProposalRow | None] = of(person_proposals_by_ids)
        self.person_decisions: DataLoader[str, PersonDecisionRow | None] = of(decisions_of_proposals)
        self.link_reviews: DataLoader[str, LinkReviewRow | None] = of(link_reviews_by_ids)
        self.organisation_reviews: DataLoader[str, OrganisationReviewRow | None] = of(
            organisation_reviews_by_ids
        )
        self.comparisons: DataLoader[str, ComparisonRow | None] = of(comparisons_by_ids)
        self.coverage_tasks: DataLoader[str, CoverageTaskRow | None] = of(coverage_tasks_by_ids)
        self.status_ends: DataLoader[str, StatusEndRow | None] = of(status_ends_by_ids)
        self.alerts: DataLoader[str, AlertRow | None] = of(alerts_by_ids)
        self.alert_rules: DataLoader[str, RuleSetRow | None] = of(rule_sets_by_ids)
        self.service_plans: DataLoader[str, ServicePlanRow | None] = of(service_plans_by_ids)
        self.household_plans: DataLoader[str, tuple[ServicePlanRow, ...] | None] = of(plans_of_households)
        self.plan_versions: DataLoader[str, tuple[ServicePlanVersionRow, ...] | None] = of(versions_of_plans)
        self.file_versions: DataLoader[str, tuple[FileVersionRow, ...] | None] = of(versions_of_files)
        self.donations: DataLoader[str, Donation | None] = of(donations_by_ids)
        self.purpose_changes: DataLoader[str, tuple[PurposeChange, ...] | None] = of(changes_of_donations)
        self.funds: DataLoader[str, FundRow | None] = of(funds_by_ids)
        self.allocations: DataLoader[str, AllocationRow | None] = of(allocations_by_ids)
        self.approvals: DataLoader[str, tuple[ApprovalRow, ...] | None] = of(approvals_of_allocations)
        self.evidence: DataLoader[str, tuple[EvidenceRow, ...] | None] = of(evidence_of_allocations)
        self.disclosures: DataLoader[str, DisclosureRow | None] = of(disclosures_by_ids)
        self.disclosure_packs: DataLoader[str, DisclosurePack | None] = of(disclosure_packs_by_ids)
        self.fund_balances: DataLoader[str, tuple[FundBalanceRow, ...] | None] = of(balances_of_funds)
        self.organisations: DataLoader[str, OrganisationRow | None] = of(organisations_by_ids)
        self.regions: DataLoader[str, RegionRow | None] = of(regions_by_ids)
        self.rounds: DataLoader[str, RoundRow | None] = of(rounds_by_ids)
        self.hours: DataLoader[str, HoursRecord | None] = of(hours_by_ids)
        self.hours_entries: DataLoader[str, tuple[EntryRow, ...] | None] = of(entries_of_records)
        self.balances: DataLoader[str, dict[Account, int] | None] = of(balances_of_volunteers)
        self.objections: DataLoader[str, tuple[ObjectionRow, ...] | None] = of(objections_of)
        self.orders: DataLoader[str, WorkOrderRow | None] = of(orders_by_ids)
        self.certificates: DataLoader[str, ServiceCertificate | None] = of(certificates_by_ids)
        self.order_events: DataLoader[str, tuple[CheckEvent, ...] | None] = of(events_of_orders)
        self.conferences: DataLoader[str, ConferenceRow | None] = of(conferences_by_ids)
        self.series: DataLoader[str, SeriesRow | None] = of(series_by_ids)
        self.stations: DataLoader[str, StationRow | None] = of(stations_by_ids)
        self.station_children: DataLoader[str, tuple[StationRow, ...] | None] = of(children_of_stations)
        self.station_figures: DataLoader[StationSpan, StationFigures | None] = _spans(workspace, actor)
        self.missing: DataLoader[str, MissingRow | None] = of(missing_of_needs)
        self.stock_lines: DataLoader[str, tuple[StockLineRow, ...] | None] = of(lines_of_stock)
        self.recognition_cases: DataLoader[str, RecognitionCase | None] = of(recognition_cases_by_ids)
        self.case_decisions: DataLoader[str, tuple[RecognitionDecision, ...] | None] = of(
            lambda tx, _, ids: decisions_of(tx, ids)
        )
        self.case_claims: DataLoader[str, tuple[RecognisedClaim, ...] | None] = of(
            lambda tx, _, ids: claims_of_cases(tx, ids)
        )
        self.case_appeals: DataLoader[str, tuple[RecognitionAppeal, ...] | None] = of(
            lambda tx, _, ids: appeals_of(tx, ids)
        )
        self.reconciliation_months: DataLoader[str, MonthRow | None] = of(reconciliation_months_by_ids)
        self.reconciliation_differences: DataLoader[str, DifferenceRow | None] = of(
            reconciliation_differences_by_ids
        )
        self.issued_credentials: DataLoader[str, IssuedCredential | None] = of(credentials_by_ids)
        self.parties: DataLoader[str, tuple[PartyRow, ...] | None] = of(parties_of_needs)


@dataclass(slots=True, kw_only=True)
class ApiContext:
    """
    One request.

    Parameters
    ----------
    traces
        How often one account may open a gift by the code on its receipt.
    trust
        Whom this installation believes.
    """

    workspace: Workspace
    actor: Actor
    locale: Locale
    request_id: str
    cursors: CursorSigner
    public_url: str
    traces: RateLimit | None = None
    trust: TrustDesk = field(default_factory=NoTrust)
    load: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Drop what was looked up, after something was written."""
        self.load = Loaders(self.workspace, self.actor)

    async def read(self, work: Callable[[ReadTransaction], Awaitable[T]]) -> T:
        """Run ``work`` on one consistent look at the graph."""
        return await self.workspace.store.read(work)


Info = StrawberryInfo[ApiContext, None]
