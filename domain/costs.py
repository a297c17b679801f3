"""What a charity spends on, besides help itself."""

from enum import StrEnum


class CostClass(StrEnum):
    """
    What a charity spends on (rule on charities' yearly spending, 2016; HC-04).

    Cover and subsidies of volunteers are charitable activity; a wage for volunteering is no cost of any class.
    """

    ACTIVITY = "ACTIVITY"
    VOLUNTEER_INSURANCE = "VOLUNTEER_INSURANCE"
    VOLUNTEER_SUBSIDY = "VOLUNTEER_SUBSIDY"
    MANAGEMENT = "MANAGEMENT"

    @property
    def is_charitable(self) -> bool:
        """Whether it counts as charitable activity."""
        return self is not CostClass.MANAGEMENT
