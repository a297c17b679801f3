"""Rules of funds on a day at a place: yearly figures of charities, near purposes, what pays for management."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from domain.errors import PolicyError
from domain.funds import CharityClass
from domain.giving import FundType
from domain.needs import NeedCategory
from domain.purposes import Purpose
from workflows.dated import Figure, Strict, rules_on

PACKAGE = "workflows.funds.rules"


class FloorBase(StrEnum):
    """What a floor is a share of."""

    INCOME = "INCOME"
    NET_ASSETS = "NET_ASSETS"


class YearFigures(Strict):
    """
    What one class of charities spends in a year, from some net assets on.

    Parameters
    ----------
    income_percent
        Share of last year's income that the floor is besides at least.
    management_percent
        Most of all that is spent in the year.
    """

    charity_class: CharityClass
    net_assets_from_fen: int = 0
    floor_percent: int
    floor_of: FloorBase
    income_percent: int = 0
    management_percent: int
    source: str

    def floor_fen(self, income_fen: int, net_assets_fen: int) -> int:
        """Give the least that goes to charitable activity, rounded up to whole fen."""
        base = income_fen if self.floor_of is FloorBase.INCOME else net_assets_fen
        return max(_share_up(base, self.floor_percent), _share_up(income_fen, self.income_percent))

    def management_beside(self, charitable_fen: int) -> int:
        """Give the most that management may cost beside some charitable spending, so that its share is kept."""
        return max(0, charitable_fen) * self.management_percent // (100 - self.management_percent)


def _share_up(base_fen: int, percent: int) -> int:
    return -(-max(0, base_fen) * percent // 100)


class FundRules(Strict):
    """What is in force."""

    id: str
    management_exempt_below_fen: Figure
    left_over_disclosure_days: Figure
    no_management_from: frozenset[FundType]
    near_purposes: Mapping[NeedCategory, frozenset[NeedCategory]]
    near_purposes_source: str
    years: tuple[YearFigures, ...]

    def figures(self, charity_class: CharityClass, net_assets_fen: int) -> YearFigures:
        """
        Give what a charity of a class and size is judged by.

        Raises
        ------
        PolicyError
            Nothing is said of such a charity.
        """
        reached = [
            each
            for each in self.years
            if each.charity_class is charity_class and each.net_assets_from_fen <= max(0, net_assets_fen)
        ]
        if not reached:
            raise PolicyError(
                f"no yearly figures for {charity_class.value}", charity_class=charity_class.value
            )
        return max(reached, key=lambda each: each.net_assets_from_fen)

    def management_ceiling_fen(self, figures: YearFigures, charitable_fen: int) -> int:
        """Give the most that management may cost; what stays below the exemption is never too much."""
        return max(figures.management_beside(charitable_fen), self.management_exempt_below_fen.value - 1)

    def is_near(self, purpose: Purpose, other: Purpose) -> bool:
        """
        Whether another purpose is the same as one that is over, or the nearest to it (HC-14).

        It is for the same categories or near ones, nowhere that the first was not for, and for nobody it did not
        reach.
        """
        own, theirs = purpose.restriction, other.restriction
        near = own.categories.union(*(self.near_purposes.get(each, frozenset()) for each in own.categories))
        return (
            (not own.categories or (bool(theirs.categories) and theirs.categories <= near))
            and (
                not own.regions
                or (bool(theirs.regions) and all(path.startswith(own.regions) for path in theirs.regions))
            )
            and other.beneficiary_scope.within(purpose.beneficiary_scope)
        )


def fund_rules(day: date, region_path: str) -> FundRules:
    """
    Give the rules in force.

    Raises
    ------
    PolicyError
        There are none for that day.
    """
    return rules_on(PACKAGE, FundRules, day, region_path)
