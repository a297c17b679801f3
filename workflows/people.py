"""Acting people: the four of the demonstration, and the system's own."""

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import NotFoundError
from graph.organisations import organisations_with_funds
from graph.ports import ReadTransaction
from graph.volunteers import first_active_volunteer, first_proposed_volunteer
from workflows.workspace import Workspace


async def demo_actors(ws: Workspace, region_path: str) -> list[Actor]:
    """
    Build the acting people of a city from its graph: station worker, volunteer, and two of the federation.

    The volunteer is the first by id whom a round has something to ask, else the first active one; officer and
    approver act for the organisation with most funds: who says yes to money last does not pay it.

    Raises
    ------
    NotFoundError
        The region has no active volunteer, or nobody who holds a fund.
    """

    async def found(tx: ReadTransaction) -> tuple[tuple[str, str] | None, list[tuple[str, str]]]:
        asked = await first_proposed_volunteer(tx, region_path)
        volunteer = asked or await first_active_volunteer(tx, region_path)
        return volunteer, await organisations_with_funds(tx, region_path)

    volunteer, organisations = await ws.store.read(found)
    if volunteer is None:
        raise NotFoundError("the region has no active volunteer", kind="volunteer", id=region_path)
    if not organisations:
        raise NotFoundError("nobody in the region holds a fund", kind="organisation", id=region_path)
    officer_for, officer_name = organisations[0]
    giving = Scope(region_paths=(region_path,), organisation_ids=(officer_for,), purpose=Purpose.GIVING)
    return [
        Actor(
            id="demo-station-worker",
            name="station worker",
            roles=frozenset({Role.STATION_WORKER, Role.STATION_LEAD}),
            scope=Scope(region_paths=(region_path,), purpose=Purpose.SERVICE),
        ),
        Actor(
            id="demo-volunteer",
            name=volunteer[1],
            roles=frozenset({Role.VOLUNTEER}),
            scope=Scope(region_paths=(region_path,), purpose=Purpose.SERVICE),
            participant_id=volunteer[0],
        ),
        Actor(
            id="demo-federation-officer",
            name=officer_name,
            roles=frozenset({Role.FEDERATION_OFFICER}),
            scope=giving,
        ),
        Actor(
            id="demo-federation-approver",
            name="federation approver",
            roles=frozenset({Role.FEDERATION_APPROVER}),
            scope=giving,
        ),
    ]


def matcher_actor(region_path: str = "/") -> Actor:
    """Give the system's account that runs rounds in a region; it decides nothing."""
    return Actor(
        id="system-matcher",
        name="matcher",
        roles=frozenset({Role.MATCHER}),
        scope=Scope(region_paths=(region_path,), purpose=Purpose.MATCHING),
    )


def clock_actor(region_path: str = "/") -> Actor:
    """Give the system's account that keeps deadlines and makes what returns; it decides nothing."""
    return Actor(
        id="system-clock",
        name="clock",
        roles=frozenset({Role.CLOCK}),
        scope=Scope(region_paths=(region_path,), purpose=Purpose.OPERATION),
    )


def administrator(region_path: str = "/") -> Actor:
    """Give the operator's account of this installation."""
    return Actor(
        id="system-administrator",
        name="administrator",
        roles=frozenset({Role.PLATFORM_ADMIN, Role.IMPORTER, Role.MATCHER}),
        scope=Scope(region_paths=(region_path,), purpose=Purpose.OPERATION),
    )


def desk_of(name: str, region_path: str) -> Actor:
    """Give a person who acts at the desk of a region from the machine that holds the graph."""
    return Actor(
        id=f"console:{name}",
        name=name,
        roles=frozenset({Role.STATION_WORKER}),
        scope=Scope(region_paths=(region_path,), purpose=Purpose.SERVICE),
    )


def officer_of(name: str, organisation_id: str, region_path: str = "/") -> Actor:
    """Give a person who acts for a charity from the machine that holds the graph."""
    return Actor(
        id=f"console:{name}",
        name=name,
        roles=frozenset({Role.FEDERATION_OFFICER}),
        scope=Scope(region_paths=(region_path,), organisation_ids=(organisation_id,), purpose=Purpose.GIVING),
    )


def approver_of(name: str, organisation_id: str, region_path: str = "/") -> Actor:
    """Give a person who approves for a charity from the machine that holds the graph."""
    return Actor(
        id=f"console:{name}",
        name=name,
        roles=frozenset({Role.FEDERATION_APPROVER}),
        scope=Scope(region_paths=(region_path,), organisation_ids=(organisation_id,), purpose=Purpose.GIVING),
    )
