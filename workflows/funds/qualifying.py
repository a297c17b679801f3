"""Who newly qualifies, and who no longer does, when a purpose changes."""

from datetime import date

from domain.actors import Actor
from domain.purposes import Purpose, PurposeState
from graph.ports import ReadTransaction
from graph.purposes import purpose_of_fund, versions_of
from graph.reads.purposes import purpose_version_by_id
from graph.reads.qualifying import WallChange

_HELD = (PurposeState.IN_FORCE, PurposeState.SUPERSEDED)


async def wall_change_of(tx: ReadTransaction, actor: Actor, version_key: str, *, today: date) -> WallChange:
    """
    Give the wall before and after a version of a purpose, compared on the day it holds from or today.

    For an earmark both lie inside its fund's purpose as it is. The first version is compared with nothing: all that
    it takes in is new.

    Raises
    ------
    NotFoundError
        The actor may not see the version.
    """
    row = await purpose_version_by_id(tx, actor, version_key)
    earlier = [
        each
        for each in await versions_of(tx, row.owner_id)
        if each.state in _HELD and each.number < row.number
    ]
    wall = None if row.earmark_id is None else await purpose_of_fund(tx, row.fund_id)
    return WallChange(
        before=_inside(earlier[-1].purpose, wall) if earlier else None,
        after=_inside(row.purpose, wall),
        day=max(row.effective_from, today),
    )


def _inside(purpose: Purpose, wall: Purpose | None) -> Purpose | None:
    """Give what a wall leaves of a purpose; nothing where the wall was moved since and no longer holds it."""
    if wall is None:
        return purpose
    return None if purpose.outside(wall) else purpose.inside(wall)
