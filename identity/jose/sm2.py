"""
SM2 signatures (GB/T 32918.2) by GmSSL: the closed profile.

GmSSL takes signatures in DER and writes a trace to stderr for each one that does not hold, so everything is checked
here first: ranges of r and s, and that the point lies on the curve.
"""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

import gmssl_pyx
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SIGNER_ID = b"1234567812345678"

_STDERR = 2
_quiet = threading.Lock()


@contextmanager
def _silenced() -> Generator[None]:
    """Drop what the C library writes to stderr; one thread at a time, since the descriptor is the process's."""
    with _quiet:
        kept = os.dup(_STDERR)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, _STDERR)
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(nowhere)
            os.close(kept)


def on_curve(x: int, y: int) -> bool:
    """Whether a point is one of the recommended curve, not the point at infinity."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def generate() -> tuple[bytes, bytes]:
    """Give a new key: public (x and y, 64 bytes) and private (32 bytes)."""
    public, private = gmssl_pyx.sm2_key_generate()
    return bytes(public)[-64:], bytes(private)


def sign(private: bytes, public: bytes, message: bytes) -> bytes:
    """Sign; r and s raw, 64 bytes."""
    der = gmssl_pyx.sm2_sign(private, public, message, signer_id=SIGNER_ID)
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature of 64 raw bytes holds for a public key of 64 bytes."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N and (r + s) % N):
        return False
    try:
        with _silenced():
            return bool(
                gmssl_pyx.sm2_verify(public, message, encode_dss_signature(r, s), signer_id=SIGNER_ID)
            )
    except (gmssl_pyx.GmsslInnerError, gmssl_pyx.InvalidValueError):
        return False
