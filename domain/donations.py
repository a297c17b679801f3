"""Gifts: what is known of one, its steps up to its posting, and what may become of its purpose after."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from domain.errors import InvalidInputError, TransitionError
from domain.giving import DONATION_TRANSITIONS, DonationKind, DonationSource, DonationState
from domain.money import MOST_FEN

_CURRENCY_LETTERS = 3
_OWN_CURRENCY = "CNY"
_MODULUS = 97
_MINOR_DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits after the point of currencies that have not two (ISO 4217)."""

IN_BOOKS = frozenset({DonationState.POSTED, DonationState.PURPOSE_CHANGE_PENDING})
"""States in which the money of a gift stands in a book of its fund."""


class DonorKind(StrEnum):
    """Who gave, as far as it is known; an anonymous donor wants no name kept."""

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"
    ANONYMOUS = "ANONYMOUS"
    UNKNOWN = "UNKNOWN"


class ChangeGround(StrEnum):
    """What allows charity property to be used for another purpose (HC-11)."""

    DONOR_CONSENT = "DONOR_CONSENT"  # a gift under an agreement
    FILING = "FILING"  # money that was raised from the public: filed with the authority


class PurposeChangeState(StrEnum):
    """Where a wish to use a gift otherwise stands."""

    PENDING = "PENDING"
    CONSENTED = "CONSENTED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignAmount:
    """
    What was given in another currency, as it was given.

    Parameters
    ----------
    currency
        ISO 4217 code.
    amount
        In the smallest unit of that currency.
    """

    currency: str
    amount: int

    def __post_init__(self) -> None:
        code = self.currency
        if not (len(code) == _CURRENCY_LETTERS and code.isascii() and code.isalpha() and code.isupper()):
            raise InvalidInputError("a currency has three capitals (ISO 4217)", field="currency", value=code)
        if code == _OWN_CURRENCY:
            raise InvalidInputError("yuan are no foreign currency", field="currency", value=code)
        if not 0 < self.amount <= MOST_FEN:
            raise InvalidInputError("an amount is above zero", field="foreign_amount", value=self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """
    One gift.

    Parameters
    ----------
    donor_name
        Who handed it in, in the words of the source; None for an anonymous gift.
    donor_id
        The organisation behind the name, if it is one that is kept.
    passed_on_for
        The giver behind a gift that somebody else handed in.
    restriction_text
        What the donor asked, in the donor's words.
    earmark_id
        The part of the fund that keeps to it, once the gift is posted.
    amount_fen
        As pledged until it is received, then as received.
    refunded_fen
        What went back to the donor.
    currency, foreign_amount
        Of a gift in another currency: code and smallest units; ``amount_fen`` is what the bank made of it.
    reference
        The bank's or the payer's number of the payment.
    duplicate_of
        An earlier gift that this may be a second record of; a person says whether it is.
    distinct_from
        The gift that a person said it is another one than.
    posting_ids
        Entries that brought the money to the book where it stands, the oldest first.
    """

    id: str
    kind: DonationKind
    state: DonationState
    channel: DonationSource | None = None
    donor_name: str | None
    donor_kind: DonorKind
    donor_id: str | None = None
    passed_on_for: str | None = None
    fund_id: str
    earmark_id: str | None = None
    amount_fen: int
    refunded_fen: int = 0
    currency: str | None = None
    foreign_amount: int | None = None
    given_on: date | None
    restriction_text: str | None = None
    reference: str | None = None
    note: str | None = None
    receipt_number: str | None = None
    recorded_by: str | None = None
    duplicate_of: str | None = None
    distinct_from: str | None = None
    posting_ids: tuple[str, ...] = ()
    received_at: datetime | None = None
    receipted_at: datetime | None = None
    posted_at: datetime | None = None
    region_id: str | None = None
    region_path: str
    version: int = 1

    @property
    def kept_fen(self) -> int:
        """What did not go back."""
        return self.amount_fen - self.refunded_fen

    @property
    def in_books(self) -> bool:
        """Whether its money stands in a book."""
        return self.state in IN_BOOKS


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeChange:
    """
    A wish to use a posted gift for another purpose.

    Parameters
    ----------
    reference
        Where the consent or the filing is written down; None while it is pending.
    """

    id: str
    donation_id: str
    state: PurposeChangeState
    ground: ChangeGround
    from_fund_id: str
    from_earmark_id: str | None
    to_fund_id: str
    to_earmark_id: str | None
    amount_fen: int
    reason: str
    reference: str | None = None
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    region_path: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CharityShop:
    """A shop whose takings go wholly to one fund."""

    id: str
    name: str
    organisation_id: str
    fund_id: str
    address: str | None = None
    region_id: str | None = None
    region_path: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSale:
    """What a shop took on one day; the whole sum is a gift to its fund."""

    id: str
    shop_id: str
    fund_id: str
    donation_id: str
    sold_on: date
    amount_fen: int
    item_count: int
    recorded_by: str
    region_id: str | None = None
    region_path: str
    version: int = 1


def check_donation_step(before: DonationState, after: DonationState) -> None:
    """
    Refuse a step of a gift that there is none of.

    Raises
    ------
    TransitionError
        ``after`` may not follow ``before``.
    """
    if after not in DONATION_TRANSITIONS[before]:
        raise TransitionError(
            f"a gift cannot go from {before} to {after}", before=before.value, after=after.value
        )


def check_amount(amount_fen: int, field: str = "amount_fen") -> int:
    """
    Give an amount that money can have: from one fen.

    Raises
    ------
    InvalidInputError
        Nothing, less, or more than a fund holds.
    """
    if not 0 < amount_fen <= MOST_FEN:
        raise InvalidInputError(f"a gift has 1 to {MOST_FEN} fen", field=field, value=amount_fen)
    return amount_fen


def minor_amount(currency: str, text: str) -> int:
    """
    Read an amount of a currency as its smallest units.

    Raises
    ------
    InvalidInputError
        Not a finite number, or a part of the smallest unit is written out.

    Examples
    --------
    >>> minor_amount("GBP", "100000.50"), minor_amount("JPY", "50000")
    (10000050, 50000)
    """
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise InvalidInputError("not an amount of money", value=text) from error
    if not amount.is_finite() or amount.copy_abs() > MOST_FEN or (amount and amount.adjusted() < -2):
        raise InvalidInputError("not an amount of money", value=text)
    minor = amount.scaleb(_MINOR_DIGITS.get(currency, 2))
    if minor != minor.to_integral_value():
        raise InvalidInputError("amount is not a whole number of the smallest units", value=text)
    return int(minor)


def minor_text(currency: str, amount: int) -> str:
    """
    Write an amount of a currency's smallest units.

    Examples
    --------
    >>> minor_text("USD", 123456), minor_text("JPY", 50000)
    ('1,234.56', '50,000')
    """
    digits = _MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(amount, 10**digits)
    return f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"


def receipt_number(region_code: str, year: int, number: int) -> str:
    """
    Give the number of a receipt with two check digits (ISO 7064, MOD 97-10 over its digits).

    Examples
    --------
    >>> receipt_number("320582", 2026, 1)
    'JZPJ-320582-2026-000001-69'
    """
    check = 98 - int(f"{region_code}{year}{number:06d}") * 100 % _MODULUS
    return f"JZPJ-{region_code}-{year}-{number:06d}-{check:02d}"
