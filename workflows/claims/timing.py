"""When a visit takes place."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.errors import NotPermittedError
from domain.time import Window
from graph.reads.needs import NeedRow


def first_time(
    need: NeedRow, taken: Sequence[Window], along: Sequence[Window], now: datetime
) -> Window | None:
    """
    Give the time of the visit: that of those who go along, else the first the volunteer is free at.

    A need without windows is served at a time the two agree on: None.

    Parameters
    ----------
    taken
        When the volunteer is promised elsewhere.
    along
        When others serve the need.

    Raises
    ------
    NotPermittedError
        The volunteer is promised elsewhere then, or no window is left (HC-28).
    """
    if not need.windows:
        return along[0] if along else None
    for visit in list(along[:1]) or _starts(need, now, taken):
        if not any(visit.overlaps(other) for other in taken):
            return visit
    raise NotPermittedError("the volunteer is promised elsewhere at that time", id=need.id, rule="HC-28")


def _starts(need: NeedRow, now: datetime, taken: Sequence[Window]) -> list[Window]:
    """Give visits that begin with a window or as soon as an earlier promise ends."""
    length = timedelta(minutes=need.duration_min)
    earliest = [now, *(window.end for window in taken)]
    visits = [
        Window(start=start, end=start + length)
        for window in need.windows
        for start in sorted({max(window.start, moment) for moment in earliest})
        if start + length <= window.end
    ]
    if not visits:
        raise NotPermittedError("no window of the need is left", id=need.id, rule="HC-28")
    return visits
