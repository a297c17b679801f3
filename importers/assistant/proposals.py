"""
Proposing a mapping for a sheet: where its header is, what its columns are, what their words mean.

Every table kind that the platform knows is laid on the sheet; the columns of the kind that fits best are paired with
those of the sheet by header and by value, best pairs first. What no kind explains is guessed from all known
columns. Nothing is decided here: each choice has a confidence and a reason, and a person confirms.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rapidfuzz import fuzz

from importers.assistant.likeness import Because, best
from importers.assistant.placing import HEADER_WITHIN, HeaderPlace, header_places
from importers.assistant.profiles import Profile
from importers.issues import IssueCode
from importers.mapping import Column, ColumnKind, Mapping
from importers.privacy import masked
from importers.recipes import RECIPES
from importers.sheets import Sheet, cell_text, column_letter
from importers.words import folded, section

SURE = 0.85
"""From here on a choice is taken without asking again, once its mapping has been confirmed."""
LIKELY = 0.6
"""Below it a column is left open."""
_MARGIN = 0.05
_LONE = 0.9
_WITHIN = 0.8
_AGREEING = 3
"""Tables that must call a thing so before the word alone is believed in another."""
_BY_VALUE = frozenset({ColumnKind.ID_NUMBER, ColumnKind.CREDIT_CODE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGuess:
    """
    One column of the sheet.

    Parameters
    ----------
    position, header
        Where it stands, from 0, and what it says.
    column
        Column of the mapping that it was taken for; None where it is left alone.
    kind
        What its cells hold.
    meaning
        The properties that it feeds, as the graph calls them.
    confidence, because, known
        How sure, for which reason, and by which known header.
    others
        What else it may be, with the confidence of each.
    """

    position: int
    header: str
    column: str | None
    kind: ColumnKind
    meaning: tuple[str, ...]
    confidence: float
    because: Because | None
    known: str
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueGuess:
    """A word that the mapping's table lacks, and the code that it seems to mean; '' where nothing is near."""

    column: str
    word: str
    code: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """
    How a sheet may be read.

    Parameters
    ----------
    like, confidence
        The table kind that it seems to be, None where none fits, and how sure.
    others
        Other kinds, with their confidence.
    first_row, header_rows
        Where the header stands, as the file counts, and how many rows it has.
    missing
        Required columns of the kind that nothing was taken for.
    options
        Options of columns that the values ask for, by column: unit, period, day_order.
    """

    file: str
    sheet: str
    like: str | None
    confidence: float
    others: tuple[tuple[str, float], ...]
    first_row: int
    header_rows: int
    columns: tuple[ColumnGuess, ...]
    missing: tuple[str, ...]
    values: tuple[ValueGuess, ...]
    options: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    @property
    def ambiguous(self) -> bool:
        """Whether another kind fits nearly as well."""
        return bool(self.others) and self.others[0][1] > self.confidence - _MARGIN

    def to_json(self) -> dict[str, Any]:
        """Plain values for a client."""
        return {
            "file": self.file,
            "sheet": self.sheet,
            "like": self.like,
            "confidence": round(self.confidence, 3),
            "ambiguous": self.ambiguous,
            "others": [{"like": name, "confidence": round(share, 3)} for name, share in self.others],
            "first_row": self.first_row,
            "header_rows": self.header_rows,
            "columns": [
                {
                    "letter": column_letter(guess.position),
                    "header": masked(guess.header),
                    "column": guess.column,
                    "kind": guess.kind.value,
                    "meaning": list(guess.meaning),
                    "confidence": round(guess.confidence, 3),
                    "because": None if guess.because is None else guess.because.value,
                    "known": guess.known,
                    "others": [
                        {"column": name, "confidence": round(share, 3)} for name, share in guess.others
                    ],
                }
                for guess in self.columns
            ],
            "missing": list(self.missing),
            "values": [
                {"column": v.column, "word": v.word, "code": v.code, "confidence": round(v.confidence, 3)}
                for v in self.values
            ],
            "options": self.options,
        }


@dataclass(frozen=True, slots=True)
class Pairing:
    """A table kind laid on a header: columns by name with confidence and reason."""

    mapping: Mapping
    place: HeaderPlace
    pairs: dict[str, tuple[int, float, Because, str]]
    score: float

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing was taken for."""
        return tuple(name for name in self.mapping.required if name not in self.pairs)


def propose(sheet: Sheet, mappings: Sequence[Mapping], *, like: str | None = None) -> Proposal | None:
    """
    Propose how to read a sheet; None for one that holds no table.

    Parameters
    ----------
    mappings
        The table kinds that are known.
    like
        Name of the kind that it is, where the person knows.
    """
    places = header_places(sheet)
    if not places:
        return None
    known = [mapping for mapping in mappings if like is None or mapping.name == like]
    pairings = sorted(
        (pairing for mapping in known for place in places if (pairing := pair(mapping, place)).pairs),
        key=lambda one: one.score,
        reverse=True,
    )
    chosen = pairings[0] if pairings and (like is not None or pairings[0].score >= LIKELY) else None
    others: dict[str, float] = {}
    for one in pairings:
        if chosen is None or one.mapping.name != chosen.mapping.name:
            others.setdefault(one.mapping.name, one.score)
    place = chosen.place if chosen else places[0]
    columns = _guesses(place, chosen, mappings)
    return Proposal(
        file=sheet.file_name,
        sheet=sheet.name,
        like=chosen.mapping.name if chosen else None,
        confidence=chosen.score if chosen else (pairings[0].score if pairings else 0.0),
        others=tuple(islice(others.items(), 3)),
        first_row=place.first_row,
        header_rows=place.rows,
        columns=columns,
        missing=chosen.missing if chosen else (),
        values=_values(chosen) if chosen else (),
        options=_options(sheet, chosen) if chosen else {},
    )


def pair(mapping: Mapping, place: HeaderPlace) -> Pairing:
    """Lay a table kind on a header: the surest pairs of column and header first, each once."""
    candidates: list[tuple[float, int, str, Because, str]] = []
    for position, header in enumerate(place.headers):
        for name, column in mapping.columns.items():
            scored = score(column, header, place.profiles[position])
            if scored is not None and scored[0] >= LIKELY:
                candidates.append((scored[0], position, name, scored[1], scored[2]))
    candidates.sort(key=lambda one: (-one[0], one[1]))
    pairs: dict[str, tuple[int, float, Because, str]] = {}
    taken: dict[int, str] = {}
    for confidence, position, name, because, known in candidates:
        shares = (
            position in taken and mapping.columns[taken[position]].headers == mapping.columns[name].headers
        )
        if name not in pairs and (position not in taken or shares):
            pairs[name] = (position, confidence, because, known)
            taken.setdefault(position, name)
    return Pairing(mapping, place, pairs, _fit(mapping, place, pairs, set(taken)))


def _fit(
    mapping: Mapping,
    place: HeaderPlace,
    pairs: dict[str, tuple[int, float, Because, str]],
    taken: set[int],
) -> float:
    """Score a kind by its required columns, by how much of the sheet it explains, and by how much of it is there."""
    required = mapping.required or tuple(mapping.columns)
    there = sum(pairs[name][1] for name in required if name in pairs) / len(required)
    named = [p for p, header in enumerate(place.headers) if header]
    by_position = {position: confidence for position, confidence, _, _ in pairs.values()}
    explained = sum(by_position.get(p, 0.0) for p in named if p in taken) / max(len(named), 1)
    present = len(pairs) / len(mapping.columns)
    return there**2 * (0.55 + 0.3 * explained + 0.15 * present)


def score(column: Column, header: str, cells: Profile) -> tuple[float, Because, str] | None:
    """Say how surely a column of a sheet is a column of a mapping; None where its cells contradict."""
    found = best(header, column.headers) if header else None
    alike = found.share if found else 0.0
    if (alike < LIKELY and column.kind not in _BY_VALUE) or cells.vetoes(column):
        return None
    share = cells.supports(column)
    if column.kind in _BY_VALUE and share is not None and share >= _LONE and alike < _LONE:
        return _LONE, Because.VALUES, ""
    if found is None:
        return None
    confidence = alike if share is None or alike == 1.0 else alike * (0.85 + 0.15 * share)
    return confidence, found.because, found.known


def meanings(mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """Give the properties of the graph that each column feeds."""
    found: dict[str, set[str]] = {}
    if mapping.recipe is not None:
        for target, column in RECIPES[mapping.recipe].sources.items():
            found.setdefault(column, set()).add(target.partition(".")[2])
    for entity in mapping.entities:
        for target, source in entity.set.items():
            text = source if isinstance(source, str) else (source.key[0] if source.key else source.id or "")
            name = text.partition(".")[0]
            found.setdefault(entity.repeat if name == "@item" and entity.repeat else name, set()).add(target)
    return {name: tuple(sorted(targets)) for name, targets in found.items()}


def _guesses(
    place: HeaderPlace, chosen: Pairing | None, mappings: Sequence[Mapping]
) -> tuple[ColumnGuess, ...]:
    by_position: dict[int, str] = {}
    feeds: dict[str, tuple[str, ...]] = {}
    if chosen is not None:
        feeds = meanings(chosen.mapping)
        for name, (position, *_rest) in chosen.pairs.items():
            by_position.setdefault(position, name)
    guesses: list[ColumnGuess] = []
    for position, header in enumerate(place.headers):
        cells = place.profiles[position]
        if not header and not cells.filled:
            continue
        name = by_position.get(position)
        if chosen is not None and name is not None:
            _, confidence, because, known = chosen.pairs[name]
            column = chosen.mapping.columns[name]
            others = sorted(
                (
                    (other, scored[0])
                    for other, it in chosen.mapping.columns.items()
                    if other != name and (scored := score(it, header, cells)) and scored[0] >= LIKELY
                ),
                key=lambda one: -one[1],
            )
            guesses.append(
                ColumnGuess(
                    position=position, header=header, column=name, kind=column.kind,
                    meaning=feeds.get(name, ()), confidence=confidence, because=because, known=known,
                    others=tuple(others[:3]),
                )
            )  # fmt: skip
        else:
            guesses.append(guess(position, header, cells, mappings))
    return tuple(guesses)


def guess(position: int, header: str, cells: Profile, mappings: Sequence[Mapping]) -> ColumnGuess:
    """
    Guess what a column is from every known column, whatever table it stands in; left open where unsure.

    One table's word for it is never sure: the same header may mean something else here.
    """
    found: dict[tuple[ColumnKind, tuple[str, ...]], tuple[float, Because, str]] = {}
    agreeing: dict[tuple[ColumnKind, tuple[str, ...]], int] = {}
    for mapping in mappings:
        feeds = meanings(mapping)
        for name, column in mapping.columns.items():
            scored = score(column, header, cells)
            key = (column.kind, feeds.get(name, ()))
            agreeing[key] = agreeing.get(key, 0) + (scored is not None and scored[0] >= SURE)
            if scored and scored[0] >= LIKELY and scored[0] > found.get(key, (0.0,))[0]:
                found[key] = scored
    ranked = sorted(found.items(), key=lambda one: -one[1][0])
    if not ranked:
        return ColumnGuess(
            position=position, header=header, column=None, kind=cells.likeliest, meaning=(), confidence=0.0,
            because=None, known="",
        )  # fmt: skip
    (kind, meaning), (confidence, because, known) = ranked[0]
    if kind not in _BY_VALUE and agreeing[kind, meaning] < _AGREEING:
        confidence = min(confidence, SURE - _MARGIN)
    rivals = [
        share for (other, feeds), (share, *_) in ranked[1:] if other != kind or not set(feeds) & set(meaning)
    ]
    if rivals and rivals[0] > confidence - _MARGIN:  # two tables call different things alike
        confidence = min(confidence, LIKELY)
    others = tuple((", ".join(feeds) or other.value, share) for (other, feeds), (share, *_) in ranked[1:4])
    return ColumnGuess(
        position=position, header=header, column=None, kind=kind, meaning=meaning, confidence=confidence,
        because=because, known=known, others=others,
    )  # fmt: skip


def _values(chosen: Pairing) -> tuple[ValueGuess, ...]:
    """Find words that the table of a column of codes lacks, with the code of the nearest known word."""
    found: list[ValueGuess] = []
    for name, (position, *_rest) in chosen.pairs.items():
        column = chosen.mapping.columns[name]
        if column.kind not in {ColumnKind.CODE, ColumnKind.CODES}:
            continue
        known = {folded(word): code for word, code in column.values.items()}
        known |= {folded(code): code for code in column.values.values()}
        split = f"[{re.escape(column.split)}]" if column.kind is ColumnKind.CODES else None
        words = {
            part.strip()
            for text in chosen.place.profiles[position].words
            for part in (re.split(split, text) if split else [text])
        }
        for word in sorted(words - {""}):
            if folded(word) not in known:
                code, share = _nearest(folded(word), known)
                found.append(ValueGuess(column=name, word=masked(word), code=code, confidence=share))
    return tuple(found)


def _nearest(word: str, known: dict[str, str]) -> tuple[str, float]:
    """Give the code of the longest known word within a word, or of the one that reads most like it; never for sure."""
    within = [one for one in known if len(one) > 1 and one in word]
    if within:
        return known[max(within, key=len)], _WITHIN
    near = max(known, key=lambda one: fuzz.ratio(one, word))
    share = fuzz.ratio(near, word) / 100
    return (known[near], min(share, _WITHIN)) if share >= LIKELY else ("", 0.0)


def _options(sheet: Sheet, chosen: Pairing) -> dict[str, dict[str, str]]:
    """Find what the values ask of columns: the unit that a title states, the year of dates that leave it out."""
    title = " ".join(
        cell_text(cell)
        for number, cells in islice(sheet.rows(), HEADER_WITHIN)
        if number < chosen.place.first_row
        for cell in cells
    )
    bare = folded(title)
    in_wan = re.search(section("patterns")["unit_wan"], bare) is not None
    year = re.search(r"(20\d\d)", bare)
    options: dict[str, dict[str, str]] = {}
    for name, (position, *_rest) in chosen.pairs.items():
        column = chosen.mapping.columns[name]
        words = chosen.place.profiles[position].words
        says = chosen.place.headers[position].find(section("patterns")["yuan"]) >= 0
        if column.kind is ColumnKind.MONEY and in_wan and not says:
            options[name] = {"unit": "wan_yuan"}
        if column.kind in {ColumnKind.DATE, ColumnKind.MOMENT}:
            asked = _date_options(words, year[1] if year else None)
            if asked:
                options[name] = asked
    return options


def _date_options(words: Sequence[str], year: str | None) -> dict[str, str]:
    from importers.dates import read_date  # noqa: PLC0415 - only columns of dates need it

    problems = {read_date(word)[1] for word in words}
    asked: dict[str, str] = {}
    if IssueCode.DATE_INCOMPLETE in problems and year:
        asked["period"] = year
    if IssueCode.DATE_AMBIGUOUS in problems:
        for order in ("day_first", "month_first"):
            if all(read_date(word, day_order=order)[1] is not IssueCode.UNREADABLE_DATE for word in words):
                asked.setdefault("day_order", order)
            elif "day_order" in asked or order == "month_first":
                break
        if all(
            read_date(word, day_order=order)[0] is not None
            for word in words
            for order in ("day_first", "month_first")
        ):
            asked.pop("day_order", None)  # nothing in the values tells the two apart: a person says it
    return asked
