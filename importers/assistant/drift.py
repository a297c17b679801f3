"""A table whose headers have changed since its mapping was confirmed: recognised by likeness, or left to a person."""

from collections.abc import Sequence
from dataclasses import replace

from importers.assistant.likeness import Because
from importers.assistant.placing import header_places
from importers.assistant.proposals import SURE, Pairing, pair
from importers.headers import HeaderMatch, ambiguous, named_so
from importers.mapping import Mapping
from importers.sheets import Sheet

_MARGIN = 0.08
_EXPLAINED = 0.5
"""Share of the sheet's columns that the mapping must explain: a few words alike make no table."""


def recognise_drifted(sheet: Sheet, mappings: Sequence[Mapping]) -> HeaderMatch | None:
    """
    Lay the one mapping on a sheet that every required column speaks for, though none fits to the letter.

    Returns
    -------
    HeaderMatch | None
        With ``drift``, the reason for each column that is called otherwise than before; None where nothing is sure.

    Raises
    ------
    MappingError
        Two mappings are about equally likely: a person says which.
    """
    sure = [
        one
        for place in header_places(sheet)
        for mapping in mappings
        if (one := pair(mapping, place)) and _is_sure(one)
    ]
    if not sure:
        return None
    best: dict[str, Pairing] = {}
    for one in sorted(sure, key=lambda one: (named_so(sheet, one.mapping), one.score), reverse=True):
        best.setdefault(one.mapping.name, one)
    first, *others = best.values()
    rivals = [
        one
        for one in others
        if one.score > first.score - _MARGIN and not one.mapping.means_the_same(first.mapping)
    ]
    if rivals:
        raise ambiguous(sheet, [one.mapping.name for one in (first, *rivals)])
    return _match(first)


def _is_sure(pairing: Pairing) -> bool:
    mapping, named = pairing.mapping, [header for header in pairing.place.headers if header]
    wanted = mapping.required
    if not wanted or pairing.missing or len(pairing.pairs) < min(2, len(mapping.columns)):
        return False
    used = {position for position, *_rest in pairing.pairs.values()}
    alone = all(because is Because.CONTAINED for _, _, because, _ in pairing.pairs.values())
    return (
        all(pairing.pairs[name][1] >= SURE for name in wanted)
        and len(used) >= _EXPLAINED * len(named)
        and not alone
    )


def _match(pairing: Pairing) -> HeaderMatch:
    place = pairing.place
    taken = {name: found for name, found in pairing.pairs.items() if found[1] >= SURE}
    drift = tuple(
        (name, known, round(confidence, 2))
        for name, (_, confidence, because, known) in taken.items()
        if because not in {Because.SAME_HEADER, Because.SAME_BUT_BRACKETS}
    )
    match = HeaderMatch(
        mapping=pairing.mapping,
        first_row=place.first_row,
        last_row=place.first_row + place.rows - 1,
        columns={name: found[0] for name, found in taken.items()},
        headers=place.headers,
        missing=(),
        duplicates=(),
        exact=len(taken) - len(drift),
    )
    return replace(match, drift=drift)
