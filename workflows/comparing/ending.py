"""
A status that ends: the household's open needs are looked at again, never closed by a machine (HC-26).

A need that nobody helps with yet, or that help is promised to, goes to a case conference (ESCALATED) with the ground
as its reason; whoever made a promise is told and the promise stands. What waits to be verified is looked at anyway,
and a service that has begun goes on: of these the desk is told alone. Child protection is left to its own desk (HC-25).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import cast

import polars as pl

from domain.actors import Actor
from domain.comparing import Difference, EndGround, EndState
from domain.needs import NeedState
from domain.notices import DESK_INBOX, NewNotice, NoticeCode
from domain.rounds import ProposalKind, ProposalState
from graph.claims import active_claims
from graph.comparing import known_ends, open_needs_of, write_end
from graph.needs import lock_any_need, move_need
from graph.proposals import lock_proposals_of_need, owner_of_gift
from graph.reads.needs import NeedRow
from graph.stations import station_for
from graph.unit_of_work import AuditedTransaction
from importers.batches import node_id
from workflows.comparing.people import RowPeople
from workflows.comparing.rules_in_force import CompareRules, EndRule, When
from workflows.needs.conferences import open_conference
from workflows.notices.telling import notify
from workflows.workspace import Workspace

_PROMISES = (ProposalState.OFFERED, ProposalState.ACCEPTED)
_BY_WAY_OF = {
    NeedState.MATCHED: NeedState.VERIFIED,
    NeedState.OFFERED: NeedState.MATCHING,
    NeedState.ACCEPTED: NeedState.MATCHING,
}
"""States from which a conference takes two steps."""
_LOOKED_AT_AGAIN = frozenset({NeedState.VERIFIED, NeedState.MATCHING, NeedState.PARTIAL, *_BY_WAY_OF})


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """
    A status of a person that a comparison shows to have ended.

    ``ended_on`` is the day that the list says, or that of the comparison.
    """

    person_id: str
    household_id: str | None
    region_path: str
    ground: EndGround
    department: str | None
    event: str | None
    ended_on: date

    @property
    def id(self) -> str:
        """Its key: a status of a person ends once by one list on one day."""
        words = (
            self.person_id,
            self.ground.value,
            self.department or "",
            self.event or "",
            self.ended_on.isoformat(),
        )
        return node_id("StatusEnd", "", words)


def ends_of(
    lines: pl.DataFrame,
    label: str,
    people: RowPeople,
    rules: CompareRules,
    day: date,
    *,
    deaths: pl.DataFrame,
) -> list[End]:
    """
    Give the statuses that end by a comparison, each person's once by each ground.

    Who is on a list of deaths has died, whichever list they leave first: neither moved away nor no longer qualifies.
    """
    died = {row["resident_id"]: row for row in deaths.sort("occurred_on", "id").iter_rows(named=True)}
    found: dict[str, End] = {}
    for rule in rules.ends:
        if rule.label == label:
            for end in _by_rule(rule, lines, people, day):
                said = _by_death(end, died[end.person_id], day) if end.person_id in died else end
                found.setdefault(said.id, said)
    return [found[key] for key in sorted(found)]


def _by_death(end: End, row: Mapping[str, object], day: date) -> End:
    """Give an end as the list of deaths gives it, so that either is the other."""
    return replace(
        end,
        ground=EndGround.DIED,
        department=cast("str", row["department"]),
        event=cast("str", row["event"]),
        ended_on=cast("date | None", row["occurred_on"]) or day,
    )


def _by_rule(rule: EndRule, lines: pl.DataFrame, people: RowPeople, day: date) -> Iterator[End]:
    if rule.label != "DepartmentRecord":
        yield from _by_register(rule, lines, day)
        return
    of_list = (pl.col("department") == rule.department) & (pl.col("event") == rule.event)
    before, after = people.before.filter(of_list), people.after.filter(of_list)
    if rule.when is When.ON_LEAVING:
        gone = before.join(after.select("person_id"), on="person_id", how="anti")
        yield from _ends(gone.sort("occurred_on", "id"), rule, day)
    elif rule.when is When.ON_ENTERING:
        come = after.join(before.select("person_id"), on="person_id", how="anti")
        yield from _ends(come.sort("occurred_on", "id"), rule, day, by_row=True)
    elif rule.when is When.ON_EXPIRY and rule.after_days is not None:
        newest = (
            after.sort("occurred_on", "id", nulls_last=False)
            .group_by("person_id", maintain_order=True)
            .last()
        )
        lasts = pl.duration(days=rule.after_days.value)
        over = newest.with_columns((pl.col("occurred_on") + lasts).alias("occurred_on")).filter(
            pl.col("occurred_on") < day
        )
        yield from _ends(over, rule, day, by_row=True)


def _by_register(rule: EndRule, lines: pl.DataFrame, day: date) -> Iterator[End]:
    if rule.when is When.ON_LEAVING:
        yield from _ends(lines.filter(pl.col("kind") == Difference.REMOVED), rule, day)
    elif rule.when is When.ON_LOSING:
        lost = {each.value for each in rule.situations}
        changed = lines.filter(pl.col("kind") == Difference.CHANGED)
        for row in changed.iter_rows(named=True):
            for change in row["changes"]:
                if change["field"] == "situations" and _codes(change["before"]) & lost - _codes(
                    change["after"]
                ):
                    yield _end(row, rule, day)


def _codes(text: str | None) -> set[str]:
    return {part for part in (text or "").split(", ") if part}


def _ends(rows: pl.DataFrame, rule: EndRule, day: date, *, by_row: bool = False) -> Iterator[End]:
    once = rows.filter(pl.col("person_id").is_not_null()).unique(
        "person_id", keep="last", maintain_order=True
    )
    for row in once.iter_rows(named=True):
        yield _end(row, rule, (row["occurred_on"] or day) if by_row else day)


def _end(row: dict[str, object], rule: EndRule, day: date) -> End:
    return End(
        person_id=cast("str", row["person_id"]),
        household_id=cast("str | None", row["household_id"]),
        region_path=cast("str | None", row["region_path"]) or "/",
        ground=rule.ground,
        department=rule.department,
        event=rule.event,
        ended_on=day,
    )


async def record_ends(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, run_id: str, ends: list[End], rules: CompareRules
) -> dict[str, int]:
    """Write down which statuses ended, and lead the open needs of their households to a conference."""
    known = await known_ends(tx, [end.id for end in ends]) if ends else set[str]()
    fresh = [end for end in ends if end.id not in known]
    homes = sorted({end.household_id for end in fresh if end.household_id is not None})
    needs = await open_needs_of(tx, actor, homes) if homes else {}
    reviewed = 0
    for end in fresh:
        need_ids = needs.get(end.household_id or "", [])
        steps: list[tuple[str, str, str]] = []
        for need_id in need_ids:
            step = await _look_again(ws, tx, actor, await lock_any_need(tx, need_id), end, rules)
            if step is not None:
                steps.append(step)
        reviewed += len(steps)
        await write_end(
            tx,
            {
                "id": end.id,
                "run_id": run_id,
                "person_id": end.person_id,
                "household_id": end.household_id,
                "ground": end.ground.value,
                "department": end.department,
                "event": end.event,
                "state": EndState.STANDS.value,
                "need_ids": need_ids,
                "steps": json.dumps(steps),
                "ended_on": end.ended_on,
                "at": tx.at,
                "region_path": end.region_path,
                "version": 1,
            },
        )
        tx.record("status.end", end.id, detail={"ground": end.ground.value, "needs": len(need_ids)})
    return {"statuses_ended": len(fresh), "needs_to_review": reviewed}


async def _look_again(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, need: NeedRow, end: End, rules: CompareRules
) -> tuple[str, str, str] | None:
    """Lead a need to a conference, and tell those who promised something; None where it stays where it is."""
    owner = need.station_id or await station_for(tx, need.region_path) or DESK_INBOX
    told = {"ground": end.ground.value}
    if need.state not in _LOOKED_AT_AGAIN:
        await _tell(ws, tx, need, owner, told)
        return None
    before = need.state
    reason = " ".join(
        part for part in (end.ground.value, end.department, end.event, end.ended_on.isoformat()) if part
    )
    for recipient in await _promised_by(tx, need):
        await _tell(ws, tx, need, recipient, told)
    if before in _BY_WAY_OF:
        need = await move_need(tx, actor, need, _BY_WAY_OF[before], at=tx.at, reason=reason)
    conference = ws.new_id()
    await open_conference(
        ws,
        tx,
        actor,
        need,
        conference_id=conference,
        reason=reason,
        owner_id=owner,
        due_at=tx.at + timedelta(days=rules.review_days.value),
    )
    return need.id, before.value, conference


async def _promised_by(tx: AuditedTransaction, need: NeedRow) -> list[str]:
    """Give the volunteers who hold its places, and the owners of money and goods set aside for it."""
    told = {claim.volunteer_id for claim in await active_claims(tx, need.id)}
    for proposal in await lock_proposals_of_need(tx, need.id, _PROMISES):
        if proposal.kind is ProposalKind.VOLUNTEER:
            if proposal.volunteer_id is not None:
                told.add(proposal.volunteer_id)
        else:
            owner = await owner_of_gift(tx, proposal)
            if owner is not None:
                told.add(owner)
    return sorted(told)


async def _tell(
    ws: Workspace, tx: AuditedTransaction, need: NeedRow, recipient: str, told: Mapping[str, str | int]
) -> None:
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=recipient,
            code=NoticeCode.NEED_UNDER_REVIEW,
            subject_id=need.id,
            region_path=need.region_path,
            parameters=told,
        ),
    )
