"""Funds as charities run them: who may hold which, what moves between them, and what charities spend."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain.errors import InvalidInputError
from domain.giving import FundType
from domain.money import MOST_FEN
from domain.organisations import OrganisationKind
from domain.purposes import BeneficiaryScope, Purpose


class FundState(StrEnum):
    """Where a fund stands."""

    PROPOSED = "PROPOSED"  # waits for its second person; no money moves
    OPEN = "OPEN"
    WINDING_UP = "WINDING_UP"  # takes nothing on; what is left over goes to near purposes
    CLOSED = "CLOSED"


_CHARITY = frozenset({OrganisationKind.CHARITY_ORG})
HOLDERS: Mapping[FundType, frozenset[OrganisationKind]] = MappingProxyType(
    {
        FundType.GENERAL: _CHARITY | {OrganisationKind.SOCIAL_ORG},
        FundType.SPECIAL: _CHARITY,
        FundType.TRUST: _CHARITY | {OrganisationKind.ENTERPRISE},  # a trust company
        FundType.PROGRAMME: _CHARITY | {OrganisationKind.SOCIAL_ORG},
        FundType.IMPREST: _CHARITY | {OrganisationKind.SOCIAL_ORG},
        FundType.ENTERPRISE: _CHARITY,
    }
)
"""Who may answer for a fund of each type. A special fund is no legal person: its charity answers (HC-15)."""

IMPREST_PARENTS = frozenset({FundType.GENERAL, FundType.PROGRAMME, FundType.ENTERPRISE})
"""What an imprest may be drawn from: special funds and trusts have no funds below them (HC-15, HC-16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprestTerms:
    """
    What an imprest is held at.

    Parameters
    ----------
    float_fen
        What it is filled up to.
    pay_first_fen
        Most that one case is paid before its papers are in.
    """

    float_fen: int
    pay_first_fen: int

    def __post_init__(self) -> None:
        if not 0 < self.float_fen <= MOST_FEN:
            raise InvalidInputError("an imprest holds something", field="float", value=self.float_fen)
        if not 0 <= self.pay_first_fen <= self.float_fen:
            raise InvalidInputError(
                "no case is paid more than the imprest holds", field="pay_first", value=self.pay_first_fen
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a fund is to be, as the rules of its type judge it."""

    type: FundType
    holder: OrganisationKind
    purpose: Purpose
    parent: FundType | None = None
    sponsored: bool = False
    terms: ImprestTerms | None = None

    def check(self) -> None:
        """
        Go on only if a fund of this type may be so.

        Raises
        ------
        InvalidInputError
            It may not; ``rule`` and ``field`` say why.
        """
        rule = "HC-16" if self.type is FundType.TRUST else "HC-15"
        if self.holder not in HOLDERS[self.type]:
            raise InvalidInputError(
                "such an organisation answers for no fund of this type",
                field="organisation_id",
                rule=rule,
                value=self.holder.value,
            )
        self._check_purpose(rule)
        if self.type is FundType.IMPREST:
            if self.parent is None or self.terms is None:
                field = "parent_id" if self.parent is None else "imprest"
                raise InvalidInputError("an imprest is held at a sum and drawn from a fund", field=field)
            if self.parent not in IMPREST_PARENTS:
                raise InvalidInputError(
                    "such a fund has no funds below it",
                    field="parent_id",
                    rule="HC-15",
                    value=self.parent.value,
                )
        elif self.parent is not None or self.terms is not None:
            field = "imprest" if self.parent is None else "parent_id"
            raise InvalidInputError("only an imprest is drawn from a fund", field=field, rule=rule)
        if self.type is FundType.ENTERPRISE and not self.sponsored:
            raise InvalidInputError("an enterprise's fund names the enterprise", field="sponsor_id")

    def _check_purpose(self, rule: str) -> None:
        if self.type not in (FundType.GENERAL, FundType.IMPREST) and not self.purpose.is_agreed:
            raise InvalidInputError("the fund has one agreed purpose", field="categories", rule=rule)
        if self.type is FundType.TRUST and self.purpose.beneficiary_scope is BeneficiaryScope.ANYONE:
            raise InvalidInputError(
                "a trust says by rule whom it reaches", field="beneficiary_scope", rule=rule
            )


class TransferKind(StrEnum):
    """Why money goes from one book of a charity to another."""

    BUDGET = "BUDGET"  # from a fund to a programme's earmark in it
    FLOAT = "FLOAT"  # from a fund to its imprest
    GIVE_BACK = "GIVE_BACK"  # from an imprest or a programme back to where it came from
    LEFT_OVER = "LEFT_OVER"  # from a purpose that is over to a near one (HC-14)


class TransferState(StrEnum):
    """Where a transfer stands."""

    PROPOSED = "PROPOSED"
    DONE = "DONE"
    REFUSED = "REFUSED"


class LeftOverGround(StrEnum):
    """Why a book may take what is left over of another (HC-14)."""

    AGREED = "AGREED"  # the plan or agreement names it
    NEAR = "NEAR"  # its purpose is the same or the nearest


class ExpenseState(StrEnum):
    """Where a cost stands."""

    RECORDED = "RECORDED"
    POSTED = "POSTED"
    REFUSED = "REFUSED"
    REVERSED = "REVERSED"


class CharityClass(StrEnum):
    """What yearly figures a charity is judged by; ASSOCIATION includes service organisations."""

    PUBLIC_FOUNDATION = "PUBLIC_FOUNDATION"
    PUBLIC_ASSOCIATION = "PUBLIC_ASSOCIATION"
    FOUNDATION = "FOUNDATION"
    ASSOCIATION = "ASSOCIATION"

    @property
    def raises_publicly(self) -> bool:
        """Whether it may raise money from the public."""
        return self in (CharityClass.PUBLIC_FOUNDATION, CharityClass.PUBLIC_ASSOCIATION)


class StockLineKind(StrEnum):
    """Why a stock changed by a person's hand."""

    ADDED = "ADDED"
    COUNTED = "COUNTED"  # a count found more or less
    WRITTEN_OFF = "WRITTEN_OFF"  # spoilt, expired, lost
    TAKEN_BACK = "TAKEN_BACK"
    ISSUED = "ISSUED"  # handed to a need
    RETURNED = "RETURNED"  # a need gave it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A fund's own money, or one earmark of it."""

    fund_id: str
    earmark_id: str | None = None
