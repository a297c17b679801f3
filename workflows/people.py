"""Acting people: the three of the demonstration, and the system's own."""

from domain.actors import Actor
from workflows.workspace import Workspace


async def demo_actors(ws: Workspace, region_path: str) -> list[Actor]:
    """
    Build the three acting people of a city from its graph: station worker, volunteer, federation officer.

    Raises
    ------
    NotFoundError
        The region has no active volunteer or no charity with a fund.
    """
    raise NotImplementedError


def matcher_actor(region_path: str = "/") -> Actor:
    """Give the system's account that runs rounds in a region; it decides nothing."""
    raise NotImplementedError


def administrator(region_path: str = "/") -> Actor:
    """Give the operator's account of this installation."""
    raise NotImplementedError
