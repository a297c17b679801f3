"""The words of ``data/words.toml``, compiled once for the readers of cells."""

import unicodedata
from functools import cache
from typing import Any, cast

import data


def folded(text: str) -> str:
    """Text as it is compared: half-width, lower case, without blanks."""
    half = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(half.split()).lower()


def narrow(text: str) -> str:
    """Half-width forms, outer blanks off; case and inner blanks stay."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def section(name: str) -> dict[str, Any]:
    """One part of the word list."""
    return cast("dict[str, Any]", data.words()[name])


@cache
def digits() -> dict[str, int]:
    """Chinese digits."""
    return cast("dict[str, int]", section("numbers")["digits"])


@cache
def scales() -> dict[str, int]:
    """Words that multiply, such as ten thousand."""
    return cast("dict[str, int]", section("numbers")["scales"])


@cache
def units() -> tuple[str, ...]:
    """Known units of goods, longest first."""
    return tuple(sorted(cast("list[str]", section("units")["known"]), key=len, reverse=True))


@cache
def flags() -> dict[str, bool]:
    """Words for yes and no."""
    table = section("flags")
    return {**dict.fromkeys(table["yes"], True), **dict.fromkeys(table["no"], False)}


@cache
def weekdays() -> dict[str, str]:
    """Names of weekdays to ``MON`` ... ``SUN``."""
    table = section("weekdays")
    return {name: code for code, names in table.items() for name in (*names, code.lower())}
