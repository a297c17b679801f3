"""
How an actor's scope enters a statement.

Statements name the scoped node ``n`` and join ``IN_SCOPE`` to their predicate; ``scope_paths`` gives what it
reads. Nothing is filtered after a query.
"""

from dataclasses import dataclass
from typing import LiteralString

from domain.actors import Actor, Role
from domain.needs import NeedState

IN_SCOPE: LiteralString = "any(p IN $scope_paths WHERE n.region_path STARTS WITH p)"
"""True where the node lies in one of the actor's subtrees."""

NOTHING = "(nothing)"
"""Stands in lists that would be empty, whose element type the embedded engine cannot tell."""

DESK = frozenset({Role.STATION_WORKER, Role.STATION_LEAD})
"""Roles that work with named people."""

CHILD_DESK = frozenset({Role.CHILD_SUPERVISOR, Role.CHILD_OFFICER})
"""The only roles that see child protection (HC-25)."""

FEDERATION = frozenset({Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER})
_OFFICE = frozenset({Role.MATCHER, Role.AUDITOR, Role.PLATFORM_ADMIN, Role.IMPORTER})
_UNPUBLISHED = frozenset({NeedState.DRAFT, NeedState.POSTED, NeedState.REJECTED, NeedState.ESCALATED})


def listed(values: "frozenset[str] | tuple[str, ...] | list[str]") -> list[str]:
    """Give a sorted, never empty list for a parameter that is looked up with IN."""
    return sorted(values) or [NOTHING]


def scope_paths(actor: Actor) -> list[str]:
    """Give the value of ``$scope_paths``."""
    return listed(actor.scope.region_paths)


def scope_organisations(actor: Actor) -> list[str]:
    """Give the value of ``$scope_organisations``."""
    return listed(actor.scope.organisation_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    What an actor's roles let them see inside their scope.

    Parameters
    ----------
    desk
        Names of people, subjects and places.
    office
        Needs and rounds before they are published.
    federation
        Funds and stock of their own organisations.
    volunteer_id
        Their own record; ``NOTHING`` if they are no volunteer.
    organiser
        Published needs, for a team or an enterprise.
    child
        Child protection, and of needs nothing else.
    """

    desk: bool
    office: bool
    federation: bool
    volunteer_id: str
    organiser: bool = False
    child: bool = False

    @property
    def need_states(self) -> frozenset[NeedState]:
        """States in which needs are visible, child protection aside."""
        if self.desk or self.office:
            return frozenset(NeedState)
        if self.federation or self.organiser or self.volunteer_id != NOTHING:
            return frozenset(NeedState) - _UNPUBLISHED
        return frozenset()


def view_of(actor: Actor) -> View:
    """Derive the view from the roles. An account without a role sees nothing."""
    is_volunteer = Role.VOLUNTEER in actor.roles and actor.participant_id is not None
    return View(
        desk=bool(actor.roles & DESK),
        office=bool(actor.roles & (_OFFICE | DESK)),
        federation=bool(actor.roles & FEDERATION),
        volunteer_id=(actor.participant_id or NOTHING) if is_volunteer else NOTHING,
        organiser=Role.ORGANISER in actor.roles,
        child=bool(actor.roles & CHILD_DESK),
    )
