"""Funds and donations: what money may be used for, and how much is free."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from domain.errors import InvalidInputError
from domain.money import MOST_FEN
from domain.needs import NeedCategory
from domain.people import Situation
from domain.provenance import ALWAYS, Provenance, Validity


class FundType(StrEnum):
    """What a fund is in law."""

    GENERAL = "GENERAL"
    SPECIAL = "SPECIAL"
    TRUST = "TRUST"
    PROGRAMME = "PROGRAMME"
    IMPREST = "IMPREST"
    ENTERPRISE = "ENTERPRISE"


class DonationState(StrEnum):
    """Lifecycle of a gift up to its posting to a fund, and what may happen to it after."""

    PLEDGED = "PLEDGED"
    RECEIVED = "RECEIVED"
    RECEIPTED = "RECEIPTED"
    POSTED = "POSTED"
    PURPOSE_CHANGE_PENDING = "PURPOSE_CHANGE_PENDING"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"


DONATION_TRANSITIONS: Mapping[DonationState, frozenset[DonationState]] = MappingProxyType(
    {
        DonationState.PLEDGED: frozenset({DonationState.RECEIVED, DonationState.CANCELLED}),
        DonationState.RECEIVED: frozenset({DonationState.RECEIPTED, DonationState.RETURNED}),
        DonationState.RECEIPTED: frozenset({DonationState.POSTED, DonationState.RETURNED}),
        DonationState.POSTED: frozenset({DonationState.PURPOSE_CHANGE_PENDING, DonationState.RETURNED}),
        DonationState.PURPOSE_CHANGE_PENDING: frozenset({DonationState.POSTED, DonationState.RETURNED}),
        DonationState.RETURNED: frozenset(),
        DonationState.CANCELLED: frozenset(),
    }
)


class DonationSource(StrEnum):
    """How a gift came."""

    BANK = "BANK"
    ONLINE = "ONLINE"
    SHOP = "SHOP"  # what a charity shop sold
    ENTERPRISE = "ENTERPRISE"
    GRANT = "GRANT"
    HAND = "HAND"


class EarmarkKind(StrEnum):
    """Why part of a fund is set apart: a donor asked for it, or a programme was given a budget."""

    DONOR = "DONOR"
    PROGRAMME = "PROGRAMME"


class DonationKind(StrEnum):
    """Money or goods."""

    CASH = "CASH"
    GOODS = "GOODS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """
    The purpose wall of a fund (HC-11): an empty set allows everything on that axis.

    ``regions`` are path prefixes; a need is inside when its path starts with one of them.
    """

    categories: frozenset[NeedCategory] = frozenset()
    situations: frozenset[Situation] = frozenset()
    regions: tuple[str, ...] = ()
    validity: Validity = ALWAYS

    def __post_init__(self) -> None:
        if any(not (path.startswith("/") and path.endswith("/")) for path in self.regions):
            raise InvalidInputError("a region path starts and ends with a slash", value=str(self.regions))

    @property
    def is_restricted(self) -> bool:
        """Whether any axis is bound."""
        return bool(self.categories or self.situations or self.regions)

    def allows(
        self, *, category: NeedCategory, situations: frozenset[Situation], region_path: str, day: date
    ) -> bool:
        """Whether a need of these properties lies inside the wall on that day."""
        return (
            (not self.categories or category in self.categories)
            and (not self.situations or bool(self.situations & situations))
            and (not self.regions or region_path.startswith(self.regions))
            and self.validity.holds_on(day)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """
    Money of one charity under one purpose.

    Amounts are running sums of posted lines: free money is received - reserved - spent and never negative
    (HC-12). ``case_cap_fen`` bounds one need.
    """

    id: str
    name: str
    type: FundType
    organisation_id: str
    restriction: Restriction
    received_fen: int = 0
    reserved_fen: int = 0
    spent_fen: int = 0
    case_cap_fen: int | None = None
    manager_ids: tuple[str, ...] = ()
    version: int = 1
    provenance: Provenance

    def __post_init__(self) -> None:
        if min(self.received_fen, self.reserved_fen, self.spent_fen, self.available_fen) < 0:
            raise InvalidInputError("a fund holds no negative amount", fund=self.id)
        if self.received_fen > MOST_FEN:  # what is reserved or spent is never more
            raise InvalidInputError(
                f"received_fen is above {MOST_FEN}",
                fund=self.id,
                field="received_fen",
                value=self.received_fen,
            )

    @property
    def available_fen(self) -> int:
        """Free money."""
        return self.received_fen - self.reserved_fen - self.spent_fen
