"""
Who acts, in which roles, on what part of the graph, and for what.

Every workflow and every repository call takes an ``Actor``: scope is a predicate inside the query, never a
filter after it. What lies outside is not found.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InvalidInputError, NotPermittedError


class Role(StrEnum):
    """Roles of domain practice; one person may hold several, but not post, verify and approve one need."""

    STATION_WORKER = "STATION_WORKER"
    STATION_LEAD = "STATION_LEAD"
    VOLUNTEER = "VOLUNTEER"
    ORGANISER = "ORGANISER"  # keeps slots for a team or an enterprise and names who will come
    FEDERATION_OFFICER = "FEDERATION_OFFICER"
    FEDERATION_APPROVER = "FEDERATION_APPROVER"
    IMPORTER = "IMPORTER"
    MATCHER = "MATCHER"  # runs rounds; decides nothing
    AUDITOR = "AUDITOR"
    PLATFORM_ADMIN = "PLATFORM_ADMIN"
    CHILD_SUPERVISOR = (
        "CHILD_SUPERVISOR"  # in a town: the only desk, with the officers, that sees child protection
    )
    CHILD_OFFICER = "CHILD_OFFICER"  # in a village
    CLOCK = "CLOCK"  # keeps deadlines and makes what returns; decides nothing
    ALARM_GATEWAY = "ALARM_GATEWAY"  # hands on alarms of devices; reads nothing


class Purpose(StrEnum):
    """Why data is read or written, as the law on personal information asks it to be named."""

    SERVICE = "SERVICE"
    MATCHING = "MATCHING"
    GIVING = "GIVING"
    OVERSIGHT = "OVERSIGHT"
    OPERATION = "OPERATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """
    The part of the graph somebody works on.

    Parameters
    ----------
    region_paths
        Subtrees, as path prefixes such as ``/NBS/32/3205/320582/``; ``('/',)`` is everywhere.
    organisation_ids
        Organisations whose funds and stock are theirs to handle.
    purpose
        What the access is for.
    """

    region_paths: tuple[str, ...]
    organisation_ids: tuple[str, ...] = ()
    purpose: Purpose

    def __post_init__(self) -> None:
        if any(not (path.startswith("/") and path.endswith("/")) for path in self.region_paths):
            raise InvalidInputError(
                "a region path starts and ends with a slash", value=str(self.region_paths)
            )

    def covers(self, region_path: str) -> bool:
        """Whether a place lies in one of the subtrees."""
        return region_path.startswith(self.region_paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    The acting person.

    ``id`` is the account; ``participant_id`` the volunteer or worker it stands for, if any.
    """

    id: str
    name: str
    roles: frozenset[Role]
    scope: Scope
    participant_id: str | None = None

    def require(self, *roles: Role) -> None:
        """
        Go on only with one of the roles.

        Raises
        ------
        NotPermittedError
            The actor holds none of them.
        """
        if not self.roles & set(roles):
            needed = ", ".join(role.value for role in roles)
            raise NotPermittedError(f"{self.id} lacks a role of: {needed}", needed=needed)
