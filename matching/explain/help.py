"""
What would help: single changes after which a need is met and the plan is worth no less, each tried out.

Changes are guessed from what was missing and then solved, the need alone beside the rest of the plan, or
together with the needs of the people that the change concerns. What fails the trial is not told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from domain.people import Licence
from matching.arrays import IntArray
from matching.explain.changes import change_of
from matching.explain.misses import Lack, Misses, judge
from matching.explain.needs import (
    CONSENT,
    LACKS_PEOPLE,
    Findings,
    ReasonCode,
    empty_slots,
    missing_items,
    reach,
)
from matching.explain.resolve import Beside, solved
from matching.formulation.build import Formulation
from matching.formulation.instance import civil_day
from matching.formulation.starts import Starts, popular_starts
from matching.model import Draft
from matching.plan import Reason
from matching.scenario import Scenario
from matching.solvers.giving.dealing import Leftovers
from matching.statements import Help, HelpCode, Parameters

_TRIAL_S = 1.0
_MOST_A_NEED = 4
_TIMES = 2
_JOINT_NEEDS = 8
_FARTHER_M = 20_000  # nobody is asked to go farther than that beyond what they offer


@dataclass(slots=True, kw_only=True)
class Trials:
    """How many small problems may still be solved."""

    left: int

    def take(self) -> bool:
        """Use one up, if there is one."""
        self.left -= 1
        return self.left >= 0


class Helper:
    """Finds helps for the unmatched needs of one plan."""

    def __init__(self, beside: Beside, findings: Findings, draft: Draft, trials: Trials) -> None:
        self._beside, self._trials, self._draft = beside, trials, draft
        self._made: Formulation = beside.made
        self._misses: Misses = findings.misses
        self._left = Leftovers(self._made.model, draft.copy())
        labels = self._made.labels
        self._need_at = {key: need for need, key in enumerate(labels.needs)}
        self._busy = np.zeros(len(labels.volunteers), dtype=np.bool_)
        arcs = self._made.model.people.arcs
        self._busy[arcs.volunteer[draft.chosen]] = True
        self._single = {
            lack: self._misses.single(lack, self._busy)
            for lack in (Lack.FAR, Lack.HOURS, "HC-02", "HC-09", "HC-03", "HC-08")
        }
        self._looked_at = _rows_by_slot(self._misses)
        self._served: dict[str, set[str]] = {}
        for visit in beside.plan.assignments:
            self._served.setdefault(visit.volunteer_id, set()).add(visit.need_id)
        self._other_times = self._times(findings)

    def helps(self, need_id: str, why: Reason) -> tuple[Help, ...]:
        """Give the changes that were found to help one need, and untried ones when trials run out."""
        need = self._need_at[need_id]
        found: list[Help] = []
        tried: set[str] = set()
        for help_ in self._guesses(need, why):
            if len(found) == _MOST_A_NEED or help_.code in {entry.code for entry in found}:
                continue
            verdict = self._holds(need, need_id, change_of(need_id, help_))
            if verdict is None and help_.code not in tried:
                found.append(help_)
            elif verdict:
                found.append(replace(help_, confirmed=True))
            tried.add(help_.code)
        return tuple(found)

    def _holds(self, need: int, need_id: str, change: Scenario) -> bool | None:
        """Whether the need can be met with the change; None when no trial is left."""
        if not self._trials.take():
            return None
        people = self._people(need)
        problem, policy = self._beside.with_change([need_id], people, change)
        if need_id in solved(problem, policy, _TRIAL_S).complete:
            return True
        others = sorted({served for who in change.people for served in self._served.get(who, ())})
        if not others or len(others) > _JOINT_NEEDS or not self._trials.take():
            return False
        group = [need_id, *others]
        inside = np.array([self._need_at[key] for key in group], dtype=np.int64)
        around = [*people, *self._beside.people_of(inside)]
        before = solved(self._beside.problem_of(group, around), self._beside.policy, _TRIAL_S)
        problem, policy = self._beside.with_change(group, around, change)
        after = solved(problem, policy, _TRIAL_S, wanted={need_id})
        worse = max(0, self._beside.fairness_lost(group, after.complete))
        return need_id in after.complete and before.proven and after.value - worse >= before.value

    def _people(self, need: int) -> list[str]:
        """Give who could come, and who was looked at."""
        slots = self._made.instance.slots
        near = [
            int(self._misses.pairs.volunteer[row])
            for slot in range(int(slots.first[need]), int(slots.first[need + 1]))
            for row in self._looked_at.get(slot, ())
        ]
        names = self._made.labels.volunteers
        able = self._beside.people_of(np.array([need], dtype=np.int64))
        return [*able, *(names[who] for who in near)]

    def _guesses(self, need: int, why: Reason) -> Iterator[Help]:
        code = str(why.parameters.get("because", why.code))
        if code == ReasonCode.EXCLUDED and why.rule == CONSENT:
            yield Help(code=HelpCode.CONSENT)
        if code in LACKS_PEOPLE and self._is_supplied(need):
            yield from self._with_other_times(need)
            if len(empty_slots(self._made, need)) <= 1:  # one person fills one place
                yield from self._with_known_people(need)
            yield from self._with_new_people(need)
        if code == ReasonCode.MONEY_SHORT:
            yield from self._with_money(need, int(why.parameters["missing_fen"]))
        if code == ReasonCode.GOODS_SHORT:
            yield from self._with_goods(need)
        if code == ReasonCode.NOT_REACHED:
            yield Help(code=HelpCode.MORE_TIME)

    def _is_supplied(self, need: int) -> bool:
        """Whether nothing but people is missing, as far as money and goods go."""
        supply, draft = self._made.model.supply, self._draft
        found = reach(supply.money, need, self._left.money, draft.money)
        short = missing_items(self._made.model, need, self._left.goods, draft.goods)
        return found >= int(supply.money.asked[need]) and not short

    def _with_other_times(self, need: int) -> Iterator[Help]:
        duration = int(self._made.instance.needs.duration_min[need])
        for start in self._other_times.get(need, ()):
            yield Help(code=HelpCode.TIME, parameters={"start_min": start, "end_min": start + duration})

    def _with_known_people(self, need: int) -> Iterator[Help]:
        slots, misses = self._made.instance.slots, self._misses
        for slot in range(int(slots.first[need]), int(slots.first[need + 1])):
            for lack, rows in self._single.items():
                row = rows.get(slot)
                if row is not None:
                    who = self._made.labels.volunteers[int(misses.pairs.volunteer[row])]
                    yield from _asked_of(who, lack, int(misses.amount[row]), slots.licence[slot])

    def _with_new_people(self, need: int) -> Iterator[Help]:
        slots, starts = self._made.instance.slots, self._made.found.starts
        begin, end = int(starts.first[need]), int(starts.first[need + 1])
        if begin == end:
            return
        every = list(range(int(slots.first[need]), int(slots.first[need + 1])))
        empty = empty_slots(self._made, need)
        day = int(civil_day(starts.minute[begin + self._best_option(need) : end])[0])
        for people in sorted({max(1, len(empty)), len(every)}):
            asked = empty if empty and people >= len(empty) and people < len(every) else every
            yield Help(
                code=HelpCode.VOLUNTEER,
                parameters={
                    "people": people,
                    "skills": ",".join(sorted({code for slot in asked if (code := slots.skill[slot])})),
                    "licences": ",".join(sorted({code for slot in asked if (code := slots.licence[slot])})),
                    "region_path": self._made.instance.needs.region_path[need],
                    "day": day,
                },
            )

    def _best_option(self, need: int) -> int:
        """Start time at which most slots of the need find somebody."""
        found, slots = self._made.found, self._made.instance.slots
        options = int(found.starts.count()[need])
        filled = np.zeros(options, dtype=np.int64)
        for slot in range(int(slots.first[need]), int(slots.first[need + 1])):
            bits = found.bits[int(found.first[slot]) : int(found.first[slot + 1])]
            union = np.bitwise_or.reduce(bits) if len(bits) else np.uint64(0)
            filled += (union >> np.arange(options, dtype=np.uint64)) & np.uint64(1) != 0
        return int(filled.argmax())

    def _with_money(self, need: int, missing: int) -> Iterator[Help]:
        money, own = self._made.model.supply.money, self._draft.money
        funds = self._made.instance.funds
        arcs = np.arange(int(money.first[need]), int(money.first[need + 1]))
        for arc in arcs[np.argsort(money.cost[arcs], kind="stable")].tolist():
            fund, cap = int(money.giver[arc]), int(funds.case_cap_fen[money.giver[arc]])
            free = max(0, int(self._left.money[fund])) + int(own[arc])
            parameters: Parameters = {**funds.named(fund), "amount_fen": missing}
            if min(int(money.asked[need]), cap) - min(int(money.most[arc]), free) >= missing:
                yield Help(code=HelpCode.MONEY, parameters=parameters)
            if free - cap >= missing:
                yield Help(code=HelpCode.CASE_CAP, parameters=parameters)
        yield Help(code=HelpCode.NEW_MONEY, parameters={"amount_fen": missing})

    def _with_goods(self, need: int) -> Iterator[Help]:
        items = self._made.instance.items
        short = missing_items(self._made.model, need, self._left.goods, self._draft.goods)
        if len(short) == 1:
            item, units = short[0]
            parameters = Parameters(item=items.item[item], unit=items.unit[item], quantity=units)
            yield Help(code=HelpCode.GOODS, parameters=parameters)

    def _times(self, findings: Findings) -> dict[int, list[int]]:
        """Other start times, by need with windows, at which every slot finds somebody; most free people first."""
        instance = self._made.instance
        windows = np.diff(instance.need_windows.first)
        wanted = [
            need
            for key, why in findings.reasons.items()
            if why.code in LACKS_PEOPLE and windows[need := self._need_at[key]]
        ]
        wanted = [need for need in wanted if instance.needs.duration_min[need] > 0]
        moments = {
            minutes: popular_starts(instance, minutes)
            for minutes in {int(instance.needs.duration_min[need]) for need in wanted}
        }
        rows = [np.empty(0, dtype=np.int64)] * len(instance.needs)
        for need in wanted:
            rows[need] = moments[int(instance.needs.duration_min[need])]
        lengths = np.array([0, *(len(row) for row in rows)], dtype=np.int64)
        starts = Starts(first=np.cumsum(lengths), minute=np.concatenate([np.empty(0, dtype=np.int64), *rows]))
        inside = np.isin(self._misses.pairs.need, wanted)
        misses = judge(instance, starts, self._misses.pairs.where(inside))
        by_slot = _rows_by_slot(misses)
        return {
            need: times for need in wanted if (times := self._at_which_all_fit(need, misses, by_slot, starts))
        }

    def _at_which_all_fit(
        self, need: int, misses: Misses, by_slot: dict[int, list[int]], starts: Starts
    ) -> list[int]:
        slots = self._made.instance.slots
        minutes = starts.minute[starts.first[need] : starts.first[need + 1]]
        options = np.arange(len(minutes), dtype=np.uint64)
        fewest = np.full(len(minutes), 2**30, dtype=np.int64)
        free = fewest.copy()
        for slot in range(int(slots.first[need]), int(slots.first[need + 1])):
            rows = np.array(by_slot.get(slot, ()), dtype=np.int64)
            able = ((misses.fits[rows][:, None] >> options) & np.uint64(1)) != 0
            idle = ~self._busy[misses.pairs.volunteer[rows]]
            fewest = np.minimum(fewest, able.sum(axis=0))
            free = np.minimum(free, (able & idle[:, None]).sum(axis=0))
        order = np.lexsort((minutes, -free))
        return [int(minutes[at]) for at in order.tolist() if fewest[at] > 0][:_TIMES]


def _asked_of(who: str, lack: str, amount: int, licence: str | None) -> Iterator[Help]:
    """What one volunteer could change, within what may be asked of them."""
    if lack == Lack.FAR and amount <= _FARTHER_M:
        yield Help(code=HelpCode.RADIUS, parameters={"volunteer": who, "metres": amount})
    elif lack == Lack.HOURS:
        yield Help(code=HelpCode.HOURS, parameters={"volunteer": who, "minutes": amount})
    elif lack in ("HC-03", "HC-08"):
        yield Help(code=HelpCode.COVER, parameters=Parameters(volunteer=who))
    elif lack == "HC-09" or (lack == "HC-02" and licence is not None):
        code = Licence.MINOR_CONTACT_CHECK.value if lack == "HC-09" else licence or ""
        yield Help(code=HelpCode.LICENCE, parameters=Parameters(volunteer=who, licence=code))


def _rows_by_slot(misses: Misses) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row, slot in enumerate(misses.pairs.slot.tolist()):
        found.setdefault(slot, []).append(row)
    return found


def with_helps(
    beside: Beside, findings: Findings, draft: Draft, trials: Trials, worth: IntArray
) -> dict[str, Reason]:
    """Add helps to the reasons of unmatched needs; the needs of most worth are tried first."""
    helper = Helper(beside, findings, draft, trials)
    at = {key: need for need, key in enumerate(beside.made.labels.needs)}
    open_needs = [key for key, why in findings.reasons.items() if why.code != ReasonCode.MATCHED]
    open_needs.sort(key=lambda key: (-int(worth[at[key]]), key))
    helped = {
        key: replace(why, helps=helper.helps(key, why))
        for key in open_needs
        for why in [findings.reasons[key]]
    }
    return {**findings.reasons, **helped}
