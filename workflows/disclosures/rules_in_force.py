"""Dated figures of what charities publish."""

from datetime import date

from workflows.dated import Figure, Strict, rules_on

PACKAGE = "workflows.disclosures.rules"


class DisclosureRules(Strict):
    """What is in force."""

    id: str
    related_list_month: Figure
    related_list_day: Figure
    crowd: Figure

    def related_list_due_on(self, year: int) -> date:
        """Give the last day for the list of a year's related parties."""
        return date(year + 1, self.related_list_month.value, self.related_list_day.value)


def disclosure_rules(day: date, region_path: str) -> DisclosureRules:
    """
    Give the rules in force.

    Raises
    ------
    PolicyError
        There are none for that day.
    """
    return rules_on(PACKAGE, DisclosureRules, day, region_path)
