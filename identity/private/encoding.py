"""
Hardened encodings: 1,024 bits for each record, so that likeness of records is likeness of bits.

Tokens of a record are hashed into a Bloom filter of 2,048 bits, a number of bits each by the weight of its field, and
the halves are folded over one another by exclusive or [1]_. A fold hides which token set a bit, and a bit's frequency
says little about the values of one field. It is a hardening, not a proof: encodings remain pseudonymous.

References
----------
.. [1] R. Schnell and C. Borgs, "XOR-folding for Bloom filter-based encryptions for privacy-preserving record linkage",
   2016.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from identity.private.tokens import TokenHash, derived, field_tokens, keyed

BITS = 1_024
Bits = NDArray[np.uint64]

_FILTER = 2 * BITS
_BITS_PER_WEIGHT = 30
_FIELDS = (
    "name_sound_set", "name_surname", "name_given", "birth", "birth_year", "sex", "phone", "phone_mask", "id_text",
    "id_mask",
)  # fmt: skip


class Encoder:
    """
    Encodes records under the key of a session.

    Parameters
    ----------
    key
        Of the session.
    algorithm
        Of the keyed hash.
    """

    def __init__(self, key: bytes, algorithm: TokenHash) -> None:
        self._digest = keyed(derived(key, "clk"), algorithm)
        self._places: dict[tuple[str, str], NDArray[np.int64]] = {}
        seed = int.from_bytes(derived(key, "permutation")[:8], "big")
        self._order = np.random.default_rng(seed).permutation(_FILTER)

    def encode(self, features: pl.DataFrame) -> Bits:
        """Give the encodings of records, shape (records, 16)."""
        filled = np.zeros((len(features), _FILTER), dtype=bool)
        for row, told in enumerate(features.select(_FIELDS).iter_rows(named=True)):
            for field, token, weight in field_tokens(told):
                filled[row, self._bits_of(field, token, weight)] = True
        folded = filled[:, self._order[:BITS]] ^ filled[:, self._order[BITS:]]
        return np.ascontiguousarray(np.packbits(folded, axis=1)).view(np.uint64)

    def _bits_of(self, field: str, token: str, weight: float) -> NDArray[np.int64]:
        found = self._places.get((field, token))
        if found is None:
            digest = self._digest(f"{field}\x1f{token}".encode())
            first = int.from_bytes(digest[:8], "big")
            step = int.from_bytes(digest[8:16], "big") | 1
            count = max(1, round(weight * _BITS_PER_WEIGHT))
            found = np.array([(first + place * step) % _FILTER for place in range(count)], dtype=np.int64)
            self._places[field, token] = found
        return found
