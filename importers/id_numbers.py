"""
Identity numbers and telephones as files hold them: only keyed hashes and sealed masks go on (GB/T 45574-2025).

A number that fails its check is not lost: every valid number that differs in one digit, or by two neighbours
swapped, is hashed too, so that linking can tell later whom it may have meant without anybody keeping it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from domain.errors import InvalidInputError
from domain.identifiers import ResidentNumber, resident_check_character
from identity.sealing.masks import seal_mask
from importers.issues import IssueCode
from importers.words import narrow

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_OLD = re.compile(r"\d{15}")
_MASKED = re.compile(r"(\d{3})[\dXx*?＊○●]{11}([\d*]{3}[\dXx*])")
_HIDDEN = frozenset("*?＊○●")
_PHONE_DIGITS = 11


def read_id_number(
    text: str, key: bytes, day: date | None = None
) -> tuple[tuple[Any, ...] | None, IssueCode | None]:
    """
    Give (keyed hash, sealed mask, birth date, sex, hashes of numbers one slip away).

    A number of 15 digits is the one of 18 that its holder has had since 1999. Of a masked one the mask remains,
    of one that fails its check the numbers it may have been. With ``day``, the day on which it is read, a number
    whose holder is not born by then is invalid.
    """
    folded = narrow(text).strip().upper()
    if _OLD.fullmatch(folded):
        body = f"{folded[:6]}19{folded[6:]}"
        folded = body + resident_check_character(body)
    if not _HIDDEN.isdisjoint(folded):
        found = _MASKED.fullmatch(folded)
        mask = seal_mask(f"{found[1]}***********{found[2]}", key) if found and "*" not in found[2] else None
        return (None, mask, None, None, None), IssueCode.MASKED_ID_NUMBER
    try:
        number = ResidentNumber.parse(folded)
        if day is not None:
            number.check_born_by(day)
    except InvalidInputError:
        near = sorted(keyed(key, other) for other in near_numbers(folded, day))
        return (None, None, None, None, near) if near else None, IssueCode.INVALID_ID_NUMBER
    hashed = keyed(key, number.value)
    mask = seal_mask(number.masked, key, hashed)
    return (hashed, mask, number.birth_date, number.sex.value, None), None


def read_phone(text: str, key: bytes) -> tuple[tuple[str, str] | None, IssueCode | None]:
    """Give (keyed hash, mask) of the last eleven digits, or of a shorter number as it stands."""
    digits = "".join(character for character in narrow(text) if character.isdigit())[-_PHONE_DIGITS:]
    if len(digits) < 7:
        return None, IssueCode.UNREADABLE_NUMBER
    return (keyed(key, f"phone:{digits}"), f"{digits[:3]}****{digits[-4:]}"), None


def keyed(key: bytes, text: str) -> str:
    """Give HMAC-SHA-256 of a text, in hex."""
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def near_numbers(text: str, day: date | None = None) -> set[str]:
    """
    Give the valid numbers that are one digit or one swap of neighbours away from 18 characters.

    Examples
    --------
    >>> "11010519491231002X" in near_numbers("11010519491231003X")
    True
    """
    if len(text) != len(_WEIGHTS) + 1 or not text[:17].isdigit() or not text.isascii():
        return set()
    digits = [int(character) for character in text[:17]]
    total = sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    found = {text[:17] + _CHECKS[total % 11]}
    found.update(
        text[:at] + str(digit) + text[at + 1 :]
        for at, digit in _slips(digits)
        if _CHECKS[(total + (digit - digits[at]) * _WEIGHTS[at]) % 11] == text[17]
    )
    for at in range(16):
        swapped = (digits[at + 1] - digits[at]) * (_WEIGHTS[at] - _WEIGHTS[at + 1])
        if swapped and _CHECKS[(total + swapped) % 11] == text[17]:
            found.add(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    return {number for number in found if number != text and _is_real(number, day)}


def _slips(digits: list[int]) -> Iterator[tuple[int, int]]:
    for at, was in enumerate(digits):
        for digit in range(10):
            if digit != was:
                yield at, digit


def _is_real(text: str, day: date | None) -> bool:
    try:
        number = ResidentNumber(text)
        if day is not None:
            number.check_born_by(day)
    except InvalidInputError:
        return False
    return True
