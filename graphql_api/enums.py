"""The domain's closed sets, made known to the schema under their own names."""

import strawberry

from domain.actors import Role
from domain.giving import FundType
from domain.identifiers import RegionLevel
from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.people import Licence, Skill, VolunteerStatus
from domain.publication import OwnerGroup
from domain.rounds import ClaimState, ProposalKind, ProposalState, RoundState
from workflows.public.traces import Trace
from workflows.statistics.needs import Axis

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
    (Axis, "What needs are counted by."),
    (OwnerGroup, "What is shown of whose need it is."),
    (Trace, "What could lead a reader to a person."),
):
    strawberry.enum(_kind, description=_description)
