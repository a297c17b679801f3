"""
Bytes that only a key opens: AES-256-GCM, or SM4-GCM in the closed profile.

A fresh random nonce of 96 bits each time, and what the bytes are about bound in: a sealed value that is moved to
another record, field or key version does not open.
"""

import secrets
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

_NONCE_BYTES = 12
_TAG_BYTES = 16


class Cipher(StrEnum):
    """What seals."""

    AES = "A256GCM"
    SM4 = "SM4GCM"


KEY_BYTES = {Cipher.AES: 32, Cipher.SM4: 16}


def seal(plain: bytes, key: bytes, about: bytes, cipher: Cipher = Cipher.AES) -> bytes:
    """
    Give nonce, ciphertext and tag, one after the other.

    Parameters
    ----------
    about
        What the bytes belong to: tenant, record, field, version of the key.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + seal_with(nonce, plain, key, about, cipher)


def seal_with(nonce: bytes, plain: bytes, key: bytes, about: bytes, cipher: Cipher) -> bytes:
    """Give ciphertext and tag for a nonce that was never used with this key."""
    if len(nonce) != _NONCE_BYTES or len(key) != KEY_BYTES[cipher]:
        raise ValueError("a nonce has 96 bits, a key the length of its cipher")
    if cipher is Cipher.AES:
        return AESGCM(key).encrypt(nonce, plain, about)
    sealing = BlockCipher(SM4(key), GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(about)
    return sealing.update(plain) + sealing.finalize() + sealing.tag


def unseal(sealed: bytes, key: bytes, about: bytes, cipher: Cipher = Cipher.AES) -> bytes | None:
    """Give what was sealed; None for another key, other bytes, or bytes about something else."""
    nonce, body, tag = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES or len(key) != KEY_BYTES[cipher]:
        return None
    try:
        if cipher is Cipher.AES:
            return AESGCM(key).decrypt(nonce, body + tag, about)
        opening = BlockCipher(SM4(key), GCM(nonce, tag)).decryptor()
        opening.authenticate_additional_data(about)
        return opening.update(body) + opening.finalize()
    except InvalidTag:
        return None
