"""The desk says who visits for a station, and how each elder is to be visited."""

from dataclasses import replace

from domain.actors import Actor
from domain.errors import InvalidInputError, NotFoundError
from domain.identifiers import Sex
from domain.needs import ConsentGiver
from domain.time import WeeklyWindow
from domain.visits import StandingConsent, VisitCare, Visitor
from graph.alarms import standing_consent
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


async def set_care(
    ws: Workspace, actor: Actor, care: VisitCare, *, alarm_consent_by: ConsentGiver | None = None
) -> VisitCare:
    """
    Say how an elder is to be visited: by whom, when, and what the visitor must have or be.

    Parameters
    ----------
    alarm_consent_by
        Who agreed that the need of an alarm may be told to volunteers; None is nobody, or nobody any more.
        The actor takes it down now, unless the same one had agreed before.

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
        before = await standing_consent(tx, care.id)
        consent = (
            None
            if alarm_consent_by is None
            else before
            if before is not None and before.given_by is alarm_consent_by
            else StandingConsent(given_by=alarm_consent_by, at=tx.at, taken_by=actor.id)
        )
        whole = replace(care, alarm_consent=consent)
        await save_care(tx, whole, region_id=resident.region_id, region_path=resident.region_path)
        agreed = None if consent is None else consent.given_by.value
        tx.record("visits.care", care.id, detail={"alarm_consent": agreed})
        return whole

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _check_sex(sex: str | None) -> None:
    if sex is not None and sex not in Sex.__members__:
        raise InvalidInputError("not a sex as identity numbers state it", field="sex", value=sex)
