"""The domain's closed sets, made known to the schema under their own names."""

import strawberry

from domain.actors import Role
from domain.engagement import HoldingState, InvitationState, OfferKind, OfferState, Risk, WaitingState
from domain.giving import FundType
from domain.identifiers import RegionLevel
from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.notices import Channel, NoticeCode
from domain.people import Licence, Skill, VolunteerStatus
from domain.rounds import ClaimState, ProposalKind, ProposalState, RoundState

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
    (RoundState, "Where a round stands."),
):
    strawberry.enum(_kind, description=_description)
