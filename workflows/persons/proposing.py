"""Pairs of records that may be one person's: found by the model, or named by somebody at the desk."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import cast

import polars as pl
from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError
from domain.linking import due_on
from domain.persons import PersonReason
from domain.time import civil_date
from graph.linking import shared_path
from graph.persons.decisions import decisions_about
from graph.persons.proposals import (
    NewProposal,
    PersonProposalRow,
    create_proposal,
    is_asked,
    pair_to_compare,
    person_proposal_by_id,
    proposals_there,
    volunteers_to_compare,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.linkage.linking import LinkRules, dedupe
from identity.linkage.records import LinkDecision
from identity.linkage.worker import ScoringWorker
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.persons.regrouping import persons_by
from workflows.protection.masks import with_masks_opened
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

REVIEWERS = (Role.STATION_WORKER, Role.STATION_LEAD, Role.PLATFORM_ADMIN)
ANSWERS = TypeAdapter(PersonProposalRow)
_REGISTRY = "volunteers"


def pair_of(one: str, other: str) -> tuple[str, str]:
    """Give two records in one order."""
    return (one, other) if one < other else (other, one)


def proposal_id(one: str, other: str) -> str:
    """Give the key under which the model's question about a pair stands: it is asked once."""
    return hashlib.sha256("\x1f".join(("model", *pair_of(one, other))).encode()).hexdigest()[:32]


async def find_doubles(ws: Workspace, actor: Actor, *, worker: ScoringWorker | None = None) -> int:
    """
    Compare the volunteers of the actor's regions with each other, and ask people about pairs that look like one person.

    Nothing is merged here, however alike two are. What people decided is not asked again.

    Returns
    -------
    int
        How many new questions there are.

    Raises
    ------
    NotPermittedError
        The actor is none of those who keep the register.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN, Role.STATION_LEAD)
    people = with_masks_opened(ws, await ws.store.read(lambda tx: volunteers_to_compare(tx, actor)))
    if people.height < 2:
        return 0
    found = await asyncio.to_thread(_compare, people, worker)
    places = dict(zip(people["id"], people["region_path"], strict=True))
    hashes = dict(zip(people["id"], people["id_number_hash"], strict=True))

    async def work(tx: AuditedTransaction) -> int:
        ids = {proposal_id(a, b): pair_of(a, b) for a, b, _, _ in found}
        there = await proposals_there(tx, list(ids))
        made = 0
        for a, b, probability, evidence in found:
            left, right = pair_of(a, b)
            key = proposal_id(left, right)
            if key in there or await is_asked(tx, left, right):
                continue
            veto = bool(evidence["vetoes"]) or _numbers_differ(hashes[left], hashes[right])
            await create_proposal(
                tx,
                NewProposal(
                    id=key,
                    left_id=left,
                    right_id=right,
                    reason=PersonReason.OTHER_ID_NUMBER if veto else PersonReason.LIKELY,
                    opened_by=actor.id,
                    opened_at=tx.at,
                    due_on=due_on(civil_date(tx.at)),
                    region_path=shared_path(places[left], places[right]),
                    probability=probability,
                    evidence=json.dumps(_levels(evidence), ensure_ascii=False),
                ),
            )
            made += 1
        if made:
            tx.record("person.propose", "volunteers", detail={"pairs": made})
        return made

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _numbers_differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _levels(evidence: Mapping[str, object]) -> dict[str, str]:
    levels = cast("dict[str, str | None]", evidence["levels"])
    return {field: level for field, level in levels.items() if level is not None}


def _compare(
    people: pl.DataFrame, worker: ScoringWorker | None
) -> list[tuple[str, str, float, dict[str, object]]]:
    births = [
        None if day is None else day.isoformat()
        for day in cast("list[date | None]", people["birth_date"].to_list())
    ]
    records = people.select(
        pl.col("id").alias("rec_id"),
        pl.lit(_REGISTRY).alias("source"),
        "name",
        pl.col("id_number_hash").alias("id_hash"),
        pl.col("id_number_mask").alias("id_mask"),
        pl.Series("birth_date", births, dtype=pl.String),
        "sex",
        pl.col("region_id").str.split(":").list.last().alias("region_code"),
    )
    pairs = dedupe(records, LinkRules(adapt=False), worker=worker).pairs
    kept = pairs.filter(pl.col("decision") != LinkDecision.REJECT.value)
    return [
        (str(a), str(b), float(probability), json.loads(evidence))
        for a, b, probability, evidence in kept.select(
            "left_id", "right_id", "probability", "evidence"
        ).rows()
    ]


async def propose_pair(
    ws: Workspace, actor: Actor, one: str, other: str, *, reason: str, idempotency_key: str | None = None
) -> Outcome[PersonProposalRow]:
    """
    Say that two records of volunteers may be one person's; somebody else decides.

    Raises
    ------
    InvalidInputError
        No reason, or one record twice.
    NotFoundError
        One of them lies outside the actor's scope.
    SeparationOfDutiesError
        One of them is the actor's own.
    ConflictError
        The two are one already, or somebody has asked.
    """
    actor.require(*REVIEWERS)
    said = require_words(reason, "reason")
    if one == other:
        raise InvalidInputError("a pair is of two records", field="otherId")
    left, right = pair_of(one, other)
    new_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> PersonProposalRow:
        pair = await pair_to_compare(tx, actor, left, right)
        await require_other_person(
            tx, actor, (left, right), "nobody decides who is who of their own record", about=left
        )
        known = persons_by(await decisions_about(tx, [left, right])).person_of()
        if known.get(left, left) == known.get(right, right):
            raise ConflictError("the two stand as one already", left=left, right=right)
        if await is_asked(tx, left, right):
            raise ConflictError("somebody has asked about these two already", left=left, right=right)
        sides = {str(row["id"]): row for row in pair.to_dicts()}
        veto = _numbers_differ(sides[left]["id_number_hash"], sides[right]["id_number_hash"])
        await create_proposal(
            tx,
            NewProposal(
                id=new_id,
                left_id=left,
                right_id=right,
                reason=PersonReason.OTHER_ID_NUMBER if veto else PersonReason.BY_HAND,
                opened_by=actor.id,
                opened_at=tx.at,
                due_on=due_on(civil_date(tx.at)),
                region_path=shared_path(sides[left]["region_path"], sides[right]["region_path"]),
                evidence=json.dumps(_side_by_side(sides[left], sides[right]), ensure_ascii=False),
                note=said,
            ),
        )
        tx.record("person.propose", new_id, detail={"left": left, "right": right})
        return await person_proposal_by_id(tx, actor, new_id)

    asked = request_hash("propose_pair", left, right, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=ANSWERS, work=work)


_FIELDS = {
    "name": "name",
    "id": "id_number_hash",
    "birth": "birth_date",
    "sex": "sex",
    "region": "region_id",
}


def _side_by_side(left: Mapping[str, object], right: Mapping[str, object]) -> dict[str, str]:
    """Give how each field of two agrees, for a pair that no model was asked about."""
    levels: dict[str, str] = {}
    for field, column in _FIELDS.items():
        a, b = left[column], right[column]
        if a is not None and b is not None:
            levels[field] = "equal" if a == b else "differs"
    return levels
