"""The search of a dump finds what is there, however it was written, and nothing else."""

import base64
import hashlib
import hmac
import json

import pytest

from benchmarks.identity_scan import FUNCTIONS, Numbers, Trial, recover, scan, trials

NUMBER, OTHER = "11010519491231002X", "320582199001010018"
NUMBERS = Numbers.of([NUMBER])


@pytest.mark.parametrize(
    "content",
    [
        f'{{"name": "{NUMBER}"}}'.encode(),
        b"9" * 7 + NUMBER.encode() + b"9" * 7,
        NUMBER.encode("utf-16-le"),
        NUMBER.lower().encode(),
        (NUMBER[:6] + NUMBER[8:17]).encode(),
        b"x" * (32 * 1024 * 1024 - 9) + NUMBER.encode(),
    ],
    ids=["text", "packed", "utf-16", "lower", "of 15 digits", "over the edge of a block"],
)
def test_a_number_in_plain_sight_is_found(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    assert scan([tmp_path], NUMBERS).plain == {"file": 1}


@pytest.mark.parametrize("mask", ["110***********002X", "110105********002X"])
def test_a_mask_in_plain_sight_is_found_and_a_telephone_s_is_none(tmp_path, mask):
    (tmp_path / "rows.jsonl").write_text(json.dumps({"mask": mask, "telephone": "138****5678"}))
    (tmp_path / "wide").write_text(mask, "utf-16-le")
    assert scan([tmp_path], NUMBERS).masks == {"rows.jsonl": 1, "wide": 1}


def test_another_number_is_not_one_that_is_looked_for(tmp_path):
    (tmp_path / "file").write_text(OTHER)
    assert not scan([tmp_path], NUMBERS).plain


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "write", [bytes.hex, lambda raw: base64.b64encode(raw).decode()], ids=["hex", "base64"]
)
def test_a_number_behind_a_hash_under_a_known_key_is_recovered(tmp_path, name, write):
    digest = FUNCTIONS[name](b"key", NUMBER.encode())
    if len(digest) < 16 and write is not bytes.hex:
        pytest.skip("too short to be told from a word")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": "x", "value": write(digest)}))
    tokens = scan([tmp_path], NUMBERS).tokens
    found = recover([OTHER, NUMBER], tokens, [Trial(name, b"key"), Trial(name, b"other")], workers=1)
    assert found.numbers == {NUMBER}
    assert (found.guesses, found.by_function) == (4, {name: 1})


def test_packed_digests_of_rows_are_looked_at(tmp_path):
    packed = hashlib.blake2b(NUMBER.encode(), digest_size=8).digest()
    row = {"row_digests": base64.b85encode(packed + b"\0" * 8).decode()}
    (tmp_path / "SourceTable.jsonl").write_text(json.dumps(row))
    tokens = scan([tmp_path], NUMBERS).tokens
    assert recover([NUMBER], tokens, [Trial("blake2b-8 keyed", b"")], workers=1).numbers == {NUMBER}


def test_a_hash_under_a_key_that_nobody_has_is_not_recovered(tmp_path):
    (tmp_path / "rows").write_text(hmac.digest(b"s" * 32, NUMBER.encode(), "sha256").hex())
    tokens = scan([tmp_path], NUMBERS).tokens
    tried = trials(1_000, 1, (b"", b"k"), ("{}", "id:{}"))
    found = recover([NUMBER], tokens, tried, workers=1)
    assert found.guesses >= 1_000
    assert not found.numbers
