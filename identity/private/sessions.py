"""
A session of two regions: what they agreed on, and the encodings that they hand to whoever compares them.

The key belongs to one agreement and one year and is known to both regions alone; who compares sees encodings only. That
makes encodings pseudonymous, not anonymous: common names can be found out by their patterns, so they are deleted
after the run, and a legal basis is needed all the same.
"""

import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.errors import ConflictError, InvalidInputError
from identity.linkage.features import features
from identity.linkage.records import KEY, person_frame
from identity.private.encoding import BITS, Bits, Encoder
from identity.private.tokens import EXACT_TOKENS, KEY_BYTES, TokenHash, derived, exact_tokens

MAX_RECORDS = 5_000_000
MIN_FILL, MAX_FILL = 0.20, 0.45
"""Share of bits set, as a mean over a register, outside which a register is too thin or too full to be encoded."""

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PprlSession:
    """
    What two regions agreed on.

    Parameters
    ----------
    agreement
        Its name or number.
    year
        For which the key is valid.
    key
        256 bits, known to both regions alone.
    algorithm
        Of the keyed hash.
    expires_at
        After which nothing is encoded.
    """

    agreement: str
    year: int
    key: bytes
    algorithm: TokenHash
    expires_at: datetime

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise InvalidInputError("a session's key has 256 bits", field="key", reason="key_size")
        if self.expires_at.tzinfo is None:
            raise InvalidInputError("a time needs its zone", field="expires_at", reason="zone")

    @property
    def fingerprint(self) -> str:
        """Name by which encodings of one session know each other; tells nothing of the key."""
        said = f"session/{self.agreement}/{self.year}/{self.algorithm}"
        return derived(self.key, said).hex()[:16]

    def check_open(self, now: datetime) -> None:
        """
        Refuse a session that has ended.

        Raises
        ------
        ConflictError
            It has.
        """
        if now >= self.expires_at:
            raise ConflictError("the session has ended; agree on a new key", reason="session_ended")

    def dump(self) -> str:
        """Write the session as JSON, with its key: a secret of the two regions."""
        told = asdict(self) | {"key": self.key.hex(), "expires_at": self.expires_at.isoformat()}
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> "PprlSession":
        """
        Read a session.

        Raises
        ------
        InvalidInputError
            It is not one.
        """
        try:
            told: dict[str, Any] = json.loads(text)
            return cls(
                agreement=str(told["agreement"]),
                year=int(told["year"]),
                key=bytes.fromhex(told["key"]),
                algorithm=TokenHash(told["algorithm"]),
                expires_at=datetime.fromisoformat(told["expires_at"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, InvalidInputError):
                raise
            raise InvalidInputError("this is no session file", field="session", reason="malformed") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Encodings:
    """
    One register as the other side may see it.

    Parameters
    ----------
    fingerprint
        Of the session.
    handles
        A random name for each record; only the region that encoded it knows whose it is.
    exact
        ``EXACT_TOKENS``, keyed.
    bits
        Hardened encodings, shape (records, 16), 64 bits a word.
    """

    fingerprint: str
    handles: tuple[str, ...]
    exact: pl.DataFrame
    bits: Bits

    @property
    def fill(self) -> float:
        """Mean share of bits set."""
        return float(np.bitwise_count(self.bits).sum() / (len(self.bits) * BITS)) if len(self.bits) else 0.0

    def dump(self) -> bytes:
        """Write the encodings as one file; no value of any record and no order of the register is in it."""
        buffer = io.BytesIO()
        tokens: dict[str, Any] = {
            name: np.array(self.exact[name].fill_null("").to_list()) for name in EXACT_TOKENS
        }
        np.savez_compressed(
            buffer,
            version=np.array([_VERSION]),
            fingerprint=np.array([self.fingerprint]),
            handles=np.array(self.handles),
            bits=self.bits,
            **tokens,
        )
        return buffer.getvalue()

    @classmethod
    def load(cls, content: bytes) -> "Encodings":
        """
        Read encodings.

        Raises
        ------
        InvalidInputError
            The file is none, or is cut off.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as kept:
                found = {name: kept[name] for name in kept.files}
            handles = tuple(str(handle) for handle in found["handles"])
            bits: NDArray[np.uint64] = found["bits"]
            if (
                bits.shape != (len(handles), BITS // 64)
                or bits.dtype != np.uint64
                or int(found["version"][0]) != _VERSION
            ):
                raise ValueError("shape")
            exact = pl.DataFrame({
                name: pl.Series([str(token) or None for token in found[name]], dtype=pl.String)
                for name in EXACT_TOKENS
            })  # fmt: skip
            return cls(fingerprint=str(found["fingerprint"][0]), handles=handles, exact=exact, bits=bits)
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise InvalidInputError(
                "this is no file of encodings", field="encodings", reason="malformed"
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedRegister:
    """Encodings, and the register's own list of whose they are, which stays at home."""

    encodings: Encodings
    owners: dict[str, str]


def encode(
    people: pl.DataFrame, session: PprlSession, *, now: datetime, new_handle: Callable[[], str]
) -> EncodedRegister:
    """
    Encode a register for a session.

    Parameters
    ----------
    people
        Records as ``person_frame`` takes them.
    session
        Not ended.
    now
        Aware.
    new_handle
        Gives a random name; two are never equal.

    Raises
    ------
    ConflictError
        The session has ended.
    InvalidInputError
        Too many records, or records that state too little to be encoded safely.
    """
    session.check_open(now)
    checked = person_frame(people)
    if len(checked) > MAX_RECORDS:
        raise InvalidInputError("more records than a session may carry", field="records", value=len(checked))
    owners = {new_handle(): record for record in checked[KEY]}
    if len(owners) != len(checked):
        raise InvalidInputError("two handles are equal", field="handles", reason="repeated_key")
    handles = list(owners)
    order = sorted(
        range(len(handles)), key=handles.__getitem__
    )  # the register's order would tell when people joined
    told = features(checked)[order]
    encodings = Encodings(
        fingerprint=session.fingerprint,
        handles=tuple(handles[place] for place in order),
        exact=exact_tokens(told, session.key, session.algorithm),
        bits=Encoder(session.key, session.algorithm).encode(told),
    )
    if len(checked) and not MIN_FILL <= encodings.fill <= MAX_FILL:
        raise InvalidInputError(
            "records state too little, or too much, to be encoded safely",
            field="records",
            reason="fill_rate",
            value=round(encodings.fill, 3),
        )
    return EncodedRegister(encodings=encodings, owners=owners)


def delete(path: Path) -> None:
    """Overwrite and remove a file of encodings, as the agreement asks after a run."""
    size = path.stat().st_size
    with path.open("r+b") as stream:
        stream.write(b"\0" * size)
        stream.flush()
    path.unlink()
