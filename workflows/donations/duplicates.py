"""
Second records of one gift: flagged for a person to look at, never put together.

Two persons of one name may give the same on one day, so nothing is concluded from a likeness. A flagged gift is not
posted until somebody has said that it is another one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from domain.actors import Actor
from domain.donations import Donation
from domain.errors import ConflictError
from domain.giving import DonationState
from graph.donations import donations_near
from graph.reads.donations import DonationFilter, compared_donations
from graph.schema import NODE_TYPE_BY_LABEL
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers.words import folded
from workflows.donations.steps import OFFICE, GiftStep, rules_for, said, take_step
from workflows.workspace import Outcome, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """By what two records are compared: who, how much, when and under which number."""

    donor: str
    amount_fen: int
    given_on: date | None
    reference: str | None


def likeness_of(gift: Donation) -> Likeness:
    """Give what a gift is compared by."""
    return Likeness(
        donor=donor_key(gift.donor_name, gift.passed_on_for),
        amount_fen=gift.amount_fen,
        given_on=gift.given_on,
        reference=gift.reference,
    )


def donor_key(name: str | None, passed_on_for: str | None) -> str:
    """Give a donor's name as it is compared: the giver's, width, case and blanks aside; empty is unknown."""
    return folded(passed_on_for or name or "")


def are_alike(one: Likeness, other: Likeness, window_days: int) -> bool:
    """
    Whether two records may be of one gift.

    Equal numbers of the payment say so by themselves; different ones say that they are two. Otherwise donor and
    amount are the same and the days, where both are known, lie within the window.
    """
    if one.amount_fen != other.amount_fen:
        return False
    if one.reference is not None and other.reference is not None:
        return folded(one.reference) == folded(other.reference)
    if not one.donor or one.donor != other.donor:
        return False
    if one.given_on is None or other.given_on is None:
        return True
    return abs((one.given_on - other.given_on).days) <= window_days


async def first_alike(tx: AuditedTransaction, actor: Actor, gift: Donation) -> str | None:
    """Give an earlier record that a gift may be a second one of, or None."""
    days = rules_for(tx, gift.region_path).duplicate_window_days.value
    others = await donations_near(tx, actor, gift, days)
    own = likeness_of(gift)
    seen = (other for other in others if gift.distinct_from != other.id)
    return next((other.id for other in seen if are_alike(own, likeness_of(other), days)), None)


def require_cleared(gift: Donation) -> None:
    """
    Go on only with a gift that is not flagged.

    Raises
    ------
    ConflictError
        It may be a second record of another gift.
    """
    if gift.duplicate_of is not None:
        raise ConflictError(
            "this may be a second record of a gift: say first that it is another one",
            id=gift.id,
            other=gift.duplicate_of,
        )


async def clear_duplicate(ws: Workspace, actor: Actor, step: GiftStep, *, reason: str) -> Outcome[Donation]:
    """
    Take down that a flagged gift is another one than it looks like.

    Raises
    ------
    ConflictError
        It is not flagged.
    """
    why = said(reason, "reason")

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        if gift.duplicate_of is None:
            raise ConflictError("the gift is not flagged", id=gift.id)
        tx.record("donation.clear_duplicate", gift.id, detail={"other": gift.duplicate_of})
        return replace(
            gift,
            duplicate_of=None,
            distinct_from=gift.duplicate_of,
            note=f"{gift.note}\n{why}" if gift.note else why,
        )

    return await take_step(ws, actor, step, work, "clear_duplicate", why)


def repeats_among(records: Iterable[tuple[str, Likeness]], window_days: int) -> dict[str, str]:
    """Give the records that may be second ones, each with the first of its kind by day and id."""
    groups: dict[tuple[str, str, int], list[tuple[str, Likeness]]] = {}
    found: dict[str, str] = {}
    for key, own in sorted(records, key=lambda record: (record[1].given_on or date.max, record[0])):
        kinds = [("donor", own.donor, own.amount_fen)] if own.donor else []
        kinds += [("reference", folded(own.reference), own.amount_fen)] if own.reference else []
        seen = (other for kind in kinds for other in groups.get(kind, []))
        first = next((other for other, likeness in seen if are_alike(own, likeness, window_days)), None)
        if first is not None:
            found[key] = first
            continue
        for kind in kinds:
            groups.setdefault(kind, []).append((key, own))
    return found


async def flag_duplicates(
    ws: Workspace, actor: Actor, narrowed: DonationFilter | None = None
) -> dict[str, str]:
    """
    Flag gifts to the actor's funds that may be second records, as two files that list one gift make them.

    Gives those that were flagged now, each with the first record. What a person has looked at stays as it is.
    """
    actor.require(*OFFICE)

    async def work(tx: AuditedTransaction) -> dict[str, str]:
        gifts = (await compared_donations(tx, actor, filter=narrowed or DonationFilter())).filter(
            pl.col("state") != DonationState.CANCELLED.value
        )
        days = rules_for(tx, actor.scope.region_paths[0]).duplicate_window_days.value
        rows = {row["id"]: row for row in gifts.iter_rows(named=True)}
        repeats = repeats_among(((key, _row_likeness(row)) for key, row in rows.items()), days)
        new = {
            key: first
            for key, first in repeats.items()
            if rows[key]["duplicate_of"] is None
            and rows[key]["distinct_from"] != first
            and rows[first]["distinct_from"] != key
        }
        if new:
            frame = pl.DataFrame({"id": list(new), "duplicate_of": list(new.values())})
            await tx.load_nodes(NODE_TYPE_BY_LABEL["Donation"], frame)
            tx.record("donation.flag_duplicates", "donations", detail={"count": len(new)})
        return new

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _row_likeness(row: dict[str, Any]) -> Likeness:
    return Likeness(
        donor=donor_key(row["donor_name"], row["passed_on_for"]),
        amount_fen=row["amount_fen"],
        given_on=row["given_on"],
        reference=row["reference"],
    )
