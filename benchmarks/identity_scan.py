"""
Looking for identity numbers in a dump: as they are, and behind hashes that guesses recover.

A *token* is anything in a file that could be a digest: runs of hex, of base64, and the packed digests of rows. A guess
is a number, a function and a key; it hits when the first eight bytes of its digest are those of a token. With ten
million guesses and a million tokens, chance alone would hit once in two million scans.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_DIGITS = re.compile(rb"(?=(\d{17}))")
_OLD_DIGITS = re.compile(rb"(?=(\d{15}))")
_MASK = re.compile(rb"\d{3,6}\*{8,11}\d{3}[\dX]")
_HEX = re.compile(rb"[0-9a-fA-F]{16,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}={0,2}")
_PREFIX = 8
_BLOCK = 32 * 1024 * 1024
_OVERLAP = 4096
_AT_ONCE = 2_000

Uint64 = NDArray[np.uint64]
Digest = Callable[[bytes, bytes], bytes]
"""Takes a key and a text."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that are looked for: the first 17 digits of each, and the 15 of the form used before 1999."""

    bodies: frozenset[bytes]
    old: frozenset[bytes]

    @classmethod
    def of(cls, numbers: Iterable[str]) -> "Numbers":
        """Take numbers of 18 characters."""
        known = list(numbers)
        return cls(
            bodies=frozenset(number[:17].encode() for number in known),
            old=frozenset((number[:6] + number[8:17]).encode() for number in known),
        )


@dataclass(slots=True)
class Found:
    """What a scan found: numbers and their masks in plain sight by file, and tokens."""

    bytes_read: int = 0
    files: int = 0
    plain: Counter[str] = field(default_factory=Counter[str])
    masks: Counter[str] = field(default_factory=Counter[str])
    tokens: set[int] = field(default_factory=set[int])


def scan(folders: Iterable[Path], numbers: Numbers) -> Found:
    """Read every file below some folders, whatever its format."""
    found = Found()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            found.files += 1
            for block in _blocks(path):
                found.bytes_read += len(block)
                _plain(block, numbers, path.name, found.plain)
                _masks(block, path.name, found.masks)
                found.tokens.update(_tokens(block))
            if path.name == "SourceTable.jsonl":
                found.tokens.update(_packed(path))
    return found


def _blocks(path: Path) -> Iterator[bytes]:
    """Give a file in blocks that overlap, so that nothing is cut apart."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield tail + block
            tail = block[-_OVERLAP:]


def _plain(block: bytes, numbers: Numbers, name: str, into: Counter[str]) -> None:
    for text in (block, block.replace(b"\x00", b"")):  # the second reads UTF-16
        hits = {match[1] for match in _DIGITS.finditer(text) if match[1] in numbers.bodies}
        hits |= {match[1] for match in _OLD_DIGITS.finditer(text) if match[1] in numbers.old}
        if hits:
            into[name] += len(hits)
            return


def _masks(block: bytes, name: str, into: Counter[str]) -> None:
    hits = max(len(_MASK.findall(text)) for text in (block, block.replace(b"\x00", b"")))
    if hits:
        into[name] += hits


def _tokens(block: bytes) -> Iterator[int]:
    for match in _HEX.finditer(block):
        run = match[0]
        for start in {0, len(run) % 2}:
            yield int.from_bytes(bytes.fromhex(run[start : start + 2 * _PREFIX].decode()), "little")
    for match in _BASE64.finditer(block):
        run = match[0].rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        yield int.from_bytes(base64.b64decode(run[: len(run) - len(run) % 4])[:_PREFIX], "little")


def _packed(path: Path) -> Iterator[int]:
    for line in path.read_bytes().splitlines():
        packed = base64.b85decode(json.loads(line)["row_digests"] or "")
        for start in range(0, len(packed), _PREFIX):
            yield int.from_bytes(packed[start : start + _PREFIX], "little")


def _hmac(name: str) -> Digest:
    return lambda key, text: hmac.digest(key, text, name)


def _plain_hash(name: str) -> Digest:
    return lambda key, text: hashlib.new(name, key + text).digest()


def _blake(size: int, *, keyed: bool) -> Digest:
    if keyed:
        return lambda key, text: hashlib.blake2b(text, digest_size=size, key=key[:64]).digest()
    return lambda key, text: hashlib.blake2b(key + text, digest_size=size).digest()


FUNCTIONS: dict[str, Digest] = {
    "hmac-sha256": _hmac("sha256"),  # what imports keep, and blind indexes
    "hmac-sm3": _hmac("sm3"),  # blind indexes of the closed profile
    "hmac-sha1": _hmac("sha1"),
    "blake2b-8 keyed": _blake(8, keyed=True),  # digests of rows
    "blake2b-12": _blake(12, keyed=False),  # ids of nodes
    "blake2b-32": _blake(32, keyed=False),
    "sha256": _plain_hash("sha256"),  # requests, codes, the chain
    "sha1": _plain_hash("sha1"),
    "md5": _plain_hash("md5"),
    "sha512": _plain_hash("sha512"),
    "sm3": _plain_hash("sm3"),
}
"""Functions in use here, and those that others use; a key stands before the text where a function takes none."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One function with one key and one way of writing the number, as ``{}`` in ``form``."""

    function: str
    key: bytes
    form: str = "{}"


def trials(guesses: int, candidates: int, keys: Iterable[bytes], forms: Iterable[str]) -> list[Trial]:
    """
    Give as many trials as make a number of guesses with so many candidates.

    Every known key with every function and form first, then keys drawn at random for the functions in use.
    """
    made = [Trial(name, key, form) for key in keys for name in FUNCTIONS for form in forms]
    in_use = ("hmac-sha256", "hmac-sm3", "blake2b-8 keyed")
    while len(made) * candidates < guesses:
        made += [Trial(name, secrets.token_bytes(32)) for name in in_use]
    return made


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many guesses were made, and which numbers were behind a token, by function."""

    guesses: int
    numbers: frozenset[str]
    by_function: Counter[str]


def recover(numbers: list[str], tokens: set[int], tried: list[Trial], *, workers: int) -> Recovered:
    """Try every number with every trial, in processes."""
    known = np.sort(np.fromiter(tokens, dtype=np.uint64, count=len(tokens)))
    jobs = [(list(part), trial) for trial in tried for part in batched_numbers(numbers)]
    found: set[str] = set()
    by_function: Counter[str] = Counter()
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(known,)) as pool:
        for hits, (_, trial) in zip(pool.map(_try, jobs, chunksize=64), jobs, strict=True):
            by_function[trial.function] += len(hits)
            found.update(hits)
    return Recovered(len(numbers) * len(tried), frozenset(found), +by_function)


def batched_numbers(numbers: list[str]) -> Iterator[list[str]]:
    """Give numbers in lots that one process takes at once."""
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]


_known: Uint64 = np.empty(0, dtype=np.uint64)


def _start(known: Uint64) -> None:
    global _known  # noqa: PLW0603 - each process of the pool keeps the tokens once
    _known = known


def _try(job: tuple[list[str], Trial]) -> list[str]:
    numbers, trial = job
    digest = FUNCTIONS[trial.function]
    texts = (trial.form.format(number).encode() for number in numbers)
    joined = b"".join(digest(trial.key, text)[:_PREFIX] for text in texts)
    guesses = np.frombuffer(joined, dtype="<u8")
    places = np.searchsorted(_known, guesses)
    places[places == len(_known)] = 0
    hits = _known[places] == guesses if len(_known) else np.zeros(len(guesses), dtype=bool)
    return [numbers[place] for place in np.flatnonzero(hits)]
