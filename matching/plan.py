"""What a round gives back: assignments, money and goods with a bound, and a reason for every need."""

from dataclasses import dataclass, field
from enum import StrEnum

from domain.ledger import book_id
from matching.statements import CharityYearStatement, Contest, FundStatement, Help, ShadowPrice

PIN_LIFTED = "pin_lifted"
"""Parameter of a reason: the rule (or ``TIMING``, ``CONFLICT``) for which a pinned visit is not kept."""
RELATED_PATH, REVIEW_PATH = "related_path", "review_path"
"""Parameters of a reason: who stands between giver and receiver. The one bars, the other is to be looked at."""


class PlanStatus(StrEnum):
    """
    How much is proven; decided by value and bound, never by a solver's verdict.

    The bound is the better of our own integer Lagrangian and the solver's; ``statistics["bound_source"]`` says which
    of them it is. A solver's bound that a plan in hand beats is thrown away.
    """

    OPTIMAL = "OPTIMAL"
    WITHIN_GAP = "WITHIN_GAP"
    STOPPED = "STOPPED"  # a time limit ended the search; the gap says how far it may be from the best


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """
    Why a need was matched or not: a code that ``locales`` words, and its parameters.

    ``rule`` names the binding hard constraint (``HC-05`` …) where one decided. ``helps`` are changes that would
    let an unmatched need be met, ``contest`` who it competes with.
    """

    code: str
    rule: str | None = None
    parameters: dict[str, str | int] = field(default_factory=dict[str, str | int])
    helps: tuple[Help, ...] = ()
    contest: Contest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One volunteer in one slot, at ``[start_min, end_min)`` in epoch minutes UTC."""

    need_id: str
    slot_id: str
    volunteer_id: str
    start_min: int
    end_min: int
    distance_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyAllocation:
    """
    Fen of one book of a fund for one need.

    ``review_path`` joins a giver of the book to who would receive it: a person looks at such a gift first (HC-13).
    """

    need_id: str
    fund_id: str
    amount_fen: int
    earmark_id: str | None = None
    review_path: str | None = None

    @property
    def book_id(self) -> str:
        """Key of the book it comes from."""
        return book_id(self.fund_id, self.earmark_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsAllocation:
    """Units of one stock line for one asked item."""

    need_id: str
    need_item_id: str
    offer_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelValue:
    """
    What a plan reaches on one level of the objective, in nanopoints of the policy's weights; more is better.

    ``bound`` is what no plan can exceed that is as good on the levels before, and None where one of those is
    not proven. ``proven`` says that this level and all before it are as good as they can be.
    """

    name: str
    value: int
    bound: int | None
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A proposal for a whole round. People decide; nothing here has happened.

    Parameters
    ----------
    fulfilled
        Needs given everything they ask for. Needs with ``partial_allowed`` may receive without being in it.
    value, bound
        Objective points reached, and a proven upper bound on what any plan could reach that is as good on the
        levels that dominate (larger is better).
    levels
        Fulfilment, fairness, convenience and spending, in this order; their values add up to ``value``.
    reasons
        One for each need of the problem, matched or not.
    """

    problem_digest: str
    policy_id: str
    seed: int
    status: PlanStatus
    assignments: tuple[Assignment, ...]
    money: tuple[MoneyAllocation, ...]
    goods: tuple[GoodsAllocation, ...]
    fulfilled: frozenset[str]
    value: int
    bound: int
    reasons: dict[str, Reason]
    levels: tuple[LevelValue, ...] = ()
    statistics: dict[str, int | float | str] = field(default_factory=dict[str, int | float | str])

    volunteers: dict[str, Reason] = field(default_factory=dict[str, Reason])
    """Why each volunteer was asked or not; empty when the plan was not studied."""
    funds: dict[str, FundStatement] = field(default_factory=dict[str, FundStatement])
    """By book."""
    charity_years: tuple[CharityYearStatement, ...] = ()
    prices: tuple[ShadowPrice, ...] = ()
    """Most worth first."""

    @property
    def gap(self) -> float:
        """(bound - value) / bound as a fraction, 0.0 when proven optimal."""
        return 0.0 if self.bound <= 0 else (self.bound - self.value) / self.bound

    @property
    def order_proven(self) -> bool:
        """Whether fulfilment, the level above all others, is proven to be as good as it can be."""
        return bool(self.levels) and self.levels[0].proven

    @property
    def fulfilment_gap(self) -> float:
        """Share of level 1's bound that may be missing, 0.0 where it is proven."""
        if not self.levels or self.order_proven:
            return 0.0
        first = self.levels[0]
        return (first.bound - first.value) / first.bound if first.bound else 0.0
