"""Whether people come: confirming, what is at risk, and how a no-show fades."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.actors import Actor, Role
from domain.engagement import Risk
from domain.errors import TransitionError
from domain.rounds import ClaimState
from domain.time import civil_date
from graph.claims import checked_in, confirm, lock_claim, upcoming
from graph.engagement import no_shows_since
from graph.needs import need_as_it_is
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page, page_of_list, sort_text, start_of
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.claims.fitness import visit_of
from workflows.claims.policy import NoShow, engagement_on, span
from workflows.claims.standing import what_lapses
from workflows.workspace import Workspace

_LIST_NAME = "claims-at-risk"
_LOOKS_BACK = timedelta(days=2)
_LOOKS_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAtRisk:
    """A promised visit that may fall through; ``rule`` is the hard constraint that it would break then."""

    claim: ClaimRow
    risks: tuple[Risk, ...]
    rule: str | None


async def confirm_claim(ws: Workspace, actor: Actor, claim_id: str, *, expected_version: int) -> ClaimRow:
    """
    Say again that one will come.

    Raises
    ------
    TransitionError
        The claim is over, or its visit has begun.
    StaleVersionError, NotFoundError
        Changed since read; not the actor's.
    """
    actor.require(Role.VOLUNTEER)

    async def work(tx: AuditedTransaction) -> ClaimRow:
        claim = await lock_claim(tx, actor, claim_id, expected_version=expected_version)
        if claim.state is not ClaimState.ACTIVE:
            raise TransitionError("the claim is over", id=claim_id, before=claim.state.value)
        if claim.window_start is not None and claim.window_start <= tx.at:
            raise TransitionError("the visit has begun", id=claim_id, before=claim.state.value)
        confirmed = await confirm(tx, claim, at=tx.at)
        tx.record("claim.confirm", claim_id)
        return confirmed

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def is_unconfirmed(claim: ClaimRow, now: datetime) -> bool:
    """Whether a visit to come should have been confirmed by now."""
    start = claim.window_start
    if start is None or claim.confirmed_at is not None or start <= now:
        return False
    return start - now <= span(engagement_on(civil_date(now), claim.region_path).confirmation.due_before)


async def is_missed(tx: ReadTransaction, claim: ClaimRow, now: datetime) -> bool:
    """Whether a visit should have begun by now and nobody has checked in."""
    if claim.window_start is None:
        return False
    grace = span(engagement_on(civil_date(now), claim.region_path).confirmation.check_in_grace)
    return claim.window_start + grace <= now and not await checked_in(tx, claim.id)


async def claims_at_risk(
    ws: Workspace, actor: Actor, *, first: int = 50, after: KeysetPosition | None = None
) -> Page[ClaimAtRisk]:
    """
    Give the visits of the desk's regions that may fall through, the most pressing first.

    Unconfirmed a day ahead; not checked in though begun; or, within a week, with a licence, a cover or a
    check for work with minors that will have run out by then. No more visits are looked at than fill a page.
    """
    actor.require(Role.STATION_WORKER, Role.STATION_LEAD)
    now = ws.clock()

    async def look(tx: ReadTransaction) -> list[ClaimAtRisk]:
        found: list[ClaimAtRisk] = []
        start = start_of(_LIST_NAME, after)
        for claim in await upcoming(tx, actor, since=now - _LOOKS_BACK, until=now + _LOOKS_AHEAD):
            if len(found) > first:
                break
            if after is not None and _key(claim) <= start:
                continue
            rule = await _rule_broken_then(tx, claim, now)
            risks = tuple(
                risk
                for risk, there in (
                    (Risk.UNCONFIRMED, is_unconfirmed(claim, now)),
                    (Risk.NOT_CHECKED_IN, await is_missed(tx, claim, now)),
                    (Risk.NO_LONGER_VALID, rule is not None),
                )
                if there
            )
            if risks:
                found.append(ClaimAtRisk(claim=claim, risks=risks, rule=rule))
        return found

    found = await ws.store.read(look)
    return page_of_list(_LIST_NAME, found, first, after, key=lambda each: _key(each.claim))


def _key(claim: ClaimRow) -> tuple[str, str]:
    return (sort_text(claim.window_start) if claim.window_start else "", claim.id)


async def _rule_broken_then(tx: ReadTransaction, claim: ClaimRow, now: datetime) -> str | None:
    window = visit_of(claim).window
    if window is None or window.end <= now:
        return None
    need = await need_as_it_is(tx, claim.need_id)
    broken = await what_lapses(tx, claim, need, window, at=now)
    return None if broken is None else broken.rule


def no_show_weight(moments: Sequence[datetime], now: datetime, policy: NoShow) -> float:
    """
    Give what somebody's no-shows weigh now: each counts one and halves with every half-life.

    Those older than the policy counts weigh nothing. The sum only orders whom to ask first.
    """
    half_life, counted = span(policy.half_life), span(policy.counted)
    ages = [now - moment for moment in moments]
    return sum(0.5 ** (age / half_life) for age in ages if timedelta(0) <= age < counted)


async def reliability_of(tx: ReadTransaction, volunteer_id: str, region_path: str, now: datetime) -> float:
    """Give what a volunteer's no-shows weigh now; 0 is none."""
    policy = engagement_on(civil_date(now), region_path).no_show
    moments = await no_shows_since(tx, volunteer_id, now - span(policy.counted))
    return no_show_weight(moments, now, policy)
