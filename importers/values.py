"""
Readers of single cells: clean text in, a value and what is wrong with it out.

Each is a pure function of the text, so a column is read by reading each different text once; messy workbooks
and plain files of a million rows share them. A value that cannot be read is None with an issue code, never
a guess.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from domain.donations import minor_amount
from domain.errors import InvalidInputError
from domain.identifiers import CreditCode
from domain.money import fen_from_yuan
from domain.time import CIVIL_ZONE, WeeklyWindow
from importers.dates import Reading, read_date, read_moment
from importers.id_numbers import read_id_number, read_phone
from importers.issues import IssueCode
from importers.limits import MONEY_FEN
from importers.mapping import Column, ColumnKind
from importers.words import digits, flags, folded, narrow, scales, section, units, weekdays

Reader = Callable[[str], Reading]

_WORDS = section("patterns")
_RANGE: re.Pattern[str] = re.compile(_WORDS["range"])
_WEEKLY: re.Pattern[str] = re.compile(_WORDS["weekly"])
_MOJIBAKE: re.Pattern[str] = re.compile(_WORDS["mojibake"])
_NUMBER = re.compile(rf"^[{_WORDS['approximate']}]?(\d[\d,]*(?:\.\d+)?)")

_YUAN_PER_WAN = 10_000


def read_text(text: str) -> Reading:
    """Text; traces of a wrong decoding are flagged and kept."""
    return text, IssueCode.MOJIBAKE if not text.isascii() and _MOJIBAKE.search(text) else None


def read_name(text: str) -> Reading:
    """Give a name with blanks between Chinese characters taken out and width folded."""
    if text.isascii():
        return " ".join(text.split()), None
    joined = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", narrow(text))
    return joined, read_text(text)[1]


def number_of(text: str) -> tuple[Decimal, str] | None:
    """
    Read a leading number and give it with the rest, usually a unit.

    Digits may be followed by words for ten thousand and the like; spoken numerals count as well. None
    where no number leads.
    """
    text = narrow(text)
    match = _NUMBER.match(text)
    if match:
        value, rest = Decimal(match[1].replace(",", "")), text[match.end() :].lstrip()
        while rest and rest[0].lower() in scales():
            value *= scales()[rest[0].lower()]
            rest = rest[1:]
        return value, rest.lstrip(_WORDS["more"]).strip()
    return _spoken(text)


def _spoken(text: str) -> tuple[Decimal, str] | None:
    total = section_sum = 0
    digit: int | None = None
    end = 0
    for character in text:
        if character in digits():
            digit = digits()[character]
        elif character in scales() and not character.isascii():
            scale = scales()[character]
            if scale >= _YUAN_PER_WAN:
                total, section_sum = (total + section_sum + (digit or 0) or 1) * scale, 0
            else:
                section_sum += (1 if digit is None else digit) * scale
            digit = None
        else:
            break
        end += 1
    if not end:
        return None
    return Decimal(total + section_sum + (digit or 0)), text[end:].strip()


def read_decimal(text: str) -> Reading:
    """Give a number as float."""
    parsed = number_of(text.lstrip("+-−"))
    if parsed is None or parsed[1] not in ("", "%"):
        return None, IssueCode.UNREADABLE_NUMBER
    sign = -1 if text[:1] in "-−" else 1
    return sign * float(parsed[0]), None


def read_integer(text: str) -> Reading:
    """Give a whole number; 12.0 is one, 12.5 is not."""
    parsed = number_of(text.lstrip("-−"))
    if parsed is None or parsed[1] or parsed[0] != parsed[0].to_integral_value() or parsed[0] >= 1 << 62:
        return None, IssueCode.UNREADABLE_NUMBER
    return (-1 if text[:1] in "-−" else 1) * int(parsed[0]), None


def read_money(text: str, unit: str = "yuan") -> Reading:
    """Give fen; ``unit`` is what the figures count, unless the figure itself says ten thousand."""
    wan: str = section("numbers")["ten_thousand"]
    bare = narrow(text).replace(" ", "").rstrip(_WORDS["yuan"]).strip("￥¥")
    if bare.endswith(wan):
        bare, unit = bare.removesuffix(wan), "wan_yuan"
    try:
        if unit == "fen":
            fen = int(Decimal(bare.replace(",", "")))
        elif unit == "wan_yuan":
            fen = fen_from_yuan(Decimal(bare.replace(",", "")) * _YUAN_PER_WAN)
        else:
            fen = fen_from_yuan(bare)
    except (InvalidInputError, InvalidOperation, ValueError, OverflowError):
        return None, IssueCode.UNREADABLE_AMOUNT
    if abs(fen) >= 1 << 62:
        return None, IssueCode.UNREADABLE_AMOUNT
    return fen, IssueCode.NEGATIVE_AMOUNT if fen < 0 else None


def read_foreign_money(text: str, currency: str) -> Reading:
    """Give the smallest units of a currency, such as pence; what is no sum of it is unreadable."""
    try:
        amount = minor_amount(currency, narrow(text).replace(",", ""))
    except InvalidInputError:
        return None, IssueCode.UNREADABLE_AMOUNT
    return amount, IssueCode.NEGATIVE_AMOUNT if amount < 0 else None


def read_flag(text: str) -> Reading:
    """Give yes or no."""
    value = flags().get(folded(text))
    return value, IssueCode.UNREADABLE_FLAG if value is None else None


def read_quantity(text: str) -> Reading:
    """
    Give (quantity, unit); of a range such as ``500-1000`` the lower end, flagged.

    The unit is empty where none is written. A part of a piece, nothing, or less is unreadable.
    """
    bare = folded(text)
    span = _RANGE.match(bare)
    issue = None
    if span and Decimal(span[1].replace(",", "")) <= Decimal(span[2].replace(",", "")):
        low = Decimal(span[1].replace(",", ""))
        rest, issue = bare[span.end() :], IssueCode.QUANTITY_RANGE
        scaled = number_of(f"{low}{rest}")
        parsed = scaled if scaled else (low, rest)
    else:
        parsed = number_of(bare)
    if parsed is None:
        return None, IssueCode.UNREADABLE_QUANTITY
    amount, rest = parsed
    unit = next((unit for unit in units() if rest.startswith(unit)), "")
    tail = rest.removeprefix(unit)
    if (
        amount <= 0
        or amount != amount.to_integral_value()
        or amount >= 1 << 62
        or tail[:1] not in ("", "*", "(", "/", "×")
    ):
        return None, IssueCode.UNREADABLE_QUANTITY
    return (int(amount), unit), issue


def read_credit_code(text: str) -> Reading:
    """Give a checked credit code."""
    try:
        return CreditCode.parse(text).value, None
    except InvalidInputError:
        return None, IssueCode.INVALID_CREDIT_CODE


@lru_cache(maxsize=1024)
def read_weekly(text: str) -> Reading:
    """Give one weekly window as ``SAT 09:00-12:00`` from a weekday in either language and two times."""
    bare = narrow(text)
    match = _WEEKLY.match(bare)
    day = weekdays().get(folded(match[1])) if match else None
    if match is None or day is None:
        return None, IssueCode.UNREADABLE_WINDOW
    try:
        window = WeeklyWindow.parse(f"{day} {int(match[2]):02d}:{match[3]}-{int(match[4]):02d}:{match[5]}")
    except InvalidInputError:
        return None, IssueCode.UNREADABLE_WINDOW
    return str(window), None


def read_windows(text: str, split: str) -> Reading:
    """
    Give (starts, ends) of windows such as ``2026-03-05 09:00-12:00``, civil time, as ISO 8601 in UTC.

    A window that ends before it starts is left out and reported; so is one that cannot be read.
    """
    starts: list[str] = []
    ends: list[str] = []
    problem: IssueCode | None = None
    for part in split_list(narrow(text), split):
        day, _, hours = part.rpartition(" ")
        start, _, end = hours.partition("-")
        try:
            first, last = (
                datetime.fromisoformat(f"{day} {clock.strip():0>5}").replace(tzinfo=CIVIL_ZONE)
                for clock in (start, end)
            )
        except ValueError:
            problem = IssueCode.UNREADABLE_WINDOW
            continue
        if first < last:
            starts.append(first.astimezone(UTC).isoformat())
            ends.append(last.astimezone(UTC).isoformat())
        else:
            problem = IssueCode.UNREADABLE_WINDOW
    return (starts, ends), problem


def split_list(text: str, split: str) -> list[str]:
    """Parts of a list, blanks and empty parts off, in order, each once."""
    parts = re.split(f"[{re.escape(split)}\n]", text)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _each(parts: list[str], reader: Reader) -> Reading:
    """Read every part; unreadable parts are left out and reported once."""
    found: list[Any] = []
    problem: IssueCode | None = None
    for part in parts:
        value, issue = reader(part)
        problem = problem or issue
        if value is not None:
            found.append(value)
    return found, problem


def _sane_money(reading: Reading) -> Reading:
    fen, _ = reading
    return (None, IssueCode.FIGURE_BEYOND_LIMIT) if fen is not None and abs(fen) > MONEY_FEN else reading


def reader_of(
    column: Column, *, identity_key: bytes | None, unit: str | None = None, day: date | None = None
) -> Reader:
    """
    Give the reader of a column.

    Regions and goods need their indexes and are read in ``importers/places.py`` and ``importers/goods.py``.
    """
    codes = {folded(word): code for word, code in column.values.items()} | {
        folded(code): code for code in column.values.values()
    }

    def read_code(text: str) -> Reading:
        code = codes.get(folded(text))
        return code, IssueCode.UNKNOWN_CODE if code is None else None

    def read_plain(text: str) -> Reading:
        return (codes.get(folded(text), text), None) if codes else read_text(text)

    readers: dict[ColumnKind, Reader] = {
        ColumnKind.TEXT: read_plain,
        ColumnKind.NAME: read_name,
        ColumnKind.INTEGER: read_integer,
        ColumnKind.DECIMAL: read_decimal,
        ColumnKind.MONEY: lambda text: _sane_money(read_money(text, unit or column.unit)),
        ColumnKind.FOREIGN_MONEY: lambda text: _sane_money(read_foreign_money(text, column.currency or "")),
        ColumnKind.DATE: lambda text: read_date(
            text,
            period=column.period,
            day_order=column.day_order,
            zone=UTC if column.zone == "utc" else CIVIL_ZONE,
        ),
        ColumnKind.MOMENT: lambda text: read_moment(text, period=column.period, day_order=column.day_order),
        ColumnKind.FLAG: read_flag,
        ColumnKind.CODE: read_code,
        ColumnKind.CODES: lambda text: _each(split_list(text, column.split), read_code),
        ColumnKind.LIST: lambda text: (split_list(text, column.split), None),
        ColumnKind.ID_NUMBER: lambda text: read_id_number(text, identity_key or b"", day),
        ColumnKind.PHONE: lambda text: read_phone(text, identity_key or b""),
        ColumnKind.CREDIT_CODE: read_credit_code,
        ColumnKind.QUANTITY: read_quantity,
        ColumnKind.WINDOWS: lambda text: read_windows(text, column.split),
        ColumnKind.WEEKLY: lambda text: _each(split_list(text, column.split), read_weekly),
    }
    return readers[column.kind]
