"""What a comparison of two lists finds, what becomes of households it shows, and statuses that end."""

from enum import StrEnum


class Difference(StrEnum):
    """
    What became of a row between two lists.

    ``RENUMBERED`` is one row of one person under another number; ``UNREADABLE`` one that the newer list still has but
    that cannot be read there, so that nobody may call it removed.
    """

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"
    RENUMBERED = "RENUMBERED"
    UNREADABLE = "UNREADABLE"


class TaskState(StrEnum):
    """Whether somebody still has to look after a household."""

    OPEN = "OPEN"
    DONE = "DONE"


class TaskOutcome(StrEnum):
    """
    What became of a household that was on a list of people in difficulty and that nothing covered.

    The last two are found by a later run: relief, a need or a plan is known meanwhile, or the list no longer has it.
    """

    VISITED_AND_COVERED = "VISITED_AND_COVERED"
    REFUSED = "REFUSED"
    MOVED = "MOVED"
    WRONG_LINK = "WRONG_LINK"
    FOUND_COVERED = "FOUND_COVERED"
    OFF_THE_LIST = "OFF_THE_LIST"


BY_PEOPLE = frozenset(
    {TaskOutcome.VISITED_AND_COVERED, TaskOutcome.REFUSED, TaskOutcome.MOVED, TaskOutcome.WRONG_LINK}
)
"""Outcomes that a person states."""


class Lacking(StrEnum):
    """What is not known of a household: it stands in no register, gets no relief, has no need, has no plan."""

    REGISTER = "REGISTER"
    RELIEF = "RELIEF"
    NEED = "NEED"
    PLAN = "PLAN"


class EndGround(StrEnum):
    """Why a status ends."""

    DIED = "DIED"
    MOVED_AWAY = "MOVED_AWAY"
    NO_LONGER_QUALIFIES = "NO_LONGER_QUALIFIES"
    EXPIRED = "EXPIRED"


class EndState(StrEnum):
    """Whether the end of a status stands or was taken back."""

    STANDS = "STANDS"
    UNDONE = "UNDONE"
