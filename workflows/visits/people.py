"""The desk says who visits for a station, and how each elder is to be visited."""

from domain.actors import Actor
from domain.errors import InvalidInputError, NotFoundError
from domain.identifiers import Sex
from domain.time import WeeklyWindow
from domain.visits import VisitCare, Visitor
from graph.reads.elders import station_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.visits import exists_as, resident_in_scope, save_care, save_visitor
from workflows.visits.planning import DESK
from workflows.workspace import Workspace


async def set_visitor(ws: Workspace, actor: Actor, visitor: Visitor, *, sex: str | None = None) -> Visitor:
    """
    Enrol a volunteer or social worker as a visitor of a station, or change their hours, leave and limit.

    Raises
    ------
    InvalidInputError
        Hours that are no weekly times, or two spans on one weekday.
    NotFoundError
        No such station within the scope, or no such person.
    """
    actor.require(*DESK)
    spans = [WeeklyWindow.parse(text) for text in visitor.hours]
    if len({span.weekday for span in spans}) < len(spans) or not spans:
        raise InvalidInputError("a visitor has one span of hours a weekday, and one at least", field="hours")
    _check_sex(sex)

    async def work(tx: AuditedTransaction) -> Visitor:
        station = await station_by_id(tx, actor, visitor.station_id)
        if not await exists_as(tx, visitor):
            raise NotFoundError("no such person", kind=visitor.kind.value.lower(), id=visitor.id)
        await save_visitor(tx, visitor, sex=sex, region_id=station.region_id, region_path=station.region_path)
        tx.record("visits.visitor", visitor.id, detail={"station": station.id})
        return visitor

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def set_care(ws: Workspace, actor: Actor, care: VisitCare) -> VisitCare:
    """
    Say how an elder is to be visited: by whom, when, and what the visitor must have or be.

    Raises
    ------
    InvalidInputError
        Hours that are no weekly times.
    NotFoundError
        The resident lies outside the actor's scope.
    """
    actor.require(*DESK)
    for span in care.hours:
        WeeklyWindow.parse(span)
    _check_sex(care.sex)

    async def work(tx: AuditedTransaction) -> VisitCare:
        resident = await resident_in_scope(tx, actor, care.id)
        await save_care(tx, care, region_id=resident.region_id, region_path=resident.region_path)
        tx.record("visits.care", care.id)
        return care

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _check_sex(sex: str | None) -> None:
    if sex is not None and sex not in Sex.__members__:
        raise InvalidInputError("not a sex as identity numbers state it", field="sex", value=sex)
