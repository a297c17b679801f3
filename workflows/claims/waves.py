"""
Asking people unbidden to take a slot that fell free or may: a few at a time, inside what each may be asked.

Somebody is asked when the slot is near, in their time and to their liking, when they let themselves be asked,
have been asked seldom enough this week and have not said no to this need. Nobody is asked in quiet hours.
"""

from datetime import timedelta

from domain.engagement import OfferKind, OfferState
from domain.errors import NotPermittedError
from domain.time import WeeklyWindow, Window, civil_date
from graph.candidates import Candidate, may_be_asked, people_near
from graph.claims import Slot, active_claims, ever_promised
from graph.engagement import OfferRow, asked_since, offers_of_need
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction
from matching.rules.view import metres
from workflows.claims.admission import breach_of, time_of_visit
from workflows.claims.attendance import reliability_of
from workflows.claims.fitness import Visit
from workflows.claims.policy import EngagementPolicy, engagement_on, span
from workflows.claims.waiting import offer_of, tell_of_offer
from workflows.notices.quiet import is_quiet
from workflows.workspace import Workspace

_WEEK = timedelta(days=7)
_COUNTY_LEVELS = 4  # /NBS/32/3205/320582/


async def next_wave(
    ws: Workspace, tx: AuditedTransaction, need: NeedRow, slot: Slot, *, replaces: ClaimRow | None
) -> list[OfferRow]:
    """
    Ask the next few people about a slot of a locked need, if it is time for that.

    Parameters
    ----------
    replaces
        The claim that would make way; None for a slot that is free.
    """
    policy = engagement_on(civil_date(tx.at), need.region_path)
    quiet = policy.quiet_hours
    asked = await offers_of_need(tx, need.id)
    of_slot = [offer for offer in asked if offer.slot_id == slot.id]
    wave = 1 + max((offer.wave or 0 for offer in of_slot), default=0)
    last = max((offer.offered_at for offer in of_slot if offer.kind is OfferKind.WAVE), default=None)
    kept = any(offer.state is OfferState.OPEN and offer.kind is not OfferKind.WAVE for offer in of_slot)
    too_soon = last is not None and tx.at - last < span(policy.offers.between_waves)
    if (
        kept
        or too_soon
        or wave > policy.offers.waves_most.value
        or is_quiet(tx.at, quiet.start.value, quiet.end.value)
    ):
        return []
    team = [mate for mate in await active_claims(tx, need.id) if replaces is None or mate.id != replaces.id]
    left_out = {offer.volunteer_id for offer in asked} | await ever_promised(tx, need.id)
    made: list[OfferRow] = []
    for candidate in await _in_order(tx, need, slot, policy, left_out):
        offer = await _question(ws, tx, need, slot, candidate, team, wave=wave, replaces=replaces)
        if offer is not None:
            await tell_of_offer(ws, tx, need, offer)
            made.append(offer)
        if len(made) == policy.offers.wave_size.value:
            break
    return made


async def _in_order(
    tx: AuditedTransaction, need: NeedRow, slot: Slot, policy: EngagementPolicy, left_out: set[str]
) -> list[Candidate]:
    """Give whom to ask, the reliable and near first, as far as their week allows."""
    county = "/".join(need.region_path.split("/")[: _COUNTY_LEVELS + 1]) + "/"
    found: list[tuple[float, int, str, Candidate]] = []
    for candidate in await people_near(tx, county, slot.skill):
        away = metres(_place(candidate), _place(need))
        declined = need.category.value in candidate.declined
        too_far = away is not None and candidate.radius_m is not None and away > candidate.radius_m
        if candidate.id in left_out or declined or too_far:
            continue
        found.append((0.0, -1 if away is None else away, candidate.id, candidate))
    found.sort(key=lambda entry: entry[:3])
    ranked: list[tuple[float, int, str, Candidate]] = []
    for _, away, key, candidate in found[: policy.offers.candidates_most.value]:
        willing, own_budget = await may_be_asked(tx, key)
        most = policy.offers.per_week.value if own_budget is None else own_budget
        if not willing or await asked_since(tx, key, tx.at - _WEEK) >= most:
            continue
        weight = await reliability_of(tx, key, need.region_path, tx.at)
        ranked.append((round(weight, 3), away, key, candidate))
    ranked.sort(key=lambda entry: entry[:3])
    return [candidate for *_, candidate in ranked]


def _place(of: Candidate | NeedRow) -> tuple[float, float] | None:
    if of.longitude_deg is None or of.latitude_deg is None:
        return None
    return of.longitude_deg, of.latitude_deg


async def _question(
    ws: Workspace,
    tx: AuditedTransaction,
    need: NeedRow,
    slot: Slot,
    candidate: Candidate,
    team: list[ClaimRow],
    *,
    wave: int,
    replaces: ClaimRow | None,
) -> OfferRow | None:
    try:
        along = [*team, *([replaces] if replaces is not None else [])]
        window = await time_of_visit(tx, need, along, candidate.id)
    except NotPermittedError:
        return None
    if window is not None and not _in_their_time(candidate, window):
        return None
    visit = Visit(slot_id=slot.id, volunteer_id=candidate.id, window=window)
    if await breach_of(tx, need, visit, team) is not None:
        return None
    return offer_of(
        tx,
        need,
        offer_id=ws.new_id(),
        kind=OfferKind.WAVE,
        slot_id=slot.id,
        volunteer_id=candidate.id,
        window=window,
        wave=wave,
        replaces=None if replaces is None else replaces.id,
    )


def _in_their_time(candidate: Candidate, window: Window) -> bool:
    day = civil_date(window.start)
    free = [WeeklyWindow.parse(entry).on(day) for entry in candidate.availability]
    return any(span_of_day is not None and span_of_day.covers(window) for span_of_day in free)
