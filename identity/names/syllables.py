"""Syllables of Mandarin: what a character says, and where the syllables of a Latin string end."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_TONES = str.maketrans(
    "āáǎàēéěèêếềōóǒòīíǐìūúǔùǖǘǚǜüńňǹḿ",
    "aaaaeeeeeeeooooiiiiuuuuvvvvvnnnm",
)
_COMBINING = re.compile("[\u0300-\u030f]")
_LONGEST = 6
_ROUNDED = {
    "lv": "lu",
    "nv": "nu",
    "lve": "lue",
    "nve": "nue",
    "lyu": "lu",
    "nyu": "nu",
    "lyue": "lue",
    "nyue": "nue",
}
_DIALECT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("hu", "f"))
_COMMON = 0x9FFF


@cache
def table(name: str) -> dict[str, Any]:
    """Give one table of ``identity/names/tables``."""
    return tomllib.loads(files("identity.names").joinpath("tables", f"{name}.toml").read_text("utf-8"))


@cache
def _characters() -> dict[int, str]:
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - a large table, read when a name needs it

    return PINYIN_DICT


@cache
def reading(character: str) -> str:
    """Give the commonest reading of a character without its tone; empty for what has none."""
    said = _characters().get(ord(character), "")
    return plain(said.split(",")[0])


@cache
def surname_reading(character: str) -> str:
    """Give the reading of a character as a surname."""
    found: str | None = table("readings")["surname"].get(character)
    return rounded(found) if found else reading(character)


@cache
def compound(surname: str) -> tuple[str, ...]:
    """Give the syllables of a surname of two characters; empty for what is none."""
    found: str = table("readings")["compound"].get(surname, "")
    return tuple(rounded(syllable) for syllable in found.split())


def plain(said: str) -> str:
    """Give a syllable in plain letters: no tone, and one form for the rounded u after l and n."""
    return rounded(_COMBINING.sub("", said.lower().translate(_TONES)))


def rounded(syllable: str) -> str:
    """Write the rounded u as u: passports write LYU, offices LU, typists LV."""
    return _ROUNDED.get(syllable, syllable)


@cache
def dialect(syllable: str) -> str:
    """Fold what dialects do not tell apart: zh and z, n and l, hu and f, -ng and -n."""
    for long, short in _DIALECT:
        if syllable.startswith(long) and len(syllable) > len(long):
            syllable = short + syllable[len(long) :]
            break
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


@cache
def known() -> frozenset[str]:
    """Every syllable that some character has."""
    found = {plain(one) for said in _characters().values() for one in said.split(",")}
    return frozenset(s for s in found if s.isascii() and s.isalpha() and any(v in s for v in "aeiouv")) | set(
        _ROUNDED
    )


@cache
def segments(letters: str) -> tuple[str, ...]:
    """
    Part Latin letters into syllables, the fewest that take up all of them; empty where that cannot be.

    Of equally few the one whose first syllables are the longest is taken.
    """
    best: list[tuple[str, ...] | None] = [*([None] * len(letters)), ()]
    for start in range(len(letters) - 1, -1, -1):
        for end in range(min(len(letters), start + _LONGEST), start, -1):
            rest = best[end]
            if rest is not None and letters[start:end] in known():
                found = (letters[start:end], *rest)
                if best[start] is None or len(found) < len(best[start] or ()):
                    best[start] = found
    return tuple(rounded(syllable) for syllable in best[0] or ())
