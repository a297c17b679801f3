"""How a need is shown to everybody: whose it is and where, no finer than a crowd allows (HC-24)."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from domain.needs import NeedCategory, NeedState
from domain.people import ChildSituation, ElderGroup, LowIncomeCategory

CROWD = 5
"""Households that must share what is shown of a subject: k of k-anonymity."""

SHOWN_STATES = frozenset({NeedState.VERIFIED, NeedState.MATCHING, NeedState.PARTIAL})
"""States in which a need stands on the wall."""

NEVER_SHOWN = frozenset({NeedCategory.CHILD_PROTECT})
"""Categories that no public list holds (HC-25)."""


class OwnerGroup(StrEnum):
    """What is shown of whose need it is, instead of a name."""

    CHILD = "CHILD"
    ELDER = "ELDER"
    LOW_INCOME = "LOW_INCOME"
    HOUSEHOLD = "HOUSEHOLD"
    PERSON = "PERSON"  # somebody without a household in the register
    INSTITUTION = "INSTITUTION"


GROUP_SITUATIONS = {
    OwnerGroup.CHILD: tuple(member.value for member in ChildSituation),
    OwnerGroup.ELDER: tuple(member.value for member in ElderGroup),
    OwnerGroup.LOW_INCOME: tuple(member.value for member in LowIncomeCategory),
}
"""Situations, by any of which a household is of the group."""


def groups_of(situations: Iterable[str]) -> tuple[OwnerGroup, ...]:
    """Give the groups that a household could be shown as, the most telling first; any is a HOUSEHOLD."""
    held = set(situations)
    telling = [group for group, members in GROUP_SITUATIONS.items() if held & set(members)]
    return (*telling, OwnerGroup.HOUSEHOLD)


def places_of(region_path: str) -> Iterator[str]:
    """
    Give what may be shown of a place, from its town upwards.

    Examples
    --------
    >>> list(places_of("/NBS/32/3205/320582/320582100/320582100001/"))
    ['/NBS/32/3205/320582/320582100/', '/NBS/32/3205/320582/', '/NBS/32/3205/', '/NBS/32/']
    """
    system, *codes = region_path.strip("/").split("/")
    for count in range(min(len(codes), 4), 0, -1):
        yield "/" + "/".join((system, *codes[:count])) + "/"
