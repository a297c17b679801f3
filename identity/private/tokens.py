"""
What two regions send instead of values: keyed tokens for exact agreement, and field tokens for encodings.

A token is a keyed hash: without the key of the session nobody can try values out. With the key anybody can, so a
token is a pseudonym and not anonymous, and the key stays with the two regions.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from enum import StrEnum

import polars as pl

KEY_BYTES = 32


class TokenHash(StrEnum):
    """Hash of the keyed tokens; SM3 where national algorithms are asked for."""

    SHA256 = "sha256"
    SM3 = "sm3"


Keyed = Callable[[bytes], bytes]

EXACT_TOKENS = ("id",)
"""What is compared exactly. Names with dates would be found by counting, and encodings hold them already."""


def keyed(key: bytes, algorithm: TokenHash) -> Keyed:
    """Give the keyed hash of a session."""
    if algorithm is TokenHash.SHA256:
        return lambda text: hmac.digest(key, text, "sha256")
    return lambda text: _hmac_sm3(key, text)


def _hmac_sm3(key: bytes, text: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - for those who ask for it
    from cryptography.hazmat.primitives.hmac import HMAC  # noqa: PLC0415

    digest = HMAC(key, hashes.SM3())
    digest.update(text)
    return digest.finalize()


def derived(key: bytes, purpose: str) -> bytes:
    """Give a key of its own for each purpose of a session, so that none of them tells another."""
    return hmac.digest(key, b"zhulian/pprl/1/" + purpose.encode(), hashlib.sha256)


def exact_tokens(features: pl.DataFrame, key: bytes, algorithm: TokenHash) -> pl.DataFrame:
    """
    Give the exact tokens of records.

    Parameters
    ----------
    features
        As ``features`` of linkage gives them.
    key
        Of the session.

    Returns
    -------
    polars.DataFrame
        ``EXACT_TOKENS`` as hexadecimal text, null where a record does not state all of it.
    """
    told = features.select(pl.when(pl.col("id_valid")).then(pl.col("id_text")).alias("id"))
    return told.select(
        _hashed(told[name], keyed(derived(key, f"exact/{name}"), algorithm)).alias(name)
        for name in EXACT_TOKENS
    )


def _hashed(values: pl.Series, digest: Keyed) -> pl.Series:
    return pl.Series(
        [None if value is None else digest(value.encode()).hex()[:32] for value in values], dtype=pl.String
    )


def field_tokens(row: dict[str, str | None]) -> Iterable[tuple[str, str, float]]:
    """
    Give the tokens of one record for its encoding: field, token, weight.

    Whole values, their parts, and pairs of neighbours: one slip of the pen leaves most of them as they were.
    """
    sounds = (row["name_sound_set"] or "").split()
    for syllable in sounds:
        yield "sound", syllable, 1.2
    if row["name_surname"]:
        yield "surname", row["name_surname"], 1.0
    for place, character in enumerate(row["name_given"] or ""):
        yield "character", character, 0.6 if place < 4 else 0.2
    birth = row["birth"]
    year = row["birth_year"]
    if birth:
        yield "year", birth[:4], 1.3
        yield "month", birth[4:6], 0.7
        yield "day", birth[6:8], 0.9
        yield "birthday", birth[4:], 0.8
        yield "birth", birth, 0.8
    elif year:
        yield "year", year, 1.3
    if row["sex"]:
        yield "sex", row["sex"], 0.5
    yield from _number(row["phone"] or row["phone_mask"], "phone", _PHONE_PIECES)
    yield from _number(row["id_text"] or row["id_mask"], "id", _ID_PIECES)


_PHONE_PIECES = ((0, 3, 0.2), (3, 7, 0.6), (7, 11, 0.8), (0, 11, 0.6))
_ID_PIECES = ((0, 3, 0.2), (3, 6, 0.4), (14, 18, 1.0), (14, 17, 0.5))


def _number(
    text: str | None, field: str, pieces: Iterable[tuple[int, int, float]]
) -> Iterable[tuple[str, str, float]]:
    """Pieces of a number that are written out; a mask hides some of them."""
    if text:
        for start, end, weight in pieces:
            piece = text[start:end]
            if len(piece) == end - start and "_" not in piece and "%" not in text:
                yield field, f"{start}:{piece}", weight
