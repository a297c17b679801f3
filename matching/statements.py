"""What a plan says about itself: helps, contested sets, funds, shadow prices. Codes and parameters, no words."""

from dataclasses import dataclass, field
from enum import StrEnum

Parameters = dict[str, str | int]


class HelpCode(StrEnum):
    """What one change would let a need be met; ``reasons.help`` of the catalogue words them."""

    RADIUS = "RADIUS"  # volunteer, metres: go that much farther
    TIME = "TIME"  # start_min, end_min: begin then instead
    VOLUNTEER = "VOLUNTEER"  # people, skills, licences, region_path, day
    LICENCE = "LICENCE"  # volunteer, licence: be valid on the day
    COVER = "COVER"  # volunteer: insured for the task
    HOURS = "HOURS"  # volunteer, minutes: offer that much more a week
    MONEY = "MONEY"  # fund, earmark (if it is one), amount_fen: more in this book
    NEW_MONEY = "NEW_MONEY"  # amount_fen: money whose purpose covers the need
    CASE_CAP = "CASE_CAP"  # fund, earmark, amount_fen: let the book give one case that much more
    GOODS = "GOODS"  # item, unit, quantity
    CONSENT = "CONSENT"
    MORE_TIME = "MORE_TIME"  # let the computation run longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """
    One change after which the need can be met while the plan is worth no less.

    ``confirmed`` says that this was solved again and found true; else the change was not tried.
    """

    code: str
    parameters: Parameters = field(default_factory=Parameters)
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """
    Who stands between a need and the people it would take.

    Parameters
    ----------
    needs
        Needs of the plan; if any one of them were not there, people could be passed on so that this need
        is met and nobody else loses. Nearest exchange first, at most a few.
    volunteers
        The people that these exchanges pass on.
    needs_total, volunteers_total
        How many there are in all.
    """

    needs: tuple[str, ...]
    volunteers: tuple[str, ...]
    needs_total: int
    volunteers_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleMoney:
    """Fen of a fund that stay where they are, for one reason; ``needs`` counts those behind it."""

    code: str
    amount_fen: int
    needs: int = 0
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundStatement:
    """What became of a fund's money: ``given_fen`` and the idle amounts add up to ``budget_fen``."""

    budget_fen: int
    given_fen: int
    needs: int
    eligible: int
    idle: tuple[IdleMoney, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharityYearStatement:
    """
    What a round does for a charity's year (HC-17).

    Parameters
    ----------
    payout_floor_fen, management_ceiling_fen
        None where the year has no such limit.
    paid_fen, management_fen
        Paid out or promised, and spent on itself, before the round.
    planned_fen, planned_management_fen
        What the plan would add.
    missing_fen
        What is missing to the floor after the round.
    price_micropoints, management_price_micropoints
        What a yuan more of the floor, and of room under the ceiling, would change: shadow prices of the two rows.
    """

    organisation_id: str
    year: int
    payout_floor_fen: int | None
    paid_fen: int
    planned_fen: int
    missing_fen: int
    price_micropoints: int
    management_ceiling_fen: int | None
    management_fen: int
    planned_management_fen: int
    management_price_micropoints: int


class PriceKind(StrEnum):
    """Of what one more is priced."""

    VOLUNTEER = "VOLUNTEER"
    MONEY = "MONEY"
    GOODS = "GOODS"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPrice:
    """
    What more of something would be worth.

    Parameters
    ----------
    kind, parameters
        Volunteers (``people``, ``skills``, ``licences``, ``region_path``, ``day``), money (``fund``,
        ``earmark`` if it is one, ``amount_fen``) or goods (``item``, ``unit``, ``quantity``).
    lowest, highest
        Points between which the gain lies: a plan that reaches the one is known, and the bound of the plan
        with the prices of its parts proves that nothing exceeds the other.
    gain
        Exact points between two proven optima, if the part was solved again with it; else None.
    urgency
        Points of one unit of urgency, to read the figures by.
    indicative
        The prices come from a relaxation and not from a flow, so the range may be wide.
    """

    kind: str
    parameters: Parameters
    lowest: int
    highest: int
    gain: int | None
    urgency: int
    indicative: bool

    @property
    def confirmed(self) -> bool:
        """Whether the gain was found by solving again."""
        return self.gain is not None
