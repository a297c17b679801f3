"""Names of divisions: how text is folded to compare it, and by which other forms a division goes."""

import re
import unicodedata
from functools import cache
from typing import cast

import data

_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u200b-\u200f\ufeff\u2060\u00ad]")
_COUNTY = 6  # digits
_VILLAGE = 12
_SHORTEST = 2  # characters; a county of one character and its kind has no short name


def words(name: str) -> list[str]:
    """Give one list of the table of words."""
    return cast("list[str]", data.place_words()[name])


def sign(name: str) -> str:
    """Give one word of the table of words."""
    return cast("str", data.place_words()[name])


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Give one pattern of the table of words, compiled once."""
    return re.compile(cast("str", data.place_words()[name]))


@cache
def _simplifying() -> dict[int, str]:
    return str.maketrans(data.traditional())


def folded(text: str) -> str:
    """Text as names are compared: half-width, lower case, simplified, no blanks, nothing invisible."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _SPACE.sub("", plain).lower().translate(_simplifying())


def _without(name: str, kinds: list[str]) -> str | None:
    """Give a name without the word for its kind; None where nothing is left to go by."""
    for kind in kinds:
        if name.endswith(kind) and len(name) - len(kind) >= _SHORTEST:
            return name.removesuffix(kind)
    return None


def _without_peoples(stem: str) -> str:
    """Take the peoples off an autonomous division, from the right, as long as a name is left."""
    people = cast("str", data.place_words()["people_word"])
    forms = [form for name in words("peoples") for form in (name + people, name) if len(form) >= _SHORTEST]
    while True:
        shorter = _without(stem, forms)
        if shorter is None:
            return _without(stem, [people]) or stem
        stem = shorter


def short_forms(name: str, digits: int) -> tuple[str, ...]:
    """
    Give the shorter forms of a full name, folded.

    Parameters
    ----------
    name
        The full name, folded.
    digits
        How many digits its code has: kinds differ by level.
    """
    if digits == _VILLAGE:
        return _village_forms(name)
    stem = _without(name, words("kinds" if digits <= _COUNTY else "town_kinds"))
    if stem is None or (digits <= _COUNTY and stem in words("no_short")):
        return ()
    if digits > _COUNTY and name.endswith(sign("street_office")):
        return (stem, *(stem + office for office in words("street_office_forms")))
    if not name.endswith(tuple(words("autonomous"))):
        return (stem,)
    bare = _without_peoples(stem)
    return (bare, bare + name[-1]) if name[-1] in words("brief_kinds") and digits > 2 else (bare,)


def _village_forms(name: str) -> tuple[str, ...]:
    """A committee's place: what people write is the community or the village, not its committee."""
    bodies = cast("list[tuple[str, str]]", data.place_words()["village_bodies"])
    return next(
        ((name.removesuffix(body) + place,) for body, place in bodies if name.endswith(body)),
        (),
    )


def zone_forms(name: str, *above: str) -> tuple[str, ...]:
    """Give the forms of a development zone below its city: without the names above it, and cut short."""
    base = name
    for upper in above:
        for form in (upper, *short_forms(upper, 4)):
            base = base.removeprefix(form)
    forms = {base} | {
        base.replace(long, cut)
        for long, cuts in cast("dict[str, list[str]]", data.place_words()["zone_cuts"]).items()
        if long in base
        for cut in cuts
    }
    return tuple(sorted(form for form in forms - {name} if len(form) >= _SHORTEST))
