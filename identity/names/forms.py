"""
The forms of a name that linkage compares.

A name is folded for comparison alone: half-width, simplified, variants to one form, no dots and no blanks. What is
hidden or lost makes a name partial, which is never equal to anything, only compatible. Names of peoples who have no
surnames are compared as sets of parts, and by sound.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter

import polars as pl

from identity.names.syllables import compound, dialect, reading, segments, surname_reading, table

_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTERS = re.compile(r"[a-zA-ZÀ-ɏü]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[{<（【].*?[)\]}>）】]")
_LONG_HAN = 5
"""Han names of as many characters or more, and of no compound surname, are transcriptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForms:
    """
    One name, ready to be compared. What does not apply is None.

    Parameters
    ----------
    key
        Folded text; None for a partial name.
    sounds
        Syllables in the order written, parted by blanks.
    sound_set
        The same, sorted, so that the order of surname and given name does not matter.
    letters
        Sorted words of a romanised name: surname, and the given name in one.
    surname
        First syllable, or those of a compound surname; None in Latin script, where either end may be it.
    given
        Folded text without the surname.
    dialect
        Sounds with what dialects do not tell apart folded.
    other
        Sounds with the common reading of the surname, where offices that know no better write it.
    parts
        Sorted parts of a name with dots or blanks, each folded; joined by blanks.
    mask
        Pattern of SQL's LIKE for a partial name.
    kind
        ``han``, ``long`` for transcriptions, ``latin``, ``partial``.
    """

    key: str | None = None
    sounds: str | None = None
    sound_set: str | None = None
    letters: str | None = None
    surname: str | None = None
    given: str | None = None
    dialect: str | None = None
    other: str | None = None
    parts: str | None = None
    mask: str | None = None
    kind: str | None = None


_FIELDS = tuple(field.name for field in fields(NameForms))
_values = attrgetter(*_FIELDS)

FORM_COLUMNS = tuple(f"name_{name}" for name in _FIELDS)
"""Columns of ``name_columns``, in the order of the fields of ``NameForms``."""


@cache
def _writing() -> tuple[dict[str, str], frozenset[str], frozenset[str], frozenset[str], tuple[str, ...]]:
    words = table("writing")
    pairs = {pair[0]: pair[1] for pair in str(words["pairs"]).split()}
    sounds: dict[str, str] = {}
    for pair in str(words["minority"]["sounds"]).split():
        sounds[pair[1]] = pair[0]
    return (
        pairs,
        frozenset(words["dots"]),
        frozenset(words["hidden"]),
        frozenset(words["lost"]),
        tuple(words["titles"]),
    )


@cache
def _hidden_words() -> tuple[str, ...]:
    return tuple(table("writing")["hidden_words"])


@cache
def _simplify() -> "_Converter":
    return _Converter()


class _Converter:
    """Traditional to simplified, one character at a time: a name has no phrases."""

    def __init__(self) -> None:
        from opencc import OpenCC  # noqa: PLC0415 - loads its tables

        self._convert = OpenCC("t2s").convert

    def __call__(self, character: str) -> str:
        converted = self._convert(character)
        return converted if len(converted) == 1 else character


@cache
def folded_character(character: str) -> str:
    """Give the form of one character by which it is compared."""
    variants = _writing()[0]
    simple = _simplify()(variants.get(character, character))
    return variants.get(simple, simple)


def folded(text: str) -> str:
    """Fold text for comparison, character by character."""
    return "".join(map(folded_character, unicodedata.normalize("NFKC", text)))


def forms(name: str | None) -> NameForms:
    """Give the forms of a name as it was written; of nothing, nothing."""
    if name is None:
        return NameForms()
    text = _BRACKETS.sub("", unicodedata.normalize("NFKC", name)).strip()
    for title in _writing()[4]:
        if len(text) > len(title) + 1:
            text = text.removesuffix(title)
    if not text:
        return NameForms()
    if _HAN.search(text):
        return _han(text)
    return _latin(text)


def _han(text: str) -> NameForms:
    pieces, pattern = _pieces(text)
    key = "".join(pieces)
    if not key:
        return NameForms()
    if pattern is not None:
        head = " ".join(compound(pattern[:2])) or surname_reading(pattern[0])
        return NameForms(mask=pattern, surname=head or None, kind="partial")
    dotted = len(pieces) > 1 and not (len(pieces) == 2 and len(key) <= 3)
    both = compound(key[:2]) if len(key) > 2 else ()
    transcribed = dotted or (len(key) >= _LONG_HAN and not both)
    if both and not dotted:
        head, given = both, key[2:]
    else:
        head, given = (surname_reading(key[0]),), key[1:]
    rest = tuple(reading(character) or character for character in given)
    said = (*head, *rest)
    other = (*(reading(c) or c for c in key[: len(key) - len(given)]), *rest)
    return NameForms(
        key=key,
        sounds=" ".join(said),
        sound_set=" ".join(sorted(said)),
        letters=" ".join(sorted(("".join(head), "".join(rest)))),
        surname=" ".join(head),
        given=given or None,
        dialect=" ".join(sorted(map(dialect, said))),
        other=" ".join(sorted(other)) if other != said else None,
        parts=" ".join(sorted(pieces)) if dotted else None,
        kind="long" if transcribed else "han",
    )


def _pieces(text: str) -> tuple[list[str], str | None]:
    """Give the folded parts between dots, and of a name with something hidden or lost its pattern."""
    _, dots, hidden, lost, _ = _writing()
    if len(text) <= 4:
        for word in _hidden_words():
            if word in text[1:]:
                text = text[0] + text[1:].replace(word, "*")
    pieces: list[str] = [""]
    pattern: list[str] = []
    partial = False
    for character in text:
        if character in dots:
            pieces.append("")
        elif character in hidden:
            partial = True
            pattern.append("%")
        elif character in lost or (_LETTERS.match(character) and (partial or character in "xX")):
            # X stands for a character that was left out
            partial = True
            pattern.append("_")
        elif character.isalpha() or _HAN.match(character):
            plain = folded_character(character).lower()
            pieces[-1] += plain
            pattern.append(plain)
    told = re.sub("%+", "%", "".join(pattern)) if partial else None
    return [piece for piece in pieces if piece], told


def _latin(text: str) -> NameForms:
    _, _, hidden, lost, _ = _writing()
    if any(character in hidden or character in lost for character in text):
        pattern = "".join("%" if c in hidden else "_" if c in lost else c.lower() for c in text)
        return NameForms(mask=re.sub("%+", "%", pattern), kind="partial")
    words = [word for found in _LETTERS.findall(text) for word in _CAMEL.split(found)]
    tokens = [_ascii(word) for word in words]
    tokens = [token for token in tokens if token]
    if not tokens:
        return NameForms()
    parted = [segments(token) for token in tokens]
    said = tuple(s for token, found in zip(tokens, parted, strict=True) for s in (found or (token,)))
    mandarin = all(parted) and 2 <= len(said) <= 4
    return NameForms(
        key=" ".join(tokens),
        sounds=" ".join(said),
        sound_set=" ".join(sorted(said)),
        letters=" ".join(
            sorted("".join(found) or token for token, found in zip(tokens, parted, strict=True))
        ),
        dialect=" ".join(sorted(map(dialect, said))) if mandarin else None,
        parts=" ".join(sorted(tokens)) if not mandarin and len(tokens) > 1 else None,
        kind="latin",
    )


def _ascii(word: str) -> str:
    low = word.lower().replace("ü", "v")
    return "".join(c for c in unicodedata.normalize("NFKD", low) if c.isascii() and c.isalpha())


def name_columns(names: pl.Series) -> pl.DataFrame:
    """Give the forms of many names, ``FORM_COLUMNS``; each distinct name is worked out once."""
    distinct = names.unique().drop_nulls().to_list()
    found = _frame(forms(name) for name in distinct)
    found = found.with_columns(pl.Series("_name", distinct, dtype=pl.String))
    joined = pl.DataFrame({"_name": names.cast(pl.String)}).join(
        found, on="_name", how="left", maintain_order="left"
    )
    return joined.select(FORM_COLUMNS)


def _frame(found: Iterable[NameForms]) -> pl.DataFrame:
    columns = zip(*map(_values, found), strict=True)
    series = [
        pl.Series(name, column, dtype=pl.String) for name, column in zip(FORM_COLUMNS, columns, strict=False)
    ]
    return pl.DataFrame(series) if series else pl.DataFrame(schema=dict.fromkeys(FORM_COLUMNS, pl.String))
