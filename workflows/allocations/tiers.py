"""How many people approve a sum, what shows that it arrived, and when which duty is due: dated rules by region."""

from datetime import date, datetime, timedelta

from data import is_working_day
from domain.allocations import EvidenceKind
from domain.giving import FundType
from domain.needs import Urgency
from domain.time import civil_date
from workflows.dated import Figure, Strict, rules_on

PACKAGE = "workflows.allocations.rules"


class Tier(Strict):
    """
    What a sum takes, from an amount on.

    Parameters
    ----------
    approvals
        Persons who say yes, beside who asked, posted and verified.
    senior
        Whether one of them is a named approver of the federation.
    evidence
        Kinds of which one each shows that the help arrived.
    """

    from_fen: int
    approvals: int
    senior: bool = False
    evidence: tuple[EvidenceKind, ...]
    source: str


class PayFirst(Strict):
    """Help first, papers after: up to which sum, for needs how pressing, and by when the papers are there."""

    most_fen: Figure
    papers_working_days: Figure
    urgencies: tuple[Urgency, ...]


class DisclosurePeriods(Strict):
    """Days until something is public, and from which sum on a payment is a major item (HC-18)."""

    related_party_days: Figure
    major_item_days: Figure
    major_item_fen: Figure
    project_days: Figure


class AllocationRules(Strict):
    """What is in force: ``tiers`` in rising order, the first from nothing."""

    id: str
    reserved_days: Figure
    special_fund_approvals: Figure
    reviewed_approvals: Figure
    tiers: tuple[Tier, ...]
    pay_first: PayFirst
    disclosure: DisclosurePeriods

    def tier_of(self, total_fen: int) -> Tier:
        """Give what a need's money takes, by its sum over all funds: a sum in parts is no smaller."""
        return max(
            (tier for tier in self.tiers if tier.from_fen <= total_fen), key=lambda tier: tier.from_fen
        )

    def approvals_of(self, total_fen: int, fund_type: FundType, *, reviewed: bool) -> int:
        """Give how many people approve; two for a special fund (HC-15) and where parties are joined (HC-13)."""
        wanted = self.tier_of(total_fen).approvals
        if fund_type is FundType.SPECIAL:
            wanted = max(wanted, self.special_fund_approvals.value)
        return max(wanted, self.reviewed_approvals.value) if reviewed else wanted

    def expiry(self, since: datetime) -> datetime:
        """Give when money that is kept since a moment is free again."""
        return since + timedelta(days=self.reserved_days.value)

    def papers_due(self, paid_at: datetime) -> datetime:
        """Give the moment by which the papers of a payment are there: the end of the last working day."""
        day, left = civil_date(paid_at), self.pay_first.papers_working_days.value
        while left:
            day += timedelta(days=1)
            left -= is_working_day(day)
        return paid_at + timedelta(days=(day - civil_date(paid_at)).days)


def allocation_rules(day: date, region_path: str) -> AllocationRules:
    """
    Give the rules in force.

    Raises
    ------
    PolicyError
        There are none for that day.
    """
    return rules_on(PACKAGE, AllocationRules, day, region_path)
