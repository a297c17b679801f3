"""Needs that return: posting, verifying, stopping a series, leaving one occurrence out, and making its needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import ConflictError, InvalidInputError, TransitionError
from domain.needs import MOST_DURATION_MIN, NeedState, SubjectKind
from domain.series import SeriesState
from domain.time import Window, civil_date
from graph.households import require_household
from graph.needs import create_need, lock_need, move_need
from graph.organisations import require_institution
from graph.reads.series import SeriesRow, series_by_id
from graph.regions import path_of_region
from graph.series import (
    SET_EXCEPTIONS,
    SET_MADE_UNTIL,
    STOP,
    VERIFY,
    Series,
    active_series,
    coming_needs,
    create_series,
    lock_series,
    made_among,
    take_series,
)
from graph.stations import station_for
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.idempotency import once, request_hash
from workflows.needs.desk import ANY_DESK, require_desk_for, require_words
from workflows.needs.policy import need_policy_on
from workflows.needs.recurrence import civil_of, moment_of_civil, occurrence_key, occurrences, read_rule
from workflows.needs.requests import NewConsent, NewNeed, read_request, receipt_of
from workflows.needs.titles import require_title
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(SeriesRow)
_TEMPLATE = TypeAdapter(NewNeed)
_PAGE = 200
_UNPROMISED = [NeedState.POSTED.value, NeedState.VERIFIED.value, NeedState.MATCHING.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries:
    """
    A need that returns.

    Parameters
    ----------
    template
        The need of each occurrence; its windows are left out.
    rule
        RFC 5545 without ``DTSTART``, such as ``FREQ=WEEKLY;BYDAY=TU,TH``.
    starts_at
        The moment that the first occurrence's window begins.
    length_min
        How long each window stays open, at least the service's duration.
    horizon_days
        How far ahead needs are made; None as policy says.
    """

    template: NewNeed
    rule: str
    starts_at: datetime
    length_min: int
    horizon_days: int | None = None


async def post_series(
    ws: Workspace, actor: Actor, new: NewSeries, *, idempotency_key: str | None = None
) -> Outcome[SeriesRow]:
    """
    Record a need that returns; it makes nothing until a second person has verified it.

    Raises
    ------
    InvalidInputError
        The rule cannot be read, the window is shorter than the service, or the template is refused as
        ``post_need`` would refuse it; or it is so large or dangerous that each need takes two checks.
    NotPermittedError, NotFoundError
        Not the desk of the category; the region or the subject lies outside the scope.
    """
    actor.require(*ANY_DESK)
    template = new.template
    require_desk_for(actor, template.category)
    starts_at = civil_of(new.starts_at).replace(second=0, microsecond=0)
    read_rule(new.rule, starts_at)
    if not max(1, template.duration_min) <= new.length_min <= MOST_DURATION_MIN:
        raise InvalidInputError("the window is as long as the service", field="length_min")
    if template.consent_recorded:
        said = template.consent or NewConsent()
        template = replace(template, consent=replace(said, at=said.at or ws.clock()))
    template = replace(template, windows=())
    series_id = ws.new_id()
    need = read_request(template, actor, need_id=series_id, receipt="", at=ws.clock())

    async def work(tx: AuditedTransaction) -> SeriesRow:
        region_path = await path_of_region(tx, actor, template.region_id)
        if need.subject_id is not None:
            household = need.subject_kind is SubjectKind.HOUSEHOLD
            await (require_household if household else require_institution)(tx, actor, need.subject_id)
        await require_title(tx, need.title, need.subject_kind, need.subject_id, about=series_id)
        policy = need_policy_on(region_path, civil_date(tx.at))
        if policy.two_checks.asks_for(need.amount_fen, need.risk):
            raise InvalidInputError(
                "a need that takes two checks does not return by itself", rule="two_checks"
            )
        horizon = policy.series.horizon_days.value if new.horizon_days is None else new.horizon_days
        if not 1 <= horizon <= policy.series.most_horizon_days.value:
            raise InvalidInputError("needs are made some days ahead", field="horizon_days", value=horizon)
        series = Series(
            id=series_id,
            title=need.title,
            category=need.category,
            template=_TEMPLATE.dump_json(template).decode(),
            rule=new.rule,
            starts_at=starts_at.isoformat(timespec="minutes"),
            state=SeriesState.POSTED,
            exceptions=(),
            subject_id=need.subject_id,
            length_min=new.length_min,
            horizon_days=horizon,
            posted_by=actor.id,
            verified_by=None,
            region_path=region_path,
            version=1,
        )
        await create_series(tx, series, region_id=template.region_id, at=tx.at)
        tx.record("series.post", series_id, detail={"category": need.category.value})
        return await series_by_id(tx, actor, series_id)

    request = request_hash("post_series", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def verify_series(
    ws: Workspace, actor: Actor, series_id: str, *, expected_version: int, evidence: str
) -> SeriesRow:
    """
    Confirm by a second person that a need returns; from then on its needs are made, verified by that person.

    Raises
    ------
    SeparationOfDutiesError
        The actor posted it (HC-29).
    TransitionError
        It is verified already, or stopped.
    """
    said = require_words(evidence, "evidence", "HC-06")

    async def step(tx: AuditedTransaction, series: Series) -> None:
        if series.state is not SeriesState.POSTED:
            raise TransitionError(
                "the series is verified or stopped", id=series_id, before=series.state.value
            )
        await require_other_person(
            tx, actor, (series.posted_by,), "who posted a series does not verify it", about=series_id
        )
        await tx.run(VERIFY, id=series_id, verified_by=actor.id, evidence=said)
        tx.record("series.verify", series_id)

    return await _step(ws, actor, series_id, expected_version, step)


async def stop_series(
    ws: Workspace, actor: Actor, series_id: str, *, expected_version: int, reason: str
) -> SeriesRow:
    """
    Stop a series: nothing more is made, and what is to come and not promised is cancelled.

    Raises
    ------
    TransitionError
        It is stopped already.
    """
    said = require_words(reason, "reason")

    async def step(tx: AuditedTransaction, series: Series) -> None:
        if series.state is SeriesState.STOPPED:
            raise TransitionError("the series is stopped", id=series_id, before=series.state.value)
        await tx.run(STOP, id=series_id, at=tx.at, reason=said)
        for need_id in await coming_needs(tx, series_id, since=tx.at, states=_UNPROMISED):
            need = await lock_need(tx, actor, need_id)
            await move_need(tx, actor, need, NeedState.CANCELLED, at=tx.at, reason=said)
            tx.record("need.cancelled", need_id)
        tx.record("series.stop", series_id)

    return await _step(ws, actor, series_id, expected_version, step)


async def skip_occurrence(
    ws: Workspace, actor: Actor, series_id: str, *, expected_version: int, occurs_at: datetime, reason: str
) -> SeriesRow:
    """
    Leave one occurrence out; its need is cancelled if it was made and nothing is promised to it.

    Raises
    ------
    InvalidInputError
        The series has no such occurrence, or no reason is given.
    ConflictError
        Something is promised to its need: cancel that first.
    """
    said = require_words(reason, "reason")
    civil = civil_of(occurs_at)

    async def step(tx: AuditedTransaction, series: Series) -> None:
        rule = read_rule(series.rule, datetime.fromisoformat(series.starts_at))
        moment = moment_of_civil(civil)
        if occurrences(rule, (), start=moment, end=moment + timedelta(minutes=1)) != [civil]:
            raise InvalidInputError("the series has no such occurrence", field="occurs_at", id=series_id)
        await tx.run(
            SET_EXCEPTIONS, id=series_id, exceptions=sorted({*series.exceptions, occurrence_key(civil)})
        )
        need_id = _need_id(series_id, civil)
        if await made_among(tx, [need_id]):
            need = await lock_need(tx, actor, need_id)
            if need.state.value in _UNPROMISED:
                await move_need(tx, actor, need, NeedState.CANCELLED, at=tx.at, reason=said)
                tx.record("need.cancelled", need_id)
            elif need.state is not NeedState.CANCELLED:
                raise ConflictError("something is promised to it: cancel the need first", id=need_id)
        tx.record("series.skip", series_id, detail={"occurrence": occurrence_key(civil)})

    return await _step(ws, actor, series_id, expected_version, step)


async def _step(
    ws: Workspace,
    actor: Actor,
    series_id: str,
    expected_version: int,
    step: Callable[[AuditedTransaction, Series], Awaitable[None]],
) -> SeriesRow:
    actor.require(*ANY_DESK)

    async def work(tx: AuditedTransaction) -> SeriesRow:
        series = await lock_series(tx, actor, series_id, expected_version=expected_version)
        require_desk_for(actor, series.category)
        await step(tx, series)
        return await series_by_id(tx, actor, series_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _need_id(series_id: str, civil: datetime) -> str:
    return f"{series_id}:{occurrence_key(civil)}"


async def make_occurrences(ws: Workspace, actor: Actor) -> int:
    """
    Make the needs of every active series of the scope up to its horizon; gives how many were made.

    A series is one unit of work and a need's id names its occurrence: done twice, or begun anew after it was
    killed, nothing is made twice.
    """
    made, after_id, now = 0, "", ws.clock()
    while True:
        page = await ws.store.read(lambda tx, a=after_id: active_series(tx, actor, after_id=a, limit=_PAGE))
        for series in page:
            until = _horizon(now, series.horizon_days)
            if series.made_until is None or series.made_until < until:
                made += await make_of_series(ws, actor, series.id, until=until)
        if len(page) < _PAGE:
            return made
        after_id = page[-1].id


def _horizon(now: datetime, days: int) -> datetime:
    """Give the end of a series' last day: it moves once a day, so that a day's later runs find nothing to do."""
    midnight = civil_of(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return moment_of_civil(midnight + timedelta(days=days))


async def make_of_series(ws: Workspace, actor: Actor, series_id: str, *, until: datetime) -> int:
    """Make the needs of one series that begin before a moment; gives how many were made."""

    async def work(tx: AuditedTransaction) -> int:
        series = await take_series(tx, actor, series_id)
        if series is None or series.state is not SeriesState.ACTIVE:
            tx.record("series.look", series_id)
            return 0
        rule = read_rule(series.rule, datetime.fromisoformat(series.starts_at))
        wanted = occurrences(rule, series.exceptions, start=tx.at, end=until)
        there = await made_among(tx, [_need_id(series_id, civil) for civil in wanted])
        fresh = [civil for civil in wanted if _need_id(series_id, civil) not in there]
        for civil in fresh:
            await _make(ws, tx, actor, series, civil)
        await tx.run(SET_MADE_UNTIL, id=series_id, made_until=until)
        tx.record("series.make", series_id, detail={"needs": len(fresh)})
        return len(fresh)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _make(ws: Workspace, tx: AuditedTransaction, actor: Actor, series: Series, civil: datetime) -> None:
    start = moment_of_civil(civil)
    window = Window(start=start, end=start + timedelta(minutes=series.length_min))
    new = replace(_TEMPLATE.validate_json(series.template), windows=(window,))
    poster = replace(actor, id=series.posted_by)  # who posted the series posts each of its needs
    need = read_request(
        new, poster, need_id=_need_id(series.id, civil), receipt=receipt_of(ws.new_id()), at=tx.at
    )
    whole = replace(
        need,
        station_id=await station_for(tx, series.region_path),
        series_id=series.id,
        occurs_at=window.start,
    )
    texts = {item.id: asked.item_text for item, asked in zip(need.items, new.items, strict=True)}
    await create_need(
        tx, whole, detail=new.detail, region_path=series.region_path, item_texts=texts, at=tx.at
    )
    made = await lock_need(tx, actor, need.id)
    await move_need(
        tx, actor, made, NeedState.VERIFIED, at=tx.at, reason="series", verified_by=series.verified_by
    )
