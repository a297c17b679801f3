"""
What a rule is: a name, the model side and the audit side.

The model side is vectorised and decides which arcs exist; the audit side is plain code over the rows of a
finished plan and shares nothing with it but the problem and the policy. A rule that acts by constraint rows
alone (budgets, ceilings, hours) has its rows in ``matching/people_rows.py`` or ``matching/supply.py`` and
its audit here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matching.arrays import BitArray, BoolArray, IntArray
from matching.formulation.instance import Instance, civil_day
from matching.formulation.starts import Starts
from matching.rules.view import PlanView, Violation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Slots beside volunteers, one row a pair, no time yet. ``distance_m`` is -1 where a place is unknown."""

    slot: IntArray
    need: IntArray
    volunteer: IntArray
    distance_m: IntArray

    def __len__(self) -> int:
        return len(self.slot)

    def where(self, keep: BoolArray | IntArray) -> "Pairs":
        """Rows of a mask, or of indices in their order."""
        return Pairs(
            slot=self.slot[keep],
            need=self.need[keep],
            volunteer=self.volunteer[keep],
            distance_m=self.distance_m[keep],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visits:
    """Pairs at a start time, one row a visit; minutes are epoch minutes, half-open."""

    pairs: Pairs
    start_min: IntArray
    end_min: IntArray

    @property
    def first_day(self) -> IntArray:
        """Civil day of the start."""
        return civil_day(self.start_min)

    @property
    def day_after(self) -> IntArray:
        """Civil day after the one that holds the last minute."""
        return civil_day(self.end_min - 1) + 1

    def where(self, keep: BoolArray | IntArray) -> "Visits":
        """Rows of a mask, or of indices in their order."""
        return Visits(
            pairs=self.pairs.where(keep), start_min=self.start_min[keep], end_min=self.end_min[keep]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Miss:
    """How far each visit was from satisfying a rule: an amount and its unit; -1 where no amount tells it."""

    amount: IntArray
    unit: str


NeedSide = Callable[[Instance], BoolArray]
PairSide = Callable[[Instance, Pairs], BoolArray]
TimeSide = Callable[[Instance, Starts, Pairs], BitArray]
VisitSide = Callable[[Instance, Visits], BoolArray]
SupplySide = Callable[[Instance, IntArray, IntArray], BoolArray]
MissSide = Callable[[Instance, Visits], Miss]
AuditSide = Callable[[PlanView], Iterator[Violation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One hard rule.

    Parameters
    ----------
    id
        As in the table of rules, ``HC-05``. Its label is ``reasons.rule.<id>`` of the catalogue.
    needs, pairs, visits
        Masks of what the rule lets through: whole needs, slot-volunteer pairs, pairs at a start time.
    times
        The same as ``visits`` for all start times of each pair at once, a bit a time: for the rule that most
        visits fail. Candidates use it in place of ``visits``, before the visits of other rules.
    funds, stock
        Masks over (need, fund) and (asked item, stock line) index pairs.
    miss
        How near a visit came; None where a rule knows only yes and no.
    audit
        Every violation of the rule in a plan.
    """

    id: str
    audit: AuditSide
    needs: NeedSide | None = None
    pairs: PairSide | None = None
    times: TimeSide | None = None
    visits: VisitSide | None = None
    funds: SupplySide | None = None
    stock: SupplySide | None = None
    miss: MissSide | None = None

    @property
    def label_key(self) -> str:
        """Key of the rule's name in ``locales``."""
        return f"reasons.rule.{self.id}"
