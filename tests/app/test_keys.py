"""Secrets of an installation: made once, for their owner alone, and no token among them."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from app.keys import TokenBook, secret_key
from domain.errors import NotFoundError, SettingsError
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


def test_a_token_issued_or_revoked_by_another_process_counts_at_once(tmp_path):
    serving, desk = TokenBook(tmp_path), TokenBook(tmp_path)
    token = desk.issue(worker())
    assert serving.authenticate(token) == worker()
    other = serving.issue(volunteer("v1"))
    desk.revoke("worker")
    assert serving.authenticate(token) is None
    assert [grant.actor.id for grant in serving.list()] == ["account-v1"]
    assert serving.authenticate(other) == volunteer("v1")
    with pytest.raises(NotFoundError):
        serving.revoke("worker")


def test_a_token_ends_on_its_day(tmp_path):
    moments = [datetime(2026, 3, 2, tzinfo=UTC)]
    book = TokenBook(tmp_path, lambda: moments[-1])
    short, endless = book.issue(worker(), days=1), book.issue(volunteer("v1"))
    assert book.authenticate(short) == worker()
    moments.append(moments[0] + timedelta(days=1))
    assert book.authenticate(short) is None
    assert book.authenticate(endless) == volunteer("v1")


def test_a_book_of_an_earlier_release_is_read(tmp_path):
    token = TokenBook(tmp_path).issue(worker())
    path = tmp_path / "keys" / "tokens.json"
    entries = json.loads(path.read_text("utf-8"))
    for entry in entries.values():
        del entry["issued_at"], entry["expires_at"]
    path.write_text(json.dumps(entries), "utf-8")
    assert TokenBook(tmp_path).authenticate(token) == worker()
