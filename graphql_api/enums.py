"""The domain's closed sets, made known to the schema under their own names."""

import strawberry

from domain.actors import Role
from domain.giving import FundType
from domain.identifiers import RegionLevel, Sex
from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.people import ElderGroup, Licence, Skill, VolunteerStatus
from domain.rounds import ClaimState, ProposalKind, ProposalState, RoundState
from domain.visits import (
    AlarmKind,
    CareRisk,
    VisitChannel,
    VisitorKind,
    VisitOutcome,
    VisitPlanState,
    VisitState,
)

for _kind, _description in (
    (Role, "What an account may do."),
    (FundType, "What a fund is."),
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
    (ClaimState, "A claim holds its slot while it is ACTIVE."),
    (ProposalKind, "What a proposal gives to a need."),
    (ProposalState, "What people made of a proposal."),
    (RoundState, "Where a round stands."),
    (Sex, "Sex as the identity number states it."),
    (ElderGroup, "Groups of elders under home-visit care."),
    (AlarmKind, "What a device or a visitor reports."),
    (CareRisk, "How much a late visit matters."),
    (VisitChannel, "How somebody is visited."),
    (VisitOutcome, "What a visit found; only the first two count as a visit made."),
    (VisitPlanState, "A person publishes a plan; the next one of the day takes its place."),
    (VisitState, "PROPOSED until a desk publishes the plan."),
    (VisitorKind, "Who goes: paid staff, or a volunteer."),
):
    strawberry.enum(_kind, description=_description)
