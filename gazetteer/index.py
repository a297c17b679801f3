"""Names to divisions: every form of every name of a system, and which forms may stand where."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import cast

import data
from domain.identifiers import RegionSystem
from gazetteer.answers import Certainty
from gazetteer.names import folded, pattern, short_forms, sign, words, zone_forms
from gazetteer.spans import DIGITS, Atlas, Division, atlas

COUNTY = 6  # digits; below it names repeat all over the nation
_TOWN = 9
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write one division."""

    division: Division
    certainty: Certainty


class Index:
    """The forms of one atlas by their text, with the lengths that occur, longest first."""

    def __init__(self, places: Atlas) -> None:
        self.atlas = places
        self.upper: dict[str, list[Form]] = defaultdict(list)
        self.lower: dict[str, list[Form]] = defaultdict(list)
        for division in places.present.values():
            self._add(division)
        for spans in places.former.values():
            for division in spans:
                self._add(division)
        for code, names in cast("dict[str, list[str]]", data.place_words()["aliases"]).items():
            named = places.present.get(code)
            if named is not None:
                for name in names:
                    self.upper[name].append(Form(named, Certainty.SHORT_NAME))

    def _add(self, division: Division) -> None:
        name = folded(division.name)
        table = self.upper if len(division.digits) <= COUNTY else self.lower
        table[name].append(Form(division, Certainty.EXACT))
        forms = short_forms(name, len(division.digits))
        if division.is_zone:
            above = [self.atlas.present.get(division.digits[:n]) for n in (2, 4)]
            forms = zone_forms(name, *(folded(one.name) for one in above if one is not None))
        for form in forms:
            table[form].append(Form(division, Certainty.SHORT_NAME))

    @cached_property
    def _children(self) -> dict[str, list[Division]]:
        table: dict[str, list[Division]] = defaultdict(list)
        former = (one for spans in self.atlas.former.values() for one in spans)
        for division in (*self.atlas.present.values(), *former):
            for length in DIGITS:
                if length < len(division.digits) <= _TOWN:
                    table[division.digits[:length]].append(division)
        return table

    def below(self, division: Division, *, levels: int) -> Iterator[Division]:
        """Give divisions below one whose codes have as many digits as ``levels`` or fewer."""
        for code in self.atlas.codes_of(division):
            for child in self._children.get(code, ()):
                if len(child.digits) <= levels:
                    yield child

    def starting(self, text: str, at: int) -> Iterator[tuple[int, list[Form]]]:
        """Give forms of counties and above that stand at a place in a text, the longest first."""
        for length in range(min(_LONGEST, len(text) - at), 1, -1):
            found = self.upper.get(text[at : at + length])
            if found:
                yield length, found

    def lower_starting(self, text: str, at: int) -> Iterator[tuple[int, list[Form]]]:
        """Give forms of towns and villages that stand at a place in a text, the longest first."""
        for length in range(min(_LONGEST, len(text) - at), 1, -1):
            found = self.lower.get(text[at : at + length])
            if found:
                yield length, found


def ends_a_name(text: str, at: int) -> bool:
    """Whether a name could end here: nothing follows, or what is no part of a name."""
    return pattern("edges").match(text[at:]) is not None


def is_road(text: str, at: int) -> bool:
    """Whether what follows makes a short name the name of a road, a bridge, a bank."""
    return pattern("roads").match(text[at:]) is not None


def is_street_office(text: str, at: int, form: Form) -> bool:
    """Whether a town's short name and the word for a street stand for its office: a road goes on after it."""
    street = sign("street")
    following = text[at + 1 : at + 2]
    return (
        form.certainty is Certainty.SHORT_NAME
        and form.division.name.endswith(sign("street_office"))
        and text.startswith(street, at)
        and following.isalpha()
        and not following.isascii()
        and pattern("looks_numbered").match(following) is None
    )


def is_town_name(text: str) -> bool:
    """Whether a text ends in the word for a kind of town."""
    return text.endswith(tuple(words("town_kinds")))


@cache
def index(system: RegionSystem) -> Index:
    """Give the forms of a system; built once."""
    return Index(atlas(system))
