"""
The money that a round proposes against what stands now: each book, need and household before and after.

What a round has taken already is put back in thought before it is compared, so ``before`` less ``after`` is what the
round proposes, whether it was published or not. Rows that the world has moved away from since are said so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import cast

from domain.actors import Actor
from domain.funds import FundState
from domain.ledger import FundAccount, book_id
from domain.needs import OPEN_FOR_MATCHING, NeedKind, SubjectKind
from domain.purposes import Earmark
from domain.rounds import ProposalState, RoundState
from domain.time import civil_date
from graph.earmarks import find_earmarks
from graph.ledger.balances import book_balances
from graph.ports import ReadTransaction
from graph.reads.fund_overview import BookKey
from graph.reads.funds import FundRow, funds_by_ids
from graph.reads.round_money import (
    GivenNow,
    MoneyLine,
    NeedNow,
    given_to_needs,
    given_to_subjects,
    money_of_rounds,
    needs_now,
    versions_seen,
)
from graph.reads.rounds import RoundRow, round_before, round_by_id
from matching.policy import Policy, policy_on
from workflows.allocations.fitness import PAID_WITHIN
from workflows.federation.overview import READERS
from workflows.workspace import Workspace

STANDING = frozenset(
    {ProposalState.PROPOSED, ProposalState.OFFERED, ProposalState.ACCEPTED, ProposalState.CONFIRMED}
)
"""Proposals that still stand; others were declined or withdrawn."""


class PlanChange(StrEnum):
    """What became of a sum since the round before."""

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    SAME = "SAME"
    REMOVED = "REMOVED"


class StaleReason(StrEnum):
    """Why a line no longer fits what stands now."""

    NEED_CHANGED = "NEED_CHANGED"
    NEED_CLOSED = "NEED_CLOSED"
    ALREADY_GIVEN = "ALREADY_GIVEN"
    CEILING_REACHED = "CEILING_REACHED"
    BOOK_CHANGED = "BOOK_CHANGED"
    BOOK_SHORT = "BOOK_SHORT"
    FUND_NOT_OPEN = "FUND_NOT_OPEN"
    PURPOSE_OVER = "PURPOSE_OVER"
    DROPPED = "DROPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """
    One sum of the plan.

    Parameters
    ----------
    previous_fen
        What the round before proposed from the same book for the same need.
    stale
        Why it no longer fits, if so.
    """

    line: MoneyLine
    name: str
    household: int | None
    previous_fen: int
    change: PlanChange
    stale: tuple[StaleReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A sum that the round before proposed and this one does not, and what became of it."""

    line: MoneyLine
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookDifference:
    """
    A book before and after the plan, in fen.

    Parameters
    ----------
    before_fen
        Free money, with what the round has taken of it already put back.
    proposed_fen
        What the lines that stand ask for: ``before_fen - after_fen``.
    held_fen
        What of that is set aside or paid already.
    seen_fen
        Free money that the round saw; None where it kept none.
    """

    fund_id: str
    earmark_id: str | None
    name: str
    before_fen: int
    proposed_fen: int
    held_fen: int
    seen_fen: int | None

    @property
    def now_fen(self) -> int:
        """Free money now."""
        return self.before_fen - self.held_fen

    @property
    def after_fen(self) -> int:
        """Free money when all of the plan is taken."""
        return self.before_fen - self.proposed_fen

    @property
    def changed_fen(self) -> int:
        """What came or went since the round saw it, by others than the round."""
        return 0 if self.seen_fen is None else self.before_fen - self.seen_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedDifference:
    """
    A need before and after the plan, in fen; ``given_fen`` is of all funds and rounds, this one's left out.

    ``ceiling_left_fen`` is what its household may still be given after the plan; None where nothing bounds it.
    """

    need: NeedNow
    household: int | None
    given_fen: int
    proposed_fen: int
    ceiling_left_fen: int | None

    @property
    def left_fen(self) -> int:
        """Money that is still missing after the plan."""
        return max(0, self.need.gap_fen - self.given_fen - self.proposed_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdDifference:
    """
    A household before and after the plan, in fen, over all funds in the period of the ceiling (HC-19).

    ``number`` counts the plan's households and means nothing outside it: nobody is named.
    """

    number: int
    needs: int
    given_fen: int
    proposed_fen: int
    ceiling_fen: int | None

    @property
    def left_fen(self) -> int | None:
        """What it may still be given after the plan."""
        if self.ceiling_fen is None:
            return None
        return max(0, self.ceiling_fen - self.given_fen - self.proposed_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPlan:
    """A round's money against what stands now and against the round before."""

    round: RoundRow
    previous: RoundRow | None
    as_of: datetime
    lines: tuple[PlanLine, ...]
    removed: tuple[Removed, ...]
    books: tuple[BookDifference, ...]
    needs: tuple[NeedDifference, ...]
    households: tuple[HouseholdDifference, ...]

    @property
    def proposed_fen(self) -> int:
        """What the lines that stand ask for."""
        return sum(each.line.amount_fen for each in self.lines if each.line.state in STANDING)

    @property
    def stale_lines(self) -> int:
        """Lines that no longer fit."""
        return sum(1 for each in self.lines if each.stale)


async def allocation_plan(
    ws: Workspace, actor: Actor, round_id: str, *, against: str | None = None
) -> AllocationPlan:
    """
    Hold a round's money against what stands now.

    Parameters
    ----------
    against
        The round to compare with; None is the last one of the same place before it.

    Raises
    ------
    NotFoundError
        A round that the actor may not see: a federation sees those that are published.
    NotPermittedError
        Neither a federation, a desk nor an office.
    """
    actor.require(*READERS)
    now = ws.clock().astimezone(UTC)
    return await ws.store.read(lambda tx: _read(tx, actor, round_id, against, now))


async def _read(
    tx: ReadTransaction, actor: Actor, round_id: str, against: str | None, now: datetime
) -> AllocationPlan:
    row = await round_by_id(tx, actor, round_id)
    if against is None:
        previous = await round_before(tx, actor, round_id)
    else:
        previous = await round_by_id(tx, actor, against)
    keys = [round_id, *([previous.id] if previous else [])]
    found = await money_of_rounds(tx, actor, keys)
    lines, before = found.get(round_id, []), found.get(previous.id, []) if previous else []
    need_ids = [line.need_id for line in lines]
    needs = await needs_now(tx, need_ids)
    subjects = sorted(
        {
            need.subject_id
            for need in needs.values()
            if need.subject_kind is SubjectKind.HOUSEHOLD and need.subject_id is not None
        }
    )
    fund_ids = sorted({line.fund_id for line in (*lines, *before)})
    earmark_ids = sorted({line.earmark_id for line in (*lines, *before) if line.earmark_id})
    standing = _Standing(
        round=row,
        now=now,
        lines=lines,
        needs=needs,
        households={subject: number for number, subject in enumerate(subjects, start=1)},
        seen=await versions_seen(tx, round_id, need_ids),
        given=await given_to_needs(tx, need_ids),
        to_subjects=await given_to_subjects(tx, subjects, since=now - PAID_WITHIN),
        balances=await book_balances(tx, fund_ids),
        funds=await funds_by_ids(tx, actor, fund_ids),
        earmarks=await find_earmarks(tx, earmark_ids) if earmark_ids else {},
        policy=policy_on(civil_date(now)),
    )
    return standing.plan(previous, before)


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """What stands now, and the lines that are held against it."""

    round: RoundRow
    now: datetime
    lines: Sequence[MoneyLine]
    needs: Mapping[str, NeedNow]
    households: Mapping[str, int]
    seen: Mapping[str, int | None]
    given: Sequence[GivenNow]
    to_subjects: Sequence[GivenNow]
    balances: Mapping[BookKey, Mapping[FundAccount, int]]
    funds: Mapping[str, FundRow]
    earmarks: Mapping[str, Earmark]
    policy: Policy

    def plan(self, previous: RoundRow | None, before: Sequence[MoneyLine]) -> AllocationPlan:
        books = {book_id(each.fund_id, each.earmark_id): each for each in self._books()}
        needs = {each.need.id: each for each in self._needs()}
        old = {_at(line): line for line in before}
        lines = tuple(self._line(line, old.get(_at(line)), books, needs) for line in self.lines)
        kept = {_at(line) for line in self.lines if line.state in STANDING}
        return AllocationPlan(
            round=self.round,
            previous=previous,
            as_of=self.now,
            lines=lines,
            removed=tuple(
                Removed(line=line, name=self._name(line.fund_id, line.earmark_id))
                for line in before
                if _at(line) not in kept
            ),
            books=tuple(books[key] for key in sorted(books)),
            needs=tuple(needs[key] for key in sorted(needs)),
            households=tuple(self._household(subject) for subject in self.households),
        )

    def _books(self) -> Iterable[BookDifference]:
        """Each book that a line names."""
        seen = {
            (str(entry["fund_id"]), cast("str | None", entry.get("earmark_id"))): int(
                cast("int", entry["free_fen"])
            )
            for entry in cast("list[Mapping[str, object]]", self.round.summary.get("by_fund", []))
        }
        by_book: dict[BookKey, list[MoneyLine]] = defaultdict(list)
        for line in self.lines:
            by_book[line.fund_id, line.earmark_id].append(line)
        for key, own in by_book.items():
            held_fen = sum(self._taken.get(line.id, 0) for line in own if line.state in STANDING)
            free = self.balances.get(key, {}).get(FundAccount.AVAILABLE, 0)
            yield BookDifference(
                fund_id=key[0],
                earmark_id=key[1],
                name=self._name(*key),
                before_fen=free + held_fen,
                proposed_fen=sum(line.amount_fen for line in own if line.state in STANDING),
                held_fen=held_fen,
                seen_fen=seen.get(key),
            )

    def _needs(self) -> Iterable[NeedDifference]:
        proposed: dict[str, int] = defaultdict(int)
        for line in self.lines:
            proposed[line.need_id] += line.amount_fen if line.state in STANDING else 0
        given: dict[str, int] = defaultdict(int)
        for each in self._others(self.given):
            given[each.need_id] += each.amount_fen
        for need_id in sorted(proposed.keys() & self.needs.keys()):
            need = self.needs[need_id]
            yield NeedDifference(
                need=need,
                household=self._number(need),
                given_fen=given[need_id],
                proposed_fen=proposed[need_id],
                ceiling_left_fen=self._ceiling_left(need),
            )

    def _others(self, given: Iterable[GivenNow]) -> list[GivenNow]:
        """Leave out what is this round's own."""
        own = {line.id for line in self.lines}
        return [each for each in given if each.id not in own]

    def _number(self, need: NeedNow) -> int | None:
        return None if need.subject_id is None else self.households.get(need.subject_id)

    @cached_property
    def _proposed_to(self) -> Mapping[tuple[str, str], int]:
        """What the lines that stand give, by subject and kind of need."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for line in self.lines:
            need = self.needs.get(line.need_id)
            if line.state in STANDING and need is not None and need.subject_id is not None:
                sums[need.subject_id, need.kind] += line.amount_fen
        return sums

    @cached_property
    def _given_to(self) -> Mapping[tuple[str, str], int]:
        """What others than this round gave within the period, by subject and kind of need."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for each in self._others(self.to_subjects):
            if each.subject_id is not None:
                sums[each.subject_id, each.kind] += each.amount_fen
        return sums

    def _ceiling_left(self, need: NeedNow) -> int | None:
        """Give what the tighter ceiling of a household leaves, that of the need's kind or that over all."""
        subject = need.subject_id
        if subject is None or subject not in self.households:
            return None
        limits = self.policy.ceilings_in(need.region_path)
        left: list[int] = []
        if limits.total is not None:
            had = _sum(self._given_to, subject) + _sum(self._proposed_to, subject)
            left.append(limits.total.value - had)
        if (limit := limits.by_kind.get(need.kind)) is not None:
            key = (subject, need.kind)
            left.append(limit.value - self._given_to.get(key, 0) - self._proposed_to.get(key, 0))
        return min(left, default=None)

    def _household(self, subject: str) -> HouseholdDifference:
        own = self._of_subject[subject]
        limit = self.policy.ceilings_in(min(need.region_path for need in own)).total
        return HouseholdDifference(
            number=self.households[subject],
            needs=len(own),
            given_fen=_sum(self._given_to, subject),
            proposed_fen=_sum(self._proposed_to, subject),
            ceiling_fen=None if limit is None else limit.value,
        )

    @cached_property
    def _of_subject(self) -> Mapping[str, list[NeedNow]]:
        found: dict[str, list[NeedNow]] = defaultdict(list)
        for need in self.needs.values():
            if need.subject_id is not None:
                found[need.subject_id].append(need)
        return found

    @cached_property
    def _taken(self) -> Mapping[str, int]:
        """What is set aside or paid, by its proposal."""
        return {each.id: each.amount_fen for each in self.given}

    def _line(
        self,
        line: MoneyLine,
        old: MoneyLine | None,
        books: Mapping[str, BookDifference],
        needs: Mapping[str, NeedDifference],
    ) -> PlanLine:
        change = PlanChange.ADDED
        if old is not None:
            change = PlanChange.SAME if old.amount_fen == line.amount_fen else PlanChange.CHANGED
        need = self.needs.get(line.need_id)
        return PlanLine(
            line=line,
            name=self._name(line.fund_id, line.earmark_id),
            household=None if need is None else self._number(need),
            previous_fen=0 if old is None else old.amount_fen,
            change=change,
            stale=tuple(
                self._stale(line, books[book_id(line.fund_id, line.earmark_id)], needs.get(line.need_id))
            ),
        )

    def _stale(
        self, line: MoneyLine, book: BookDifference, need: NeedDifference | None
    ) -> Iterable[StaleReason]:
        """Why a line no longer fits; what was taken already has passed these walls when it was taken."""
        if line.state not in STANDING:
            yield StaleReason.DROPPED
            return
        if line.id in self._taken or self.round.state is not RoundState.SOLVED:
            return
        if need is None or need.need.state not in OPEN_FOR_MATCHING:
            yield StaleReason.NEED_CLOSED
        elif self.seen.get(line.need_id) not in (None, need.need.version):
            yield StaleReason.NEED_CHANGED
        if need is not None and need.proposed_fen + need.given_fen > need.need.gap_fen:
            yield StaleReason.ALREADY_GIVEN
        if need is not None and need.ceiling_left_fen is not None and need.ceiling_left_fen < 0:
            yield StaleReason.CEILING_REACHED
        if book.after_fen < 0:
            yield StaleReason.BOOK_SHORT
        elif book.changed_fen:
            yield StaleReason.BOOK_CHANGED
        yield from self._stale_fund(line)

    def _stale_fund(self, line: MoneyLine) -> Iterable[StaleReason]:
        fund = self.funds.get(line.fund_id)
        if fund is not None and (fund.state is not FundState.OPEN or fund.closed_at is not None):
            yield StaleReason.FUND_NOT_OPEN
        ends = [fund.valid_to if fund else None]
        if line.earmark_id is not None and line.earmark_id in self.earmarks:
            ends.append(self.earmarks[line.earmark_id].purpose.restriction.validity.valid_to)
        if any(_is_over(end, civil_date(self.now)) for end in ends):
            yield StaleReason.PURPOSE_OVER

    def _name(self, fund_id: str, earmark_id: str | None) -> str:
        """Give what a book is called, as far as the actor may see its fund."""
        fund = self.funds.get(fund_id)
        if fund is None:
            return ""
        mark = self.earmarks.get(earmark_id) if earmark_id else None
        return fund.name if mark is None else f"{fund.name} / {mark.name}"


def _sum(sums: Mapping[tuple[str, str], int], subject: str) -> int:
    return sum(sums.get((subject, kind.value), 0) for kind in NeedKind)


def _is_over(end: date | None, today: date) -> bool:
    return end is not None and end <= today


def _at(line: MoneyLine) -> tuple[str, str, str | None]:
    return line.need_id, line.fund_id, line.earmark_id
