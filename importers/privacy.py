"""Identity numbers that stand where none should: reports are mailed, printed and kept, so they are cut short."""

import re

_SHOWN = 3
_GAP = r"[ \-\u3000]?"
_LONG = rf"\d{{6}}{_GAP}(?:1[89]|2[01])\d\d{_GAP}[01]\d{_GAP}[0-3]\d{_GAP}\d{{3}}[\dXx\uff38\uff58]?"
_SHORT = rf"\d{{6}}{_GAP}\d\d[01]\d[0-3]\d{_GAP}\d{{3}}"
_NUMBER = re.compile(rf"(?<!\d)(?:{_LONG}|{_SHORT})(?!\d)")
_WIDE = str.maketrans("\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19", "0123456789")


def head(number: str) -> str:
    """Give the head of an identity number: enough to find it in its file, too little to use it."""
    return number and f"{number[:_SHOWN]}\u2026"


def masked(text: str) -> str:
    """
    Cut short every identity number within a text.

    A number is 17 digits with or without their check character, or 15 of the old kind, whose middle reads
    as a day of birth even if no such day exists, in one run or parted by single blanks and dashes. Codes of
    divisions are too short to be one, and credit codes hold no day.
    """
    if not text or text.isalpha():
        return text
    found = list(_NUMBER.finditer(text.translate(_WIDE)))
    for match in reversed(found):
        text = text[: match.start()] + head(match[0]) + text[match.end() :]
    return text
