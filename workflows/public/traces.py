"""
What must not stand in a text that everybody reads: names, numbers and addresses of people (HC-24).

Patterns find what looks like them and words of the file find the rest; a person decides what is published.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

MASK = "\u25a1"
"""Stands for each character taken out of a text."""


class Trace(StrEnum):
    """What could lead a reader to a person."""

    ID_NUMBER = "ID_NUMBER"
    PHONE = "PHONE"
    ACCOUNT = "ACCOUNT"
    MAIL = "MAIL"
    PLATE = "PLATE"
    ADDRESS = "ADDRESS"
    BIRTH_DATE = "BIRTH_DATE"
    NAME = "NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One trace in a text.

    Parameters
    ----------
    start, end
        Half-open characters of the text as it was given.
    """

    trace: Trace
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patterns:
    chinese_digits: dict[int, int]
    numbers: tuple[tuple[Trace, re.Pattern[str]], ...]
    texts: tuple[tuple[Trace, re.Pattern[str]], ...]
    names: tuple[re.Pattern[str], ...]
    no_names: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    table = tomllib.loads(files("workflows.public").joinpath("traces.toml").read_text("utf-8"))
    words = {
        "digit": "[0-9]",
        "gap": r"[\s\-\u2013\u2014]{0,2}",  # people space and dash numbers out
        "han": r"[\u4e00-\u9fff]",
        "surname": f"(?:{'|'.join(table['double_surnames'])}|[{table['surnames']}])",
    }

    def of(rows: list[dict[str, str]]) -> tuple[tuple[Trace, re.Pattern[str]], ...]:
        return tuple(
            (Trace(row.get("trace", Trace.NAME)), re.compile(row["pattern"].format_map(words)))
            for row in rows
        )

    return _Patterns(
        chinese_digits=str.maketrans(*table["chinese_digits"]),
        numbers=of(table["numbers"]),
        texts=of(table["texts"]),
        names=tuple(pattern for _, pattern in of(table["names"])),
        no_names=re.compile("|".join(table["no_names"])),
    )


def traces(text: str, *, known: Iterable[str] = ()) -> tuple[Finding, ...]:
    """
    Give what could lead a reader of ``text`` to a person, in its order, without overlaps.

    Full-width and Chinese digits and spaced-out numbers are read too.

    Parameters
    ----------
    known
        Words of the file that must not appear: names of the household, numbers, streets. Those of fewer than
        two characters are not looked for.

    Examples
    --------
    >>> [finding.trace.value for finding in traces("Call 138 0013 8000")]
    ['PHONE']
    """
    plain = "".join(_plain(character) for character in text)
    patterns = _patterns()
    numeric = plain.translate(patterns.chinese_digits)
    found: list[Finding] = []
    for trace, pattern in patterns.numbers:
        found += _matches(trace, pattern, numeric)
    for trace, pattern in patterns.texts:
        found += _matches(trace, pattern, plain)
    for pattern in patterns.names:
        found += [
            finding
            for finding in _matches(Trace.NAME, pattern, plain)
            if not patterns.no_names.match(plain, finding.start)
        ]
    for word in known:
        needle = "".join(_plain(character) for character in word.strip())
        if len(needle) >= 2:
            found += _matches(Trace.NAME, re.compile(re.escape(needle), re.IGNORECASE), plain)
    return _apart(found)


def masked(text: str, findings: Iterable[Finding]) -> str:
    """Give the text with each finding's characters replaced by ``MASK``."""
    characters = list(text)
    for finding in findings:
        characters[finding.start : finding.end] = MASK * (finding.end - finding.start)
    return "".join(characters)


def _plain(character: str) -> str:
    """Narrow a wide character; places stay where they are, so that findings point into the given text."""
    narrow = unicodedata.normalize("NFKC", character)
    if len(narrow) == 1:
        return narrow
    return character


def _matches(trace: Trace, pattern: re.Pattern[str], text: str) -> list[Finding]:
    group = 1 if pattern.groups else 0
    return [
        Finding(trace=trace, start=match.start(group), end=match.end(group))
        for match in pattern.finditer(text)
    ]


def _apart(found: list[Finding]) -> tuple[Finding, ...]:
    """Keep the first and longest of findings that overlap; a longer one is lengthened by what it meets."""
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start, -f.end)):
        if kept and finding.start < kept[-1].end:
            if finding.end > kept[-1].end:
                kept[-1] = Finding(trace=kept[-1].trace, start=kept[-1].start, end=finding.end)
            continue
        kept.append(finding)
    return tuple(kept)
