"""Series of needs: a rule by which they return."""

from enum import StrEnum


class SeriesState(StrEnum):
    """A series makes needs while it is ACTIVE: a second person has verified it."""

    POSTED = "POSTED"
    ACTIVE = "ACTIVE"
    STOPPED = "STOPPED"
