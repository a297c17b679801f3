"""Organisations that are one under several names: which pairs people are asked about, and what they decide."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import polars as pl
from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, TransitionError
from domain.linking import (
    LinkOutcome,
    LinkVerdict,
    OrganisationReason,
    ReviewState,
    after_verdict,
    due_on,
)
from domain.time import civil_date
from graph.linking import shared_path
from graph.organisation_links import (
    OrganisationDecision,
    TakenPair,
    create_pair_decision,
    known_organisation_reviews,
    lapse_pairs_within,
    lapsed_pairs,
    organisation_decisions,
    organisations_to_compare,
    reopen_pairs,
    set_pair_state,
    supersede_pair_decision,
    take_pair,
    take_turn,
)
from graph.ports import ReadTransaction
from graph.reads.organisation_reviews import OrganisationReviewRow, organisation_review_by_id
from graph.schema import NODE_TYPE_BY_LABEL
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.city.organisations import SameOrganisation, pairs_of
from importers.batches import node_id
from importers.institutions import Houses, aliases
from importers.words import folded
from workflows.idempotency import once, request_hash
from workflows.linking.deciding import REVIEWERS
from workflows.needs.desk import require_words
from workflows.workspace import Outcome, Workspace

TELLING = 8
"""How many others a name may be like and still say something; one that fits more is nobody's in particular."""

_ANSWERS = TypeAdapter(OrganisationReviewRow)
_STANDING = frozenset({ReviewState.ACCEPTED, ReviewState.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationsReport:
    """
    What a pass found.

    Parameters
    ----------
    asked
        New questions for people.
    settled
        Pairs with one credit code and one name, which nobody need be asked about.
    untold
        Pairs left out, since one of the names is like too many.
    """

    organisations: int = 0
    asked: int = 0
    settled: int = 0
    untold: int = 0

    def figures(self) -> dict[str, int]:
        """Give plain values."""
        return {
            f"organisations_{name}" if name != "organisations" else name: n
            for name, n in asdict(self).items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    id: str
    name: str
    credit_code: str | None
    region_path: str
    since: datetime

    @property
    def rank(self) -> tuple[bool, datetime, int, str]:
        """Of two, the lesser is kept: registered, known longer, of the fuller name."""
        return self.credit_code is None, self.since, -len(self.name), self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    kept: _House
    other: _House
    reason: OrganisationReason
    evidence: dict[str, str]

    @property
    def review_id(self) -> str:
        return node_id("LinkReview", "organisations", sorted((self.kept.id, self.other.id)))

    @property
    def certain(self) -> bool:
        return self.evidence["credit_code"] == self.evidence["name"] == "equal"


async def find_same_organisations(ws: Workspace, actor: Actor) -> OrganisationsReport:
    """
    Compare the organisations of the actor's regions, and ask people about those that may be one.

    Credit codes come first: equal ones are asked about whatever the names are, different ones never. Only where code
    and name are equal nobody is asked. What was asked once, or follows from what people said, is not asked again.

    Raises
    ------
    NotPermittedError
        The actor may not import.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    frame = await ws.store.read(lambda tx: organisations_to_compare(tx, actor))
    houses = [
        _House(id=key, name=name, credit_code=_code(code), region_path=path, since=since)
        for key, name, code, path, since in frame.iter_rows()
    ]
    found, untold = await asyncio.to_thread(_compare, houses)
    report = OrganisationsReport(organisations=len(houses), untold=untold)
    if not await ws.store.read(lambda tx: _unasked(tx, found)):
        return report

    async def work(tx: AuditedTransaction) -> OrganisationsReport:
        await take_turn(tx)
        fresh = await _unasked(tx, found)
        certain = _uncontradicted(await organisation_decisions(tx), [pair for pair in fresh if pair.certain])
        if fresh:
            await _write(ws, tx, fresh, certain)
        done = replace(report, asked=len(fresh) - len(certain), settled=len(certain))
        tx.record("linking.organisations", "Organisation", detail=done.figures())
        return done

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _unasked(tx: ReadTransaction, found: Iterable[_Pair]) -> list[_Pair]:
    """Leave out what was asked before, and what follows from what people said."""
    known = await known_organisation_reviews(tx)
    stands = Houses.of(await organisation_decisions(tx))
    return [
        pair
        for pair in found
        if pair.review_id not in known and stands.settled(pair.kept.id) != stands.settled(pair.other.id)
    ]


def _uncontradicted(decisions: list[OrganisationDecision], certain: list[_Pair]) -> list[_Pair]:
    """Leave out pairs that would make one of what people keep apart: these are asked about, however equal."""
    links = [
        OrganisationDecision(
            kept_id=pair.kept.id,
            other_id=pair.other.id,
            kept_name=pair.kept.name,
            outcome=LinkOutcome.LINKED,
        )
        for pair in certain
    ]
    stands = Houses.of([*decisions, *links])
    disputed = {stands.settled(one.kept_id) for one in _contradictions(stands, decisions)}
    return [pair for pair in certain if stands.settled(pair.kept.id) not in disputed]


def _contradictions(
    stands: Houses, decisions: Iterable[OrganisationDecision]
) -> Iterator[OrganisationDecision]:
    """Give what people keep apart and what others bring together all the same."""
    for one in decisions:
        if one.outcome is LinkOutcome.APART and stands.settled(one.kept_id) == stands.settled(one.other_id):
            yield one


def _code(code: str | None) -> str | None:
    return (folded(code).upper() or None) if code else None


def _compare(houses: Iterable[_House]) -> tuple[list[_Pair], int]:
    """Give pairs that may be one in order of their ids, and how many names that tell nothing left out."""
    by_code: dict[str, list[_House]] = defaultdict(list)
    by_name: dict[str, list[_House]] = defaultdict(list)
    for house in sorted(houses, key=lambda one: one.rank):
        by_name[folded(house.name)].append(house)
        if house.credit_code:
            by_code[house.credit_code].append(house)
    pairs: dict[str, _Pair] = {}
    for first, *others in by_code.values():
        for other in others:
            pair = _pair(first, other, OrganisationReason.SAME_CREDIT_CODE, "differs")
            pairs[pair.review_id] = pair
    alike = [pair for pair in _by_names(by_name) if pair.review_id not in pairs]
    count = Counter(house.id for pair in alike for house in (pair.kept, pair.other))
    telling = [pair for pair in alike if max(count[pair.kept.id], count[pair.other.id]) <= TELLING]
    pairs |= {pair.review_id: pair for pair in telling}
    return [pairs[key] for key in sorted(pairs)], len(alike) - len(telling)


def _by_names(by_name: dict[str, list[_House]]) -> Iterator[_Pair]:
    for first, *others in by_name.values():
        yield from _asked((first,), others, OrganisationReason.SAME_NAME, "equal")
    vouched = {name: folded(kept) for name, kept in aliases().items()}
    for one, other, verdict in pairs_of(by_name, vouched):
        same = verdict is SameOrganisation.SAME
        reason = OrganisationReason.SAME_NAME if same else OrganisationReason.LIKE_NAME
        yield from _asked(by_name[one][:1], by_name[other][:1], reason, "writing" if same else "alike")


def _asked(
    some: Iterable[_House], others: Iterable[_House], reason: OrganisationReason, name: str
) -> Iterator[_Pair]:
    """Give the pairs of two houses whose credit codes do not tell them apart, nor tell that they are one."""
    for one in some:
        for other in others:
            if not (one.credit_code and other.credit_code):
                yield _pair(one, other, reason, name)


def _pair(one: _House, other: _House, reason: OrganisationReason, name: str) -> _Pair:
    kept, left = sorted((one, other), key=lambda house: house.rank)
    paths = sorted((kept.region_path, left.region_path), key=len)
    within = "within" if paths[1].startswith(paths[0]) else "differs"
    return _Pair(
        kept=kept,
        other=left,
        reason=reason,
        evidence={
            "credit_code": "equal" if reason is OrganisationReason.SAME_CREDIT_CODE else "unknown",
            "name": "equal" if folded(kept.name) == folded(left.name) else name,
            "region": "equal" if paths[0] == paths[1] else within,
        },
    )


async def _write(ws: Workspace, tx: AuditedTransaction, fresh: list[_Pair], certain: list[_Pair]) -> None:
    settled = {pair.review_id for pair in certain}
    frame = pl.DataFrame(
        [
            {
                "id": pair.review_id,
                "kind": "ORGANISATION",
                "row_id": pair.kept.id,
                "person_id": pair.other.id,
                "reason": pair.reason.value,
                "state": "ACCEPTED" if pair.review_id in settled else "OPEN",
                "evidence": json.dumps(pair.evidence),
                "region_path": shared_path(pair.kept.region_path, pair.other.region_path),
                "version": 1,
            }
            for pair in fresh
        ]
    ).with_columns(
        pl.lit(tx.at).cast(pl.Datetime("us", "UTC")).alias("opened_at"),
        pl.lit(due_on(civil_date(tx.at))).alias("due_on"),
    )
    await tx.load_nodes(NODE_TYPE_BY_LABEL["LinkReview"], frame)
    for pair in certain:
        taken = TakenPair(
            id=pair.review_id,
            kept_id=pair.kept.id,
            other_id=pair.other.id,
            reason=pair.reason,
            state=ReviewState.ACCEPTED,
            region_path=shared_path(pair.kept.region_path, pair.other.region_path),
        )
        await create_pair_decision(
            tx, ws.new_id(), taken, outcome=LinkOutcome.LINKED, by=tx.actor_id, at=tx.at, note="equal"
        )


async def decide_organisations(
    ws: Workspace,
    actor: Actor,
    review_id: str,
    *,
    expected_version: int,
    verdict: LinkVerdict,
    note: str,
    idempotency_key: str | None = None,
) -> Outcome[OrganisationReviewRow]:
    """
    Say whether two organisations are one.

    Yes lets imports from now on take either name for the one that is kept; nothing that is there moves. Other open
    questions that this answers lapse.

    Raises
    ------
    InvalidInputError
        No note.
    NotPermittedError, NotFoundError
        Not a reviewer; outside the actor's scope.
    TransitionError, StaleVersionError
        Decided already; changed since read.
    ConflictError
        By way of others the two are kept apart, or are one.
    """
    actor.require(*REVIEWERS)
    said = require_words(note, "note")

    async def work(tx: AuditedTransaction) -> OrganisationReviewRow:
        await take_turn(tx)
        pair = await take_pair(tx, actor, review_id, expected_version=expected_version)
        state = after_verdict(pair.state, pair.reason, verdict)
        linked = state is ReviewState.ACCEPTED
        outcome = LinkOutcome.LINKED if linked else LinkOutcome.APART
        await create_pair_decision(tx, ws.new_id(), pair, outcome=outcome, by=actor.id, at=tx.at, note=said)
        stands = _without_contradiction(await organisation_decisions(tx), pair)
        await set_pair_state(tx, review_id, state, by=actor.id, at=tx.at, note=said)
        if linked:
            await lapse_pairs_within(tx, stands.members(pair.kept_id))
        tx.record("linking.organisations.decide", review_id, detail={"state": state.value})
        return await organisation_review_by_id(tx, actor, review_id)

    asked = request_hash("decide_organisations", review_id, expected_version, verdict.value, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


def _without_contradiction(decisions: list[OrganisationDecision], pair: TakenPair) -> Houses:
    stands = Houses.of(decisions)
    for one in _contradictions(stands, decisions):
        raise ConflictError(
            "what was said of other pairs contradicts this: take that back first",
            id=pair.id,
            one=one.kept_id,
            other=one.other_id,
        )
    return stands


async def reopen_organisations(
    ws: Workspace,
    actor: Actor,
    review_id: str,
    *,
    expected_version: int,
    reason: str,
    idempotency_key: str | None = None,
) -> Outcome[OrganisationReviewRow]:
    """
    Take back what was said of two organisations: the question is open again.

    Imports from now on tell the two apart; what came in the meantime stays where it came.

    Raises
    ------
    InvalidInputError
        No reason.
    NotPermittedError, NotFoundError
        Not a reviewer; outside the actor's scope.
    TransitionError, StaleVersionError
        Nothing was decided; changed since read.
    """
    actor.require(*REVIEWERS)
    said = require_words(reason, "reason")

    async def work(tx: AuditedTransaction) -> OrganisationReviewRow:
        await take_turn(tx)
        pair = await take_pair(tx, actor, review_id, expected_version=expected_version)
        if pair.state not in _STANDING:
            raise TransitionError("nothing was decided that could be taken back", state=pair.state.value)
        await supersede_pair_decision(tx, review_id)
        await set_pair_state(tx, review_id, ReviewState.OPEN, by=actor.id, at=tx.at, note=said)
        stands = Houses.of(await organisation_decisions(tx))
        await reopen_pairs(
            tx, [key for key, a, b in await lapsed_pairs(tx) if stands.settled(a) != stands.settled(b)]
        )
        tx.record("linking.organisations.reopen", review_id, detail={"was": pair.state.value})
        return await organisation_review_by_id(tx, actor, review_id)

    asked = request_hash("reopen_organisations", review_id, expected_version, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)
