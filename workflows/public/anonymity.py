"""How coarsely a subject is shown, so that a crowd of households could be it (k-anonymity, HC-24)."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.errors import ConflictError
from domain.publication import CROWD, GROUP_SITUATIONS, OwnerGroup, groups_of, places_of
from graph.ports import ReadTransaction
from graph.publications import crowd_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown of whose and where; ``crowd`` households share it, None where no household is meant."""

    owner: OwnerGroup
    path: str
    crowd: int | None


async def shown_of_household(
    tx: ReadTransaction, need_id: str, region_path: str, situations: Iterable[str]
) -> Shown:
    """
    Give the finest place, and there the most telling group, that ``CROWD`` households of the register share.

    Raises
    ------
    ConflictError
        Not even all households of the province are so many.
    """
    groups = groups_of(situations)
    for path in places_of(region_path):
        for group in groups:
            crowd = await crowd_of(tx, path, GROUP_SITUATIONS.get(group))
            if crowd >= CROWD:
                return Shown(owner=group, path=path, crowd=crowd)
    raise ConflictError(
        f"fewer than {CROWD} households are in the register: whoever is shown would be known",
        id=need_id,
        rule="HC-24",
        needed=CROWD,
    )


def shown_of_nobody_known(region_path: str) -> Shown:
    """Somebody without a household is shown at the county and no finer: no register says how many there are."""
    paths = list(places_of(region_path))
    return Shown(owner=OwnerGroup.PERSON, path=paths[min(1, len(paths) - 1)], crowd=None)


def shown_of_institution(region_path: str) -> Shown:
    """An institution is no person: its town is shown."""
    return Shown(owner=OwnerGroup.INSTITUTION, path=next(places_of(region_path)), crowd=None)
