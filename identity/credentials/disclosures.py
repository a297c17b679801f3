"""
Selective disclosure, RFC 9901: digests, disclosures, and the payload that a verifier processes.

Section 7.1 to the letter, and stricter where it leaves a choice: every digest and every disclosure stands once, every
disclosure is used, and a name that has a meaning of its own cannot be disclosed.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from identity.jose.algorithms import HASHES, Hash, Profile
from identity.jose.encoding import (
    MAX_BYTES,
    MAX_DEPTH,
    Json,
    JsonObject,
    compact,
    decode,
    deeper_than,
    encode,
    parse,
)
from identity.verdicts import Refused, VerdictCode

MAX_DISCLOSURES = 256
DIGESTS = "_sd"
ALGORITHM = "_sd_alg"
ELEMENT = "..."
RESERVED = frozenset({DIGESTS, ALGORITHM, ELEMENT})
_SALT_BYTES = 16
_LONGEST_DIGEST = 128


@dataclass(frozen=True, slots=True)
class Presented:
    """
    The parts of a presentation, as they stand between tildes.

    Parameters
    ----------
    jwt
        What the issuer signed.
    binding
        The key-binding JWT; None where the text ends in a tilde.
    bound
        The text that ``sd_hash`` is made of: everything up to and with the last tilde.
    """

    jwt: str
    disclosures: tuple[str, ...]
    binding: str | None
    bound: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure; ``name`` is None for an element of an array."""

    text: str
    salt: str
    name: str | None
    value: Json


def split(text: str) -> Presented:
    """Take a presentation apart; sizes are checked before anything is decoded."""
    if len(text) > MAX_BYTES:
        raise Refused(VerdictCode.TOO_LARGE)
    if not text.isascii():
        raise Refused(VerdictCode.MALFORMED, "not ASCII")
    jwt, *rest = text.split("~")
    if not rest:
        raise Refused(VerdictCode.MALFORMED, "no tilde")
    *disclosures, last = rest
    if len(disclosures) > MAX_DISCLOSURES:
        raise Refused(VerdictCode.TOO_MANY_DISCLOSURES)
    if "" in disclosures:
        raise Refused(VerdictCode.MALFORMED, "an empty disclosure")
    bound = text[: len(text) - len(last)]
    return Presented(jwt, tuple(disclosures), last or None, bound)


def read_disclosure(text: str) -> Disclosure:
    """Read one disclosure: an array of salt, name and value, or of salt and value."""
    parts = parse(decode(text))
    if not isinstance(parts, list) or len(parts) not in {2, 3} or not isinstance(parts[0], str):
        raise Refused(VerdictCode.DISCLOSURE_MALFORMED)
    if len(parts) == 2:
        return Disclosure(text, parts[0], None, parts[1])
    name = parts[1]
    if not isinstance(name, str):
        raise Refused(VerdictCode.DISCLOSURE_MALFORMED)
    if name in RESERVED:
        raise Refused(VerdictCode.NAME_RESERVED)
    return Disclosure(text, parts[0], name, parts[2])


def hash_of(payload: Mapping[str, Json], profile: Profile) -> Hash:
    """Give the hash that a payload names; SHA-256 where it names none."""
    name = payload.get(ALGORITHM, "sha-256")
    found = HASHES[profile].get(name) if isinstance(name, str) else None
    if found is None:
        raise Refused(VerdictCode.HASH_REFUSED)
    return found


def digest_of(text: str, hashed: Hash) -> str:
    """Give the digest of a disclosure or of a presentation."""
    return encode(hashed(text.encode("ascii")))


def process(
    payload: JsonObject,
    disclosures: Sequence[str],
    hashed: Hash,
    *,
    never: Collection[str] = (),
) -> JsonObject:
    """
    Give what a presentation says: digests replaced by what was disclosed, the others dropped.

    Parameters
    ----------
    payload
        What the issuer signed.
    never
        Top-level claims that may not be disclosed selectively, nor anything inside them.
    """
    known: dict[str, Disclosure] = {}
    for text in disclosures:
        digest = digest_of(text, hashed)
        if digest in known:
            raise Refused(VerdictCode.DISCLOSURE_REPEATED)
        known[digest] = read_disclosure(text)
    work = _Processing(known, frozenset(never))
    processed: JsonObject = work.top({name: value for name, value in payload.items() if name != ALGORITHM})
    if len(work.used) != len(known):
        raise Refused(VerdictCode.DISCLOSURE_UNREFERENCED)
    if known and deeper_than(processed, MAX_DEPTH):
        raise Refused(VerdictCode.TOO_DEEP)
    return processed


@dataclass(slots=True)
class _Processing:
    known: dict[str, Disclosure]
    never: frozenset[str]
    met: set[str] = field(default_factory=set[str])
    used: set[str] = field(default_factory=set[str])
    closed: bool = False

    def top(self, payload: JsonObject) -> JsonObject:
        for name in self.never & payload.keys():
            self.closed = True
            self.value(payload[name], 1)
        self.closed = False
        found = self.members({name: value for name, value in payload.items() if name not in self.never}, 0)
        if not self.never.isdisjoint(found):
            raise Refused(VerdictCode.CLAIM_NOT_DISCLOSABLE)
        clear = {name: value for name, value in payload.items() if name in self.never}
        return {**clear, **found}

    def value(self, value: Json, depth: int) -> Json:
        if isinstance(value, dict):
            return self.members(value, depth)
        return self.elements(value, depth) if isinstance(value, list) else value

    def members(self, value: JsonObject, depth: int) -> JsonObject:
        self._enter(depth)
        if ELEMENT in value or ALGORITHM in value:
            raise Refused(VerdictCode.NAME_RESERVED)
        processed = {name: self.value(each, depth + 1) for name, each in value.items() if name != DIGESTS}
        if DIGESTS not in value:
            return processed
        digests = value[DIGESTS]
        if not isinstance(digests, list):
            raise Refused(VerdictCode.DIGEST_MALFORMED)
        for digest in digests:
            disclosure = self._disclosed(digest)
            if disclosure is None:
                continue
            if disclosure.name is None:
                raise Refused(VerdictCode.DISCLOSURE_MALFORMED, "an element where a member stands")
            if disclosure.name in processed:
                raise Refused(VerdictCode.CLAIM_SHADOWED)
            processed[disclosure.name] = self.value(disclosure.value, depth + 1)
        return processed

    def elements(self, value: list[Json], depth: int) -> list[Json]:
        self._enter(depth)
        processed: list[Json] = []
        for each in value:
            if not (isinstance(each, dict) and ELEMENT in each):
                processed.append(self.value(each, depth + 1))
                continue
            if len(each) != 1:
                raise Refused(VerdictCode.DIGEST_MALFORMED)
            disclosure = self._disclosed(each[ELEMENT])
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise Refused(VerdictCode.DISCLOSURE_MALFORMED, "a member where an element stands")
            processed.append(self.value(disclosure.value, depth + 1))
        return processed

    def _enter(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Refused(VerdictCode.TOO_DEEP)

    def _disclosed(self, digest: Json) -> Disclosure | None:
        if self.closed:
            raise Refused(VerdictCode.CLAIM_NOT_DISCLOSABLE)
        if not isinstance(digest, str) or not 0 < len(digest) <= _LONGEST_DIGEST:
            raise Refused(VerdictCode.DIGEST_MALFORMED)
        if digest in self.met:
            raise Refused(VerdictCode.DIGEST_REPEATED)
        self.met.add(digest)
        found = self.known.get(digest)
        if found is not None:
            self.used.add(digest)
        return found


def new_salt() -> str:
    """Give 128 random bits, as RFC 9901 section 9.3 asks."""
    return encode(secrets.token_bytes(_SALT_BYTES))


def make_disclosure(salt: str, value: Json, name: str | None = None) -> Disclosure:
    """Write a disclosure of a member, or of an element where no name is given."""
    parts: list[Json] = [salt, value] if name is None else [salt, name, value]
    return Disclosure(encode(compact(parts)), salt, name, value)
