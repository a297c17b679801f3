"""The domain's closed sets, made known to the schema under their own names."""

import strawberry

from domain.actors import Purpose, Role
from domain.allocations import (
    AllocationState,
    ApprovalDecision,
    DisclosureKind,
    DisclosureState,
    EvidenceKind,
)
from domain.certificates import CertificateState
from domain.comparing import Difference, EndGround, EndState, Lacking, TaskOutcome, TaskState
from domain.conferences import ConferenceDecision, ConferenceState
from domain.costs import CostClass
from domain.disclosure_packs import PackState, PeriodKind
from domain.donations import ChangeGround, DonorKind, PurposeChangeState
from domain.engagement import HoldingState, InvitationState, OfferKind, OfferState, Risk, WaitingState
from domain.funds import (
    CharityClass,
    ExpenseState,
    FundState,
    LeftOverGround,
    StockLineKind,
    TransferKind,
    TransferState,
)
from domain.giving import DonationKind, DonationSource, DonationState, EarmarkKind, FundType
from domain.hours import Account, EntryKind, HoursKind, RecordState
from domain.identifiers import RegionLevel, RegionSystem, Sex
from domain.ledger import EntrySource, FundAccount, FundEntryKind
from domain.needs import ConsentGiver, NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.notices import Channel, NoticeCode
from domain.people import ElderGroup, Licence, Skill, VolunteerStatus
from domain.persons import PersonDecisionKind, PersonReason
from domain.protection import (
    ConsentBasis,
    ConsentChannel,
    ConsentingParty,
    ConsentKind,
    DataRequestKind,
    DataRequestState,
    Standing,
    UnmaskPurpose,
)
from domain.publication import OwnerGroup
from domain.purposes import BeneficiaryScope, PurposeGround, PurposeState, QualifyingChange
from domain.rounds import ClaimState, ProposalKind, ProposalState, RoundState
from domain.series import SeriesState
from domain.service import Anomaly, CheckKind, CheckMethod, EventState, OrderState, ReviewDecision
from domain.stars import ObjectionState, StarLevel, StarState
from domain.stations import Network, Party
from domain.visits import (
    AlarmGround,
    AlarmKind,
    CareRisk,
    VisitChannel,
    VisitorKind,
    VisitOutcome,
    VisitPlanState,
    VisitState,
)
from gazetteer.answers import Certainty, PlaceReason
from gazetteer.counterparts import Likeness as DivisionLikeness
from workflows.allocations.signing import SignatureCheck
from workflows.disclosures.checking import PackBreak
from workflows.donations.listing import LineOutcome
from workflows.federation.overview import SeriesStep
from workflows.federation.plan import PlanChange, StaleReason
from workflows.needs.duplicates import Likeness
from workflows.public.traces import Trace
from workflows.statistics.needs import Axis

for _kind, _description in (
    (Role, "What an account may do."),
    (FundType, "What a fund is."),
    (AllocationState, "Where a sum on its way to a need stands."),
    (ApprovalDecision, "What somebody said to a sum."),
    (EvidenceKind, "What shows that help arrived; pictures show no faces."),
    (DisclosureKind, "Why something is to be made public."),
    (DisclosureState, "Where a duty to make something public stands."),
    (PackState, "Where a pack stands; a public one is never changed."),
    (PeriodKind, "How long a pack tells of."),
    (PackBreak, "How the file of a pack can be wrong."),
    (LineOutcome, "What became of a line of a list of gifts."),
    (DonationKind, "Money or goods."),
    (DonationState, "Where a gift stands."),
    (DonationSource, "How a gift came."),
    (DonorKind, "Who gave, as far as it is known."),
    (ChangeGround, "What allows a gift to be used for another purpose."),
    (PurposeChangeState, "Where a wish to use a gift otherwise stands."),
    (FundState, "Where a fund stands; PROPOSED waits for its second person."),
    (EarmarkKind, "Why part of a fund is set apart."),
    (BeneficiaryScope, "Whom a purpose reaches, told by rule and never by name."),
    (PurposeGround, "On what a purpose rests."),
    (PurposeState, "Where a version of a purpose stands."),
    (QualifyingChange, "Which way a need goes through a wall that is moved."),
    (TransferKind, "Why money goes from one book to another."),
    (TransferState, "Where a transfer stands."),
    (LeftOverGround, "Why a book may take what is left over of another."),
    (CostClass, "What a charity spends on; only MANAGEMENT is no charitable activity."),
    (ExpenseState, "Where a cost stands."),
    (CharityClass, "What yearly figures a charity is judged by."),
    (StockLineKind, "Why a stock changed by a person's hand."),
    (FundAccount, "Where money of a book comes from, and where it stands."),
    (FundEntryKind, "What an entry of a fund's books says has happened."),
    (EntrySource, "What kind of paper an entry of a fund's books goes back to."),
    (RegionSystem, "Who gives codes to divisions: statistics, or civil affairs."),
    (Certainty, "How a place was read; only the first three may be stored without a word."),
    (PlaceReason, "Why a place has no code, or no finer one."),
    (RegionLevel, "Level of an administrative division."),
    (NeedCategory, "What a need is about."),
    (NeedKind, "The form help takes."),
    (NeedState, "Where a need stands."),
    (RiskLevel, "Bodily danger of a task; anything above NONE needs accident cover."),
    (SubjectKind, "Whose need it is."),
    (Urgency, "How pressing a need is."),
    (Licence, "Licences and checks that the law asks for."),
    (Skill, "What a task may ask for and a volunteer may offer."),
    (VolunteerStatus, "Where a volunteer stands."),
    (PersonReason, "Why two records of volunteers wait for a person."),
    (PersonDecisionKind, "That two records are one person's, or are not."),
    (ClaimState, "A claim holds its slot while it is ACTIVE."),
    (HoldingState, "Where a slot that a team or an enterprise keeps stands."),
    (InvitationState, "Where an invitation to volunteer stands."),
    (OfferKind, "Why somebody is asked to take a slot."),
    (OfferState, "What was answered to an offer of a slot."),
    (Risk, "Why a promised visit may fall through."),
    (WaitingState, "Where somebody on a waiting list stands."),
    (Channel, "How a notice leaves the house; the inbox is always written."),
    (NoticeCode, "What a notice says."),
    (ProposalKind, "What a proposal gives to a need."),
    (ProposalState, "What people made of a proposal."),
    (Network, "Networks that share the one tree of stations."),
    (Party, "The five parties of community collaboration."),
    (Purpose, "Why data is read or written."),
    (ConsentGiver, "Who agreed."),
    (ConsentKind, "An act by which somebody becomes, or ceases to be, a volunteer."),
    (ConsentChannel, "How an act of consent came."),
    (ConsentingParty, "Whose act of consent it was."),
    (ConsentBasis, "On what a volunteer's record rests."),
    (UnmaskPurpose, "For what a full identity number may be asked."),
    (Standing, "As what somebody stands in the registry."),
    (DataRequestKind, "What somebody asks of the data about them."),
    (DataRequestState, "Where a request about data stands."),
    (ConferenceState, "Where a case conference stands."),
    (ConferenceDecision, "What becomes of the need."),
    (SeriesState, "Where a series stands."),
    (Likeness, "Why two needs count as alike."),
    (RoundState, "Where a round stands."),
    (CertificateState, "A certificate holds until it is revoked."),
    (Account, "A volunteer's accounts: where minutes come from, and where they stand."),
    (EntryKind, "What a line of the ledger does."),
    (HoursKind, "How minutes were taken down."),
    (RecordState, "Where a record of hours stands."),
    (StarLevel, "Stars in rising order, and a region's award above them."),
    (StarState, "Where a star stands between its notice and its grant."),
    (ObjectionState, "What was made of an objection."),
    (OrderState, "Where a visit stands; TO_REVIEW waits for a reviewer."),
    (CheckKind, "What a report says."),
    (CheckMethod, "How it is shown that somebody is there."),
    (EventState, "Whether a report counts; AWAITING is for the other party to confirm."),
    (Anomaly, "What looks wrong about a visit."),
    (ReviewDecision, "What a reviewer made of a visit that looked wrong."),
    (Sex, "Sex as the identity number states it."),
    (ElderGroup, "Groups of elders under home-visit care."),
    (AlarmGround, "On which ground an alarm is answered (PIPL, art. 13)."),
    (AlarmKind, "What a device or a visitor reports."),
    (CareRisk, "How much a late visit matters."),
    (VisitChannel, "How somebody is visited."),
    (VisitOutcome, "What a visit found; only the first two count as a visit made."),
    (VisitPlanState, "A person publishes a plan; the next one of the day takes its place."),
    (VisitState, "PROPOSED until a desk publishes the plan."),
    (VisitorKind, "Who goes: paid staff, or a volunteer."),
    (Axis, "What needs are counted by."),
    (SeriesStep, "How far the points of a series lie apart."),
    (PlanChange, "What became of a sum since the round before."),
    (StaleReason, "Why a line of a plan no longer fits what stands now."),
    (Difference, "What became of a row between two lists."),
    (TaskState, "Whether somebody still has to look after a household."),
    (TaskOutcome, "What became of a household that nothing covered; a comparison finds the last two."),
    (Lacking, "What is not known of a household."),
    (EndGround, "Why a status ended."),
    (EndState, "Whether the end of a status stands."),
    (SignatureCheck, "What became of a signature."),
    (OwnerGroup, "What is shown of whose need it is."),
    (Trace, "What could lead a reader to a person."),
):
    strawberry.enum(_kind, description=_description)
strawberry.enum(
    DivisionLikeness, name="DivisionLikeness", description="How the other system's division was found."
)
