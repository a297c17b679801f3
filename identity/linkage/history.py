"""
Merges and unmerges as decisions that are never taken back, only followed by others.

Who belongs to whom at any moment is the replay of all decisions up to then: a merge that was wrong leaves no trace in
the persons of today, and every trace in what was decided. Nothing here is stored; workflows keep the decisions and
act on the changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import polars as pl

from domain.errors import ConflictError, InvalidInputError, NotFoundError
from identity.linkage.clustering import Clusters, Link, cluster
from identity.linkage.records import pair_frame

T = TypeVar("T")


class DecisionKind(StrEnum):
    """What was decided of two records."""

    MERGE = "merge"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDecision:
    """
    One decision about two records.

    Parameters
    ----------
    decision_id
        Given by the caller.
    kind
        Merge: they are one person's. Part: they are not, whatever speaks for it.
    left_id, right_id
        The records.
    decided_at
        Aware; decisions of one moment follow their ids.
    decided_by
        A reviewer, or the rule.
    undoes
        The decision that this one takes back, if it does.
    """

    decision_id: str
    kind: DecisionKind
    left_id: str
    right_id: str
    decided_at: datetime
    decided_by: str
    undoes: str | None = None

    def __post_init__(self) -> None:
        if self.left_id == self.right_id:
            raise InvalidInputError("a decision is about two records", field="right_id", value=self.right_id)
        if self.decided_at.tzinfo is None:
            raise InvalidInputError("a time needs its zone", field="decided_at", reason="zone")

    @property
    def link(self) -> Link:
        """The two records, in one order."""
        return (
            (self.left_id, self.right_id) if self.left_id < self.right_id else (self.right_id, self.left_id)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRecord:
    """A record that went from one person to another; what was derived from it is derived anew."""

    record_id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decisions come to: the last one of each pair."""

    must_link: tuple[Link, ...]
    cannot_link: tuple[Link, ...]


def standing(decisions: Iterable[RecordDecision], as_of: datetime | None = None) -> Standing:
    """
    Give the decisions that stand.

    Parameters
    ----------
    decisions
        In any order.
    as_of
        Moment to look back to; without it the present.

    Raises
    ------
    ConflictError
        Two decisions have one id.
    """
    last: dict[Link, RecordDecision] = {}
    seen: dict[str, RecordDecision] = {}
    for decision in sorted(decisions, key=lambda one: (one.decided_at, one.decision_id)):
        if seen.setdefault(decision.decision_id, decision) != decision:
            raise ConflictError("two decisions have one id", decision=decision.decision_id)
        if as_of is None or decision.decided_at <= as_of:
            last[decision.link] = decision
    return Standing(
        must_link=tuple(sorted(link for link, one in last.items() if one.kind is DecisionKind.MERGE)),
        cannot_link=tuple(sorted(link for link, one in last.items() if one.kind is DecisionKind.PART)),
    )


def replay(
    records: pl.DataFrame, decisions: Sequence[RecordDecision], as_of: datetime | None = None
) -> Clusters:
    """
    Give the persons that decisions make of records.

    Parameters
    ----------
    records
        As ``cluster`` takes them.
    decisions
        All of them, in any order.
    as_of
        Moment to look back to.
    """
    now = standing(decisions, as_of)
    return cluster(records, pair_frame(), must_link=now.must_link, cannot_link=now.cannot_link)


def unmerge(
    decisions: Sequence[RecordDecision],
    merge_id: str,
    *,
    decision_id: str,
    decided_at: datetime,
    decided_by: str,
) -> RecordDecision:
    """
    Give the decision that takes a merge back: the two records are parted until somebody merges them anew.

    Raises
    ------
    NotFoundError
        No such merge.
    ConflictError
        It does not stand any more.
    """
    merge = next(
        (one for one in decisions if one.decision_id == merge_id and one.kind is DecisionKind.MERGE), None
    )
    if merge is None:
        raise NotFoundError("no such merge", decision=merge_id)
    if merge.link not in standing(decisions).must_link:
        raise ConflictError("the merge does not stand any more", decision=merge_id, reason="not_standing")
    return RecordDecision(
        decision_id=decision_id,
        kind=DecisionKind.PART,
        left_id=merge.left_id,
        right_id=merge.right_id,
        decided_at=decided_at,
        decided_by=decided_by,
        undoes=merge_id,
    )


def moved(before: Clusters, after: Clusters) -> tuple[MovedRecord, ...]:
    """Give the records whose person changed; claims of both persons are derived anew, and both are told."""
    was, now = before.person_of(), after.person_of()
    return tuple(
        MovedRecord(record_id=record, before=was.get(record, record), after=person)
        for record, person in sorted(now.items())
        if was.get(record, record) != person
    )


def derived(facts: Mapping[str, Sequence[T]], persons: Clusters) -> dict[str, tuple[T, ...]]:
    """
    Give the facts of each person from those of their records.

    What a person has is always derived from records, never kept beside them: after an unmerge it is as if they had
    never been one.
    """
    return {
        person: tuple(fact for record in records for fact in facts.get(record, ()))
        for person, records in persons.members.items()
    }
