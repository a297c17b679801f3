"""Secrets of an installation: made once, for their owner alone, and no token among them."""

import stat

import pytest

from app.keys import TokenBook, secret_key
from domain.errors import SettingsError
from tests.builders import officer, volunteer, worker


def test_a_key_is_made_once_and_differs_by_purpose(tmp_path):
    first = secret_key(tmp_path, "cursor")
    assert secret_key(tmp_path, "cursor") == first
    assert secret_key(tmp_path, "identity") != first


def test_only_the_owner_may_read_what_is_secret(tmp_path):
    secret_key(tmp_path, "cursor")
    TokenBook(tmp_path).issue(worker())
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {0o600}


def test_a_damaged_key_is_refused(tmp_path):
    secret_key(tmp_path, "cursor")
    (tmp_path / "keys" / "cursor.key").write_bytes(b"short")
    with pytest.raises(SettingsError):
        secret_key(tmp_path, "cursor")


@pytest.mark.parametrize(
    "actor", [worker(), volunteer("v1"), officer("charity", "museum")], ids=lambda a: a.id
)
def test_a_token_stands_for_its_person_in_the_next_process_too(tmp_path, actor):
    token = TokenBook(tmp_path).issue(actor)
    assert TokenBook(tmp_path).authenticate(token) == actor


def test_no_token_is_written_down(tmp_path):
    token = TokenBook(tmp_path).issue(worker())
    assert all(token.encode() not in path.read_bytes() for path in (tmp_path / "keys").iterdir())


def test_a_new_token_ends_the_one_before_and_leaves_other_people_theirs(tmp_path):
    book = TokenBook(tmp_path)
    first, other = book.issue(worker()), book.issue(volunteer("v1"))
    second = book.issue(worker())
    assert book.authenticate(first) is None
    assert book.authenticate(second) == worker()
    assert book.authenticate(other) == volunteer("v1")


@pytest.mark.parametrize("token", ["", "zhl_", "zhl_" + "x" * 43, "\udc00"])
def test_a_token_nobody_was_given_is_nobodys(tmp_path, token):
    book = TokenBook(tmp_path)
    book.issue(worker())
    assert book.authenticate(token) is None
