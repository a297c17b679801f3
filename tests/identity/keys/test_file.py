"""Keys live in one file that only a passphrase opens; they retire, are revoked, and are never lost."""

import json
import multiprocessing
import stat

import pytest

from domain.errors import ConflictError, InvalidInputError, NotFoundError, UnreadableFileError
from identity.jose.algorithms import Curve
from identity.jose.jwk import SigningKey
from identity.keys.file import FileKeystore
from identity.keys.sealing import Cipher
from identity.keys.store import Keystore
from identity.trust.keys import KeyState
from identity.verdicts import Refused, VerdictCode

WORD = b"correct horse battery"
CHEAP = 2**4


def store(tmp_path, passphrase: bytes = WORD, **how) -> FileKeystore:
    return FileKeystore(tmp_path / "keys" / "identity.json", passphrase, cost=CHEAP, **how)


def add_keys(path, names) -> None:
    for name in names:
        FileKeystore(path, WORD, cost=CHEAP).create(name, at=1)


def test_a_key_is_made_once_and_signs_in_any_process_that_knows_the_word(tmp_path):
    keys: Keystore = store(tmp_path)
    made = keys.create("https://a", at=100)
    kid, signer = store(tmp_path).signer("https://a")
    assert (kid, kid) == (made.kid, made.public.thumbprint)
    assert made.public.verify(b"text", signer.sign(b"text"))
    with pytest.raises(ConflictError):
        keys.create("https://a", at=101)
    with pytest.raises(NotFoundError):
        keys.signer("https://b")


def test_rotation_retires_one_key_and_begins_the_next(tmp_path):
    keys = store(tmp_path)
    first = keys.create("a", at=100, curve=Curve.ED25519)
    second = keys.rotate("a", at=200)
    told = keys.keys("a")
    assert [(each.kid, each.state, each.since, each.until) for each in told] == [
        (first.kid, KeyState.RETIRED, 100, 200),
        (second.kid, KeyState.ACTIVE, 200, None),
    ]
    assert second.public.curve is Curve.ED25519
    assert keys.signer("a")[0] == second.kid
    told[0].trusted().check(199)
    with pytest.raises(Refused) as refused:
        told[0].trusted().check(200)
    assert refused.value.code is VerdictCode.KEY_OUT_OF_TERM
    with pytest.raises(NotFoundError):
        keys.rotate("nobody", at=1)


def test_a_revoked_key_signs_no_more_and_proves_nothing(tmp_path):
    keys = store(tmp_path)
    made = keys.create("a", at=100)
    assert keys.revoke(made.kid, at=150).until == 150
    with pytest.raises(NotFoundError):
        keys.signer("a")
    with pytest.raises(Refused) as refused:
        keys.keys("a")[0].trusted().check(120)
    assert refused.value.code is VerdictCode.KEY_REVOKED
    with pytest.raises(NotFoundError):
        keys.revoke("none", at=1)
    assert keys.create("a", at=160).state is KeyState.ACTIVE


def test_a_key_made_elsewhere_is_kept_once(tmp_path):
    keys, made = store(tmp_path), SigningKey.generate()
    assert keys.add("holder", made, at=5).kid == made.public.thumbprint
    for owner in ("holder", "other"):
        with pytest.raises(ConflictError):
            keys.add(owner, made, at=6)


@pytest.mark.parametrize("cipher", Cipher)
def test_the_file_tells_nothing_and_opens_to_its_word_alone(tmp_path, cipher: Cipher):
    keys = store(tmp_path, cipher=cipher)
    keys.create("https://secret.example", at=100, curve=Curve.SM2 if cipher is Cipher.SM4 else Curve.P256)
    path = tmp_path / "keys" / "identity.json"
    assert "secret.example" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UnreadableFileError):
        store(tmp_path, b"another word of 16").keys()
    (told,) = store(tmp_path).keys()
    assert told.owner == "https://secret.example"


@pytest.mark.parametrize("member", ["cost", "salt", "cipher", "format", "sealed"])
def test_a_changed_member_does_not_open(tmp_path, member: str):
    store(tmp_path).create("a", at=1)
    path = tmp_path / "keys" / "identity.json"
    written = json.loads(path.read_text())
    changed = {
        "cost": 2**5,
        "salt": "AAAA",
        "cipher": "SM4GCM",
        "format": "x",
        "sealed": written["sealed"][:-4] + "AAAA",
    }
    path.write_text(json.dumps({**written, member: changed[member]}))
    with pytest.raises(UnreadableFileError):
        store(tmp_path).keys()


def test_a_file_cannot_ask_for_endless_work(tmp_path):
    store(tmp_path).create("a", at=1)
    path = tmp_path / "keys" / "identity.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "cost": 2**30}))
    with pytest.raises(UnreadableFileError):
        store(tmp_path).keys()
    path.write_text("{}")
    with pytest.raises(UnreadableFileError):
        store(tmp_path).keys()


def test_a_short_word_is_refused(tmp_path):
    with pytest.raises(InvalidInputError):
        store(tmp_path, b"short")


def test_processes_that_make_keys_beside_each_other_lose_none(tmp_path):
    path = tmp_path / "keys.json"
    context = multiprocessing.get_context("spawn")
    groups = [[f"{group}-{n}" for n in range(5)] for group in "ab"]
    workers = [context.Process(target=add_keys, args=(path, names)) for names in groups]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    told = FileKeystore(path, WORD).keys()
    assert {each.owner for each in told} == {name for names in groups for name in names}
