"""Money is integer fen. A yuan amount enters and leaves as text here and nowhere else."""

from decimal import Decimal, InvalidOperation

from domain.errors import InvalidInputError

FEN_PER_YUAN = 100


def fen_from_yuan(text: str | Decimal | int | float) -> int:
    """
    Read an amount in yuan as integer fen.

    Parameters
    ----------
    text
        A number, or text with thousands commas, a currency sign or blanks, as in ``'￥20,000,000.00\\xa0'``.
        Floats are rounded to the nearest fen, since spreadsheets hold binary fractions.

    Raises
    ------
    InvalidInputError
        Not a finite number, or a part of a fen is written out.
    """
    if isinstance(text, float):
        text = Decimal(repr(text)).quantize(Decimal("0.01"))
    cleaned = text if isinstance(text, Decimal | int) else "".join(text.split()).strip("￥¥元").replace(",", "")
    try:
        fen = Decimal(cleaned) * FEN_PER_YUAN
    except InvalidOperation as error:
        raise InvalidInputError("not an amount of money", value=str(text)) from error
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise InvalidInputError("amount is not a whole number of fen", value=str(text))
    return int(fen)


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
