"""Money is integer fen. A yuan amount enters and leaves as text here and nowhere else."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction

from domain.errors import InvalidInputError

FEN_PER_YUAN = 100

MAX_FEN = 2**63 - 1
"""What a stored integer holds; also keeps ``1e999999`` from being written out digit by digit."""

MOST_FEN = 10**13
"""Largest amount of one need or fund, 100 thousand million yuan: sums over 100 thousand of them fit 64 bits."""

_CURRENCY_MARKS = "￥¥元"
_THOUSANDS_COMMAS = str.maketrans("", "", ",\uff0c")


def fen_from_yuan(text: str | Decimal | int | float) -> int:
    """
    Read an amount in yuan as integer fen.

    Parameters
    ----------
    text
        A number, or text with thousands commas, a currency sign or blanks, as in ``'￥20,000,000.00 '``.
        Floats are rounded to the nearest fen, since spreadsheets hold binary fractions.

    Raises
    ------
    InvalidInputError
        Not a finite number, larger than ``MAX_FEN``, or a part of a fen is written out.
    """
    amount = _decimal(text)
    if not amount.is_finite() or amount.copy_abs() > MAX_FEN // FEN_PER_YUAN:
        raise InvalidInputError("not an amount of money", value=str(text))
    if isinstance(text, float):
        amount = round(amount, 2)
    if amount.adjusted() < -2 and amount:  # a fraction of 1e-999999 would be written out digit by digit
        raise InvalidInputError("amount is not a whole number of fen", value=str(text))
    fen = Fraction(amount) * FEN_PER_YUAN
    if fen.denominator != 1:
        raise InvalidInputError("amount is not a whole number of fen", value=str(text))
    return fen.numerator


def _decimal(text: str | Decimal | int | float) -> Decimal:
    if isinstance(text, Decimal | int):
        return Decimal(text)
    cleaned = "".join(str(text).split()).strip(_CURRENCY_MARKS).translate(_THOUSANDS_COMMAS)
    try:
        if "_" in cleaned:  # Python's own digit separator, no one's way of writing money
            raise InvalidOperation
        return Decimal(cleaned)
    except InvalidOperation as error:
        raise InvalidInputError("not an amount of money", value=str(text)) from error


def yuan_text(fen: int) -> str:
    """
    Write fen as yuan with thousands commas and two decimals.

    Examples
    --------
    >>> yuan_text(31454075569)
    '314,540,755.69'
    """
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}{yuan:,}.{rest:02d}"
