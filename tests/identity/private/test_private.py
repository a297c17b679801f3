"""Linkage without raw values: what leaves a region tells nothing but likeness."""

import io
import itertools
from datetime import UTC, datetime
from zipfile import ZipFile

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.train_linkage import people_of
from benchmarks.zh_people import registers
from domain.errors import ConflictError, InvalidInputError
from identity.private.comparing import compare, dice_candidates
from identity.private.sessions import Encodings, PprlSession, delete, encode
from identity.private.tokens import TokenHash

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def session(key: bytes = b"k" * 32, algorithm: TokenHash = TokenHash.SHA256) -> PprlSession:
    return PprlSession(
        agreement="A-B",
        year=2026,
        key=key,
        algorithm=algorithm,
        expires_at=datetime(2026, 12, 31, tzinfo=UTC),
    )


def encoded(people: pl.DataFrame, agreed: PprlSession, start: int = 0):
    count = itertools.count(start)
    return encode(people, agreed, now=NOW, new_handle=lambda: f"{next(count):032x}")


@pytest.fixture(scope="module")
def made():
    return registers("city", 1_500, 99)


def test_registers_are_linked_by_their_encodings(made):
    left, right = people_of(made)
    ours, theirs = encoded(left, session()), encoded(right, session(), 10**6)
    found = compare(ours.encodings, theirs.encodings).pairs
    pairs = {
        (ours.owners[a], theirs.owners[b]) for a, b in found.select("left_handle", "right_handle").iter_rows()
    }
    truth = {(a, b) for a, b, _ in made.truth}
    both = len(pairs & truth)
    assert 2 * both / (len(pairs) + len(truth)) >= 0.96
    assert found["left_handle"].is_unique().all()
    assert found["right_handle"].is_unique().all()


def test_no_value_of_a_record_leaves_the_region(made):
    left, _ = people_of(made)
    with ZipFile(io.BytesIO(encoded(left, session()).encodings.dump())) as file:
        written = b"".join(file.read(name) for name in file.namelist())
    for column in ("name", "id_number", "phone", "rec_id"):
        for value in left.filter(pl.col(column).str.len_chars() > 1)[column].head(50):
            assert value.encode() not in written
            assert value.encode("utf-32-le") not in written  # as numpy keeps texts


def test_encodings_of_another_key_have_nothing_in_common(made):
    left, _ = people_of(made)
    one, other = encoded(left.head(50), session()), encoded(left.head(50), session(b"x" * 32))
    with pytest.raises(ConflictError):
        compare(one.encodings, other.encodings)
    assert (
        set(one.encodings.exact["id"].drop_nulls()) & set(other.encodings.exact["id"].drop_nulls()) == set()
    )
    rows, _, _ = dice_candidates(one.encodings.bits, other.encodings.bits, 0.6)
    assert len(rows) == 0


def test_fill_is_that_of_the_agreement(made):
    left, _ = people_of(made)
    assert 0.25 <= encoded(left, session()).encodings.fill <= 0.40
    thin = left.head(10).with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in ("name", "phone", "id_number")
    )
    with pytest.raises(InvalidInputError):
        encoded(thin, session())


def test_the_national_hash_links_as_well(made):
    left, _ = people_of(made)
    agreed = session(algorithm=TokenHash.SM3)
    ours = encoded(left.head(40), agreed)
    found = compare(ours.encodings, encoded(left.head(40), agreed, 500).encodings)
    assert len(found.pairs) == 40


def test_files_go_there_and_back(made, tmp_path):
    left, _ = people_of(made)
    agreed = session()
    kept = encoded(left.head(20), agreed).encodings
    again = Encodings.load(kept.dump())
    assert (again.handles, again.fingerprint, again.exact.equals(kept.exact)) == (
        kept.handles,
        kept.fingerprint,
        True,
    )
    assert np.array_equal(again.bits, kept.bits)
    assert PprlSession.load(agreed.dump()) == agreed
    for broken in (b"", kept.dump()[:-40]):
        with pytest.raises(InvalidInputError):
            Encodings.load(broken)
    with pytest.raises(InvalidInputError):
        PprlSession.load("{}")
    path = tmp_path / "a.enc"
    path.write_bytes(kept.dump())
    delete(path)
    assert not path.exists()


def test_a_session_ends(made):
    left, _ = people_of(made)
    with pytest.raises(ConflictError):
        encode(left, session(), now=datetime(2027, 1, 1, tzinfo=UTC), new_handle=lambda: "x")
    with pytest.raises(InvalidInputError):
        session(b"short")


@given(st.integers(1, 70), st.integers(1, 70), st.floats(0.3, 0.95), st.integers(0, 2**32))
def test_candidates_are_all_pairs_that_are_alike_enough(rows, columns, threshold, seed):
    draw = np.random.default_rng(seed)
    left = draw.integers(0, 2**64, (rows, 16), dtype=np.uint64)
    right = draw.integers(0, 2**64, (columns, 16), dtype=np.uint64)
    right[: min(rows, columns)] |= left[: min(rows, columns)]
    a, b = (np.unpackbits(bits.view(np.uint8), axis=1).astype(int) for bits in (left, right))
    dice = 2 * (a @ b.T) / (a.sum(axis=1)[:, None] + b.sum(axis=1)[None, :])
    found = dice_candidates(left, right, threshold)
    wanted = np.nonzero(dice >= threshold)
    assert np.array_equal(found[0], wanted[0])
    assert np.array_equal(found[1], wanted[1])
    assert np.allclose(found[2], dice[wanted])
