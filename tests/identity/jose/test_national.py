"""SM2, SM3 and SM4 give the published answers, and what must fail does."""

from pathlib import Path

import pytest

from identity.jose import sm2
from identity.jose.algorithms import Curve, sm3
from identity.jose.encoding import encode
from identity.jose.jwk import SigningKey, public_key
from identity.keys.sealing import Cipher, seal, seal_with, unseal

published = pytest.mark.real_data


@pytest.fixture
def example(read_json):
    return read_json("gm/sm2_sm3_sm4_gbt.json")


@published
def test_the_worked_signature_of_gbt_32918_holds_and_its_mutations_do_not(example, capfd):
    given = {name: value for name, value in example["signature"].items() if name not in {"id", "message"}}
    number = {name: int(value, 16) for name, value in given.items()}
    public = number["x"].to_bytes(32, "big") + number["y"].to_bytes(32, "big")
    r, s, message = number["r"], number["s"], example["signature"]["message"].encode()

    def holds(r: int, s: int, message: bytes = message, public: bytes = public) -> bool:
        return sm2.verify(public, message, r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    assert holds(r, s)
    assert not holds(r, s, message=b"message digesu")
    assert not holds(0, s)
    assert not holds(r, 0)
    assert not holds(sm2.N, s)
    assert not holds(r, sm2.N)
    assert not holds(r, sm2.N - r)
    assert not holds(r, sm2.N - s)
    assert not sm2.on_curve(number["x"], number["y"] ^ 1)
    assert capfd.readouterr().err == ""


@published
def test_sm3_gives_the_published_digests(vectors: Path, example):
    assert sm3(b"abc").hex() == example["sm3"]["abc"]
    assert sm3(b"abcd" * 16).hex() == example["sm3"]["abcd*16"]
    length = 0
    message = b""
    seen = 0
    for line in (vectors / "gm" / "sm3_oscca.txt").read_text().splitlines():
        name, _, value = line.partition(" = ")
        if name == "Len":
            length = int(value)
        elif name == "Msg":
            message = bytes.fromhex(value)[: length // 8]
        elif name == "MD":
            assert sm3(message).hex() == value
            seen += 1
    assert seen >= 5


@published
def test_sm4_gives_the_published_ciphertexts(vectors: Path):
    from cryptography.hazmat.primitives.ciphers import Cipher as Block
    from cryptography.hazmat.primitives.ciphers import algorithms, modes

    seen = 0
    for mode in ("ecb", "cbc", "ctr"):
        given: dict[str, bytes] = {}
        for line in (vectors / "gm" / f"sm4_{mode}.txt").read_text().splitlines():
            name, found, value = line.partition(" = ")
            if not found or name == "COUNT":
                continue
            given[name] = bytes.fromhex(value)
            if name == "CIPHERTEXT":
                chosen = {"ecb": modes.ECB, "cbc": modes.CBC, "ctr": modes.CTR}[mode]
                block = Block(
                    algorithms.SM4(given["KEY"]), chosen(given["IV"]) if mode != "ecb" else chosen()
                )
                sealing = block.encryptor()
                assert sealing.update(given["PLAINTEXT"]) + sealing.finalize() == given["CIPHERTEXT"]
                seen += 1
    assert seen >= 5


@published
def test_sm4_gcm_seals_as_rfc_8998_prints(vectors: Path):
    given = {
        name: bytes.fromhex(value)
        for line in (vectors / "gm" / "sm4_gcm_rfc8998.txt").read_text().splitlines()
        for name, found, value in [line.partition(" = ")]
        if found and name != "COUNT"
    }
    sealed = seal_with(given["IV"], given["PLAINTEXT"], given["KEY"], given["AAD"], Cipher.SM4)
    assert sealed == given["CIPHERTEXT"] + given["TAG"]
    assert unseal(given["IV"] + sealed, given["KEY"], given["AAD"], Cipher.SM4) == given["PLAINTEXT"]


@pytest.mark.parametrize(("cipher", "size"), [(Cipher.AES, 32), (Cipher.SM4, 16)])
def test_what_is_sealed_opens_with_its_key_about_its_own_record_alone(cipher: Cipher, size: int):
    key, other = b"k" * size, b"o" * size
    sealed = seal(b"310101199001011234", key, b"tenant/record/1", cipher)
    assert unseal(sealed, key, b"tenant/record/1", cipher) == b"310101199001011234"
    assert unseal(sealed, other, b"tenant/record/1", cipher) is None
    assert unseal(sealed, key, b"tenant/record/2", cipher) is None
    for place in range(len(sealed)):
        bent = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        assert unseal(bent, key, b"tenant/record/1", cipher) is None
    assert unseal(sealed[:20], key, b"tenant/record/1", cipher) is None
    assert seal(b"", key, b"", cipher) != seal(b"", key, b"", cipher)


def test_a_key_or_nonce_of_another_length_is_no_key():
    with pytest.raises(ValueError, match="96 bits"):
        seal_with(b"short", b"", b"k" * 32, b"", Cipher.AES)
    assert unseal(bytes(40), b"k" * 31, b"") is None


def test_a_new_sm2_key_signs_what_it_verifies_and_nothing_else():
    key = SigningKey.generate(Curve.SM2)
    signature = key.sign(b"message")
    assert key.public.verify(b"message", signature)
    assert not key.public.verify(b"messagf", signature)
    assert not key.public.verify(b"message", signature[:-1])
    again = SigningKey.from_jwk(key.private_jwk())
    assert again.public == key.public


def test_a_point_beside_the_curve_is_no_key():
    jwk = SigningKey.generate(Curve.SM2).public.jwk()
    assert public_key(jwk) is not None
    assert public_key({**jwk, "y": encode(bytes(32))}) is None
    assert public_key({**jwk, "crv": "P-256"}) is None
