"""Chains of names from the upper division down: the way an address begins."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from gazetteer.answers import Certainty, Piece, weakest
from gazetteer.index import COUNTY, Form, Index, ends_a_name, is_road, is_street_office, is_town_name
from gazetteer.names import folded, words
from gazetteer.spans import Division

_TOWN = 9
_VILLAGE = 12


@dataclass(frozen=True, slots=True)
class Chain:
    """Names that follow each other down the tree, and where in the text the last one ends."""

    pieces: tuple[Piece, ...]
    end: int

    @property
    def last(self) -> Division:
        """The finest division named."""
        return self.pieces[-1].division

    @property
    def certainty(self) -> Certainty:
        """The weakest of its names."""
        return weakest([piece.certainty for piece in self.pieces])


@cache
def separators() -> frozenset[str]:
    """Characters that may stand between two names of a chain."""
    return frozenset(words("separators"))


def skip(text: str, at: int) -> int:
    """Pass separators, and words that stand in lists for levels without a name."""
    while at < len(text):
        if text[at] in separators():
            at += 1
            continue
        word = next((word for word in words("unnamed_in_text") if text.startswith(word, at)), None)
        if word is None:
            return at
        at += len(word)
    return at


def chains(index: Index, text: str, at: int, *, home: Division | None = None) -> list[Chain]:
    """
    Give every chain that begins at a place in a text, each as long as it goes.

    Parameters
    ----------
    home
        A division below which names of towns may begin a chain in any form.
    """
    found: list[Chain] = []
    for form, end, written in _first(index, text, at, home):
        piece = Piece(text=written, division=form.division, certainty=form.certainty)
        found += _borne_out(text, list(continued(index, text, Chain((piece,), end))), 1, end)
    return found


def _borne_out(text: str, found: list[Chain], pieces: int, end: int) -> list[Chain]:
    """Leave out a short name that what follows makes a road, unless that is itself a name below it."""
    if found and found[0].pieces[pieces - 1].certainty is Certainty.SHORT_NAME and is_road(text, end):
        return [chain for chain in found if len(chain.pieces) > pieces]
    return found


def _first(index: Index, text: str, at: int, home: Division | None) -> Iterator[tuple[Form, int, str]]:
    for length, forms in index.starting(text, at):
        end = at + length
        for form in forms:
            yield form, end, text[at:end]
    for length, forms in index.lower_starting(text, at):
        end = at + length
        written = text[at:end]
        for form in forms:
            if home is not None and index.atlas.is_below(form.division, home):
                if form.certainty is Certainty.EXACT or ends_a_name(text, end):
                    yield form, end, written
            elif (
                form.certainty is Certainty.EXACT
                and len(form.division.digits) == _TOWN
                and is_town_name(written)
            ):
                yield form, end, written


def continued(index: Index, text: str, chain: Chain) -> Iterator[Chain]:
    """Give a chain's continuations, or itself where there is none."""
    any_longer = False
    start = skip(text, chain.end)
    repeated = folded(chain.last.name)
    if text.startswith(repeated, start):
        any_longer = True
        yield from continued(index, text, Chain(chain.pieces, start + len(repeated)))
    for form, end in _next(index, text, start, chain.last):
        piece = Piece(text=text[start:end], division=form.division, certainty=form.certainty)
        longer = Chain((*chain.pieces, piece), end)
        borne_out = _borne_out(text, list(continued(index, text, longer)), len(longer.pieces), end)
        any_longer = any_longer or bool(borne_out)
        yield from borne_out
    if not any_longer:
        yield chain


def _next(index: Index, text: str, at: int, above: Division) -> Iterator[tuple[Form, int]]:
    places = index.atlas
    if len(above.digits) < COUNTY:
        for length, forms in index.starting(text, at):
            end = at + length
            for form in forms:
                if places.is_below(form.division, above):
                    yield form, end
    if len(above.digits) >= _VILLAGE:
        return
    for length, forms in index.lower_starting(text, at):
        end = at + length
        for form in forms:
            if not places.is_below(form.division, above):
                continue
            if len(form.division.digits) == _VILLAGE and len(above.digits) < COUNTY:
                continue  # the same names stand in every county
            direct = len(above.digits) >= COUNTY and ends_a_name(text, end)
            if len(above.digits) >= COUNTY and is_street_office(text, end, form):
                yield form, end + 1
                continue
            if form.certainty is Certainty.EXACT or direct:
                yield form, end
