"""The domain's closed sets, made known to the schema under their own names."""

import strawberry

from domain.actors import Purpose, Role
from domain.conferences import ConferenceDecision, ConferenceState
from domain.giving import FundType
from domain.identifiers import RegionLevel
from domain.needs import ConsentGiver, NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.people import Licence, Skill, VolunteerStatus
from domain.rounds import ClaimState, ProposalKind, ProposalState, RoundState
from domain.series import SeriesState
from domain.stations import Network, Party
from workflows.needs.duplicates import Likeness

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
    (Network, "Networks that share the one tree of stations."),
    (Party, "The five parties of community collaboration."),
    (Purpose, "Why data is read or written."),
    (ConsentGiver, "Who agreed."),
    (ConferenceState, "Where a case conference stands."),
    (ConferenceDecision, "What becomes of the need."),
    (SeriesState, "Where a series stands."),
    (Likeness, "Why two needs count as alike."),
    (RoundState, "Where a round stands."),
):
    strawberry.enum(_kind, description=_description)
