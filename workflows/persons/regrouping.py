"""
What decisions make of records: who stands for whom, and everything that is derived from it.

All of it is worked out from the decisions and the records anew, whichever decision came last. A merge and an unmerge
are therefore one operation, and it makes no difference in which order wrong ones were taken back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from domain.errors import NotFoundError
from domain.hours import RecordState
from domain.people import VolunteerStatus
from domain.persons import Followed, PersonDecisionKind, Span, doubled
from domain.recognition import CredentialState
from domain.time import civil_date
from graph.hours.ledger import move, records_of
from graph.persons.decisions import PersonDecisionRow, decision_by_id
from graph.persons.following import (
    PartRow,
    carry_rows,
    certified_since,
    issued_since,
    join_part,
    keep_star,
    leave_part,
    origins_of_hours,
    parts_of,
    promises_of,
    set_doubles,
    set_hours_origin,
    settle_holds,
    settle_star,
    sums_of,
)
from graph.recognition.claims import settle_skills
from graph.recognition.credentials import set_credential_state
from graph.unit_of_work import AuditedTransaction
from graph.volunteers import lock_volunteer
from identity.linkage.clustering import Clusters
from identity.linkage.history import DecisionKind, RecordDecision, replay
from workflows.hours.posting import freeze_hours, release_hours

TWICE = "persons:twice"
"""Stands for whoever disputes, where two records of one person tell of the same time."""

_REGISTRY = "registry"
_COUNTING = frozenset({RecordState.PENDING, RecordState.VERIFIED})


def persons_by(decisions: Sequence[PersonDecisionRow], as_of: datetime | None = None) -> Clusters:
    """
    Give the persons that decisions make of the records they are about, by the decisions alone.

    The oldest record of a person stands for all, by the age that the first decision about it knew.
    """
    since: dict[str, datetime] = {}
    for decision in sorted(decisions, key=lambda one: one.number):
        since.setdefault(decision.left_id, decision.left_since)
        since.setdefault(decision.right_id, decision.right_since)
    records = pl.DataFrame(
        {
            "rec_id": list(since),
            "source": [_REGISTRY] * len(since),
            "recorded_at": list(since.values()),
        },
        schema={"rec_id": pl.String, "source": pl.String, "recorded_at": pl.Datetime("us", "UTC")},
    )
    return replay(records, [_record_decision(one) for one in decisions], as_of)


def _record_decision(decision: PersonDecisionRow) -> RecordDecision:
    kind = DecisionKind.MERGE if decision.kind is PersonDecisionKind.MERGE else DecisionKind.PART
    return RecordDecision(
        decision_id=f"{decision.number:012d}",
        kind=kind,
        left_id=decision.left_id,
        right_id=decision.right_id,
        decided_at=decision.at,
        decided_by=decision.decided_by,
        undoes=decision.undoes,
    )


@dataclass(slots=True)
class _Following:
    moved: Counter[str] = field(default_factory=Counter[str])
    held_back: dict[str, str] = field(default_factory=dict[str, str])
    given_back: list[str] = field(default_factory=list[str])
    doubled: dict[str, str] = field(default_factory=dict[str, str])
    restored: list[str] = field(default_factory=list[str])


async def regroup(
    tx: AuditedTransaction, decisions: Sequence[PersonDecisionRow], last: PersonDecisionRow | None = None
) -> Followed:
    """
    Bring the records that decisions are about to where the decisions say, with all that follows.

    Parameters
    ----------
    decisions
        All that tie any of the records to any other.
    last
        The one that is new; what was issued under a merge that it undoes is looked at. Without one, all that is
        derived of the persons is worked out again.
    """
    person_of = persons_by(decisions).person_of()
    for volunteer_id in sorted(person_of):
        await lock_volunteer(tx, volunteer_id)
    parts = await parts_of(tx, list(person_of))
    missing = set(person_of) - set(parts)
    if missing:
        raise NotFoundError("no such volunteer", kind="volunteer", id=min(missing))
    done = _Following()
    touched = await _carry(tx, parts, person_of, done, reason=last.id if last else TWICE)
    if last is None:
        touched |= {home for each, home in person_of.items() if home != each}
    for person in sorted(touched):
        await _derive(tx, person, [parts[each] for each, home in person_of.items() if home == person], done)
    suspended, certificates = await _issued_meanwhile(tx, last, touched)
    return Followed(
        moved=dict(sorted(done.moved.items())),
        hours_held_back=done.held_back,
        hours_given_back=tuple(done.given_back),
        promises_doubled=done.doubled,
        promises_restored=tuple(done.restored),
        credentials_suspended=suspended,
        certificates_to_check=certificates,
    )


async def _carry(
    tx: AuditedTransaction,
    parts: Mapping[str, PartRow],
    person_of: Mapping[str, str],
    done: _Following,
    *,
    reason: str,
) -> set[str]:
    """Carry every record's rows home, and give the records that stand for whoever changed."""
    touched: set[str] = set()
    # Merged records come first: what came since is told apart while the record that held it still does.
    for each in sorted(parts, key=lambda one: (parts[one].merged_into is None, one)):
        part, home = parts[each], person_of[each]
        held = part.home
        if held == home == each:
            continue
        await keep_star(tx, part)
        if held == home:  # what was written under a merged record's own name, as an import does
            held = each
        counts = await carry_rows(tx, each, held, home)
        counts["HoursRecord"] = await _carry_hours(tx, each, held, home, reason)
        if part.home == home and not any(counts.values()):
            if part.status != VolunteerStatus.MERGED.value:  # an import wrote where it would stand by itself
                await join_part(tx, part, home)
            continue
        done.moved.update(counts)
        touched |= {home, person_of[part.home]}
        if home == each:
            await leave_part(tx, part)
        else:
            await join_part(tx, part, home)
    for each in sorted(touched):
        await keep_star(tx, parts[each])
    done.moved = +done.moved
    return touched


async def _carry_hours(tx: AuditedTransaction, origin: str, held: str, to: str, reason: str) -> int:
    origins = await origins_of_hours(tx, held)
    own = [record for record in await records_of(tx, held) if origins.get(record.id, held) == origin]
    for record in own:
        await move(tx, record, to, actor_id=tx.actor_id, at=tx.at, reason=reason)
        await set_hours_origin(tx, record.id, None if to == origin else origin)
    return len(own)


async def _derive(tx: AuditedTransaction, person: str, parts: Sequence[PartRow], done: _Following) -> None:
    await _count_once(tx, person, done)
    await _promise_once(tx, person, done)
    await settle_holds(tx, person)
    await settle_skills(tx, person, civil_date(tx.at))
    await settle_star(tx, person, parts)
    for part in parts:
        if part.id != person:
            await settle_holds(tx, part.id)
            await settle_skills(tx, part.id, civil_date(tx.at))
            await settle_star(tx, part.id, [part])


async def _count_once(tx: AuditedTransaction, person: str, done: _Following) -> None:
    """Hold back what tells again of time that another half's record tells of; give back what no longer does."""
    origins, sums = await origins_of_hours(tx, person), await sums_of(tx, person)
    records = {record.id: record for record in await records_of(tx, person)}
    spans: list[Span] = []
    for record in records.values():
        ours = record.state is RecordState.FROZEN and record.disputed_by == TWICE
        if not record.minutes or not (record.state in _COUNTING or ours):
            continue
        start, end, source = record.served_start, record.served_end, ""
        if (start is None or end is None) and record.id in sums:
            total = sums[record.id]
            start, end, source = total.start, total.end, f"{total.issuer}#{total.taken_down}"
        if start is not None and end is not None:
            spans.append(
                Span(
                    id=record.id,
                    of=origins.get(record.id, person),
                    since=record.recorded_at,
                    start=start,
                    end=end,
                    source=source,
                )
            )
    twice = doubled(spans)
    for record_id, record in records.items():
        ours = record.state is RecordState.FROZEN and record.disputed_by == TWICE
        if record_id in twice and not ours:
            await freeze_hours(tx, record, f"tells of the time of {twice[record_id]} again", by=TWICE)
            done.held_back[record_id] = twice[record_id]
        elif ours and record_id not in twice:
            await release_hours(tx, record)
            done.given_back.append(record_id)


async def _promise_once(tx: AuditedTransaction, person: str, done: _Following) -> None:
    """Put the later of two halves' claims for one time at risk; the desk looks for somebody else, nothing is freed."""
    promises = await promises_of(tx, person)
    twice = doubled(
        Span(id=each.id, of=each.origin or person, since=each.since, start=each.start, end=each.end)
        for each in promises
    )
    for promise in promises:
        doubles = twice.get(promise.id)
        if doubles == promise.doubles:
            continue
        await set_doubles(tx, promise.id, doubles, tx.at)
        if doubles is None:
            done.restored.append(promise.id)
        else:
            done.doubled[promise.id] = doubles


async def _issued_meanwhile(
    tx: AuditedTransaction, last: PersonDecisionRow | None, touched: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Suspend credentials that may tell of what the other half did; name certificates that may, which are on paper."""
    undone = await decision_by_id(tx, last.undoes) if last is not None and last.undoes else None
    if last is None or undone is None:
        return (), ()
    suspended = await issued_since(tx, sorted(touched), undone.at)
    for credential_id in suspended:
        await set_credential_state(
            tx,
            credential_id,
            CredentialState.SUSPENDED,
            reason="issued while two records stood as one",
            at=tx.at,
        )
        tx.record("credential.suspend", credential_id, detail={"decision": last.id})
    return tuple(suspended), tuple(await certified_since(tx, sorted(touched), undone.at))
