"""
Whether money was set aside and paid inside the purpose that was in force (HC-11).

A payment keeps the promise of its reservation: it is judged as that was, by the purpose of that day. An entry is
judged by what it says of its need, which is what was known then; one that was taken back is not judged. On the
day that a purpose changes, what either of the two allows is inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import polars as pl

from domain.ledger import EntrySource, FundEntryKind
from domain.needs import NeedCategory, SubjectKind
from domain.people import Situation, parse_situation
from domain.purposes import Purpose, PurposeState
from domain.time import civil_date
from graph.ledger.books import SEPARATOR
from graph.ports import GraphStore, Record
from graph.purpose_columns import purpose_of
from graph.schema import NODE_TYPE_BY_LABEL

_NEVER_IN_FORCE = frozenset({PurposeState.PROPOSED.value, PurposeState.REFUSED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    effective_from: date
    number: int
    purpose: Purpose


async def crossing(store: GraphStore, entries: pl.DataFrame) -> tuple[int, pl.Series]:
    """Give how many reservations and payments for needs were judged, and the ids of those outside."""
    moved = entries.filter(
        pl.col("kind").is_in([FundEntryKind.RESERVE.value, FundEntryKind.DISBURSE.value])
        & (pl.col("source_kind") == EntrySource.ALLOCATION.value)
        & pl.col("need_id").is_not_null()
        & pl.col("need_category").is_not_null()
        & ~pl.col("id").is_in(entries["reverses"].drop_nulls().implode())
    )
    if moved.is_empty():
        return 0, pl.Series(dtype=pl.String)
    now = {
        owner: purpose for label in ("Fund", "Earmark") for owner, purpose in await _purposes(store, label)
    }
    versions = await _versions(store)
    reserved = {
        row["source_id"]: row
        for row in moved.iter_rows(named=True)
        if row["kind"] == FundEntryKind.RESERVE.value
    }
    outside = [
        row["id"]
        for row in moved.iter_rows(named=True)
        if not all(
            _allows(owner, now, versions, reserved.get(row["source_id"], row))
            for owner in (row["fund_id"], row["earmark_id"])
            if owner is not None
        )
    ]
    return moved.height, pl.Series(outside, dtype=pl.String)


async def _purposes(store: GraphStore, label: str) -> list[tuple[str, Purpose]]:
    """Give what funds or earmarks are for now."""
    return [
        (row["id"], purpose_of(cast("Record", row)))
        async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL[label])
        for row in frame.iter_rows(named=True)
    ]


async def _versions(store: GraphStore) -> dict[str, list[_Version]]:
    """Give the purposes that ever were in force, by owner, first to last."""
    found: dict[str, list[_Version]] = {}
    async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["PurposeVersion"]):
        for row in frame.filter(~pl.col("state").is_in(_NEVER_IN_FORCE)).iter_rows(named=True):
            version = _Version(
                effective_from=row["effective_from"],
                number=row["number"] or 0,
                purpose=purpose_of(cast("Record", row)),
            )
            found.setdefault(row["owner_id"], []).append(version)
    return {owner: sorted(each, key=lambda v: (v.effective_from, v.number)) for owner, each in found.items()}


def _allows(
    owner: str, now: Mapping[str, Purpose], versions: Mapping[str, list[_Version]], row: Record
) -> bool:
    """Whether a purpose of the entry's day allows its need; one that nobody wrote down allows it."""
    day = civil_date(cast("datetime", row["at"]))
    held = [version for version in versions.get(owner, ()) if version.effective_from <= day]
    if held:
        before = [version for version in held if version.effective_from < day]
        purposes = [version.purpose for version in held[max(len(before) - 1, 0) :]]
    elif owner in versions or owner not in now:
        return True
    else:
        purposes = [now[owner]]
    situations: frozenset[Situation] = frozenset(
        parse_situation(code) for code in str(row["need_situations"] or "").split(SEPARATOR) if code
    )
    return any(
        purpose.allows(
            category=NeedCategory(cast("str", row["need_category"])),
            situations=situations,
            region_path=cast("str", row["need_region_path"]),
            subject=SubjectKind(cast("str", row["subject_kind"] or SubjectKind.ANONYMOUS)),
            day=day,
        )
        for purpose in purposes
    )
