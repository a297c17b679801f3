"""Becoming a volunteer, by one's own yes."""

from datetime import date, datetime

import strawberry

from domain.engagement import InvitationState
from domain.errors import InvariantError
from domain.people import Skill
from graph.invitations import Introduction, InvitationRow
from graph.reads.volunteers import VolunteerRow
from graphql_api.context import Info
from graphql_api.funds.types import ORGANISATION
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.regions import REGION
from graphql_api.volunteers.types import VOLUNTEER, volunteer
from workflows.claims.invitations import (
    accept_invitation,
    activate_volunteer,
    decline_invitation,
    invite_volunteer,
)
from workflows.protection.consents import ConsentGiven

INVITATION = "Invitation"


@strawberry.type(
    name=INVITATION, description="An invitation to become a volunteer; nobody is one without a yes."
)
class InvitationNode:
    """Who was invited, and what they answered."""

    id: strawberry.ID
    name: str
    state: InvitationState
    invited_at: datetime
    expires_at: datetime
    volunteer_id: strawberry.ID = strawberry.field(
        description="The id that they have as a volunteer once they say yes; an account may be issued for it."
    )
    code: str | None = strawberry.field(description="What they answer with; told once, to who invites.")


def _invitation(row: InvitationRow, code: str | None = None) -> InvitationNode:
    return InvitationNode(
        id=encode_id(INVITATION, row.id),
        name=row.name,
        state=row.state,
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        volunteer_id=encode_id(VOLUNTEER, row.id),
        code=code,
    )


def _invited(made: tuple[InvitationRow, str]) -> InvitationNode:
    invitation, code = made
    return _invitation(invitation, code)


@strawberry.input(description="Invites somebody to become a volunteer.")
class InviteVolunteerInput:
    """Whom, where, and for which team if for one."""

    name: str
    region_id: strawberry.ID
    organisation_id: strawberry.ID | None = None


@strawberry.input(description="Says that one volunteers.")
class AcceptInvitationInput:
    """The code of the invitation, and what one says of oneself."""

    code: str
    consent_text_id: strawberry.ID = strawberry.field(
        description="The text that one agrees to, which is the one in force."
    )
    birth_date: date
    id_number: str | None = strawberry.field(
        default=None, description="Kept sealed; everywhere else there is a mask."
    )
    skills: list[Skill] = strawberry.field(default_factory=list[Skill])
    availability: list[str] = strawberry.field(default_factory=list[str])
    declined_categories: list[str] = strawberry.field(default_factory=list[str])
    radius_m: int = 5_000
    weekly_minutes: int = 240
    physical_limit: bool = False


@strawberry.input(description="Says that one does not volunteer.")
class DeclineInvitationInput:
    """The code of the invitation."""

    code: str


@strawberry.input(description="Notes that a volunteer's name was verified.")
class ActivateVolunteerInput:
    """Whom, as read."""

    volunteer_id: strawberry.ID
    expected_version: int


@strawberry.type
class InvitationMutations:
    """Inviting, answering, and the desk's check."""

    @mutation(
        _invited,
        description="Invite somebody to become a volunteer; only they can make it so.",
    )
    async def invite_volunteer(self, info: Info, input: InviteVolunteerInput) -> tuple[InvitationRow, str]:
        """Invite somebody."""
        team = input.organisation_id
        return await invite_volunteer(
            info.context.workspace,
            info.context.actor,
            name=input.name,
            region_id=key_of(input.region_id, REGION, "regionId"),
            organisation_id=None if team is None else key_of(team, ORGANISATION, "organisationId"),
        )

    @mutation(_invitation, description="Say that one volunteers.")
    async def accept_invitation(self, info: Info, input: AcceptInvitationInput) -> InvitationRow:
        """Accept an invitation."""
        said = Introduction(
            birth_date=input.birth_date,
            skills=tuple(skill.value for skill in input.skills),
            availability=tuple(input.availability),
            declined_categories=tuple(input.declined_categories),
            radius_m=input.radius_m,
            weekly_minutes=input.weekly_minutes,
            physical_limit=input.physical_limit,
        )
        context = info.context
        return await accept_invitation(
            context.workspace,
            context.actor,
            code=input.code,
            introduction=said,
            consent=ConsentGiven(text_id=input.consent_text_id, locale=context.locale),
            id_number=input.id_number,
        )

    @mutation(_invitation, description="Say that one does not volunteer.")
    async def decline_invitation(self, info: Info, input: DeclineInvitationInput) -> InvitationRow:
        """Decline an invitation."""
        context = info.context
        return await decline_invitation(context.workspace, context.actor, code=input.code)

    @mutation(volunteer, description="Note that a volunteer's name was verified: they may take tasks.")
    async def activate_volunteer(self, info: Info, input: ActivateVolunteerInput) -> VolunteerRow:
        """Activate a volunteer."""
        key, context = key_of(input.volunteer_id, VOLUNTEER, "volunteerId"), info.context
        await activate_volunteer(
            context.workspace, context.actor, key, expected_version=input.expected_version
        )
        context.forget()
        row = await context.load.volunteers.load(key)
        if row is None:
            raise InvariantError("a volunteer who was just activated is not to be seen", id=key)
        return row
