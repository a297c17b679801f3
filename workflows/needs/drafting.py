"""A need half written: what the household's file and the category's template already say."""

from datetime import date, datetime, timedelta

from domain.actors import Actor
from domain.needs import NeedCategory, SubjectKind
from domain.people import parse_situation
from domain.time import WeeklyWindow, Window, civil_date
from graph.households import household_file
from graph.ports import ReadTransaction
from workflows.needs.desk import ANY_DESK, require_desk_for
from workflows.needs.policy import Template, need_policy_on
from workflows.needs.requests import NewNeed, NewSlot
from workflows.workspace import Workspace

_DAYS_AHEAD = 60


async def draft_need(
    ws: Workspace, actor: Actor, household_id: str, category: NeedCategory, *, title: str = ""
) -> NewNeed:
    """
    Fill a need for a household of the actor's scope; what is left to type is what only people know.

    Raises
    ------
    NotPermittedError
        The actor is no desk for the category.
    NotFoundError
        The household lies outside the scope.
    """
    actor.require(*ANY_DESK)
    require_desk_for(actor, category)
    now = ws.clock()
    return await ws.store.read(lambda tx: draft_in(tx, actor, household_id, category, title=title, at=now))


async def draft_in(
    tx: ReadTransaction, actor: Actor, household_id: str, category: NeedCategory, *, title: str, at: datetime
) -> NewNeed:
    """Fill a need within a transaction; it raises what ``draft_need`` raises."""
    file = await household_file(tx, actor, household_id)
    today = civil_date(at)
    template = need_policy_on(file.region_path, today).templates[category]
    return NewNeed(
        kind=template.kind,
        category=category,
        title=title,
        urgency=template.urgency,
        region_id=file.region_id or "",
        place=file.place,
        subject_kind=SubjectKind.HOUSEHOLD,
        subject_id=household_id,
        situations=frozenset(parse_situation(code) for code in file.situations),
        windows=windows_of(template, today),
        duration_min=template.duration_min,
        slots=tuple(NewSlot(skill=slot.skill, licence=slot.licence) for slot in template.slots),
        risk=template.risk,
        with_child=template.with_child,
        home_visit=template.home_visit,
        demanding=template.demanding,
    )


def windows_of(template: Template, today: date) -> tuple[Window, ...]:
    """Give the next windows that a template offers, from its lead time on, in order."""
    weekly = [WeeklyWindow.parse(text) for text in template.weekly]
    days = (today + timedelta(days=n) for n in range(template.lead_days, _DAYS_AHEAD))
    found = sorted(
        (window for day in days for each in weekly if (window := each.on(day)) is not None),
        key=lambda window: window.start,
    )
    return tuple(found[: template.windows])
