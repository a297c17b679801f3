"""
Secrets of one installation: made at first use, kept in files that only their owner may read.

Bearer tokens are stored as SHA-256, so the file lets nobody in.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import NotFoundError, SettingsError

_TOKEN_PREFIX = "zhl_"  # noqa: S105 - lets scanners find a leaked token
_KEY_BYTES = 32


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def secret_key(data_dir: Path, name: str) -> bytes:
    """
    Give a key of this installation, made on first use.

    Parameters
    ----------
    name
        What it is for: ``identity`` hashes identity numbers, ``cursor`` signs page cursors, ``check-in`` makes codes of
        stations, ``certificate`` signs record certificates, ``approval`` what people decided on money, ``keystore``
        opens the keys of registries and regions, ``envelope-1`` and on the keys that identity numbers are sealed with,
        ``registration`` makes codes of slips.
    """
    path = data_dir / "keys" / f"{name}.key"
    if not path.exists():
        write_private(path, secrets.token_bytes(_KEY_BYTES))
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"{path} is not a key of {_KEY_BYTES} bytes", setting=str(path), reason="length")
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A token that was given out: to whom, when, and until when; None is until it is revoked."""

    actor: Actor
    issued_at: datetime | None
    expires_at: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Whether the token is good at a moment."""
        return self.expires_at is None or moment < self.expires_at


class TokenBook:
    """
    Who each bearer token stands for, one token an account.

    The file is read again when it changed, so that a token that another process issues or revokes is good or
    ended at once in the one that serves.

    Parameters
    ----------
    data_dir
        Directory of the installation.
    clock
        Gives the moment that an expiry is held against.
    """

    def __init__(self, data_dir: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = data_dir / "keys" / "tokens.json"
        self._clock = clock
        self._seen: tuple[int, ...] | None = None
        self._grants: dict[str, Grant] = {}
        self._refresh()

    def issue(self, actor: Actor, *, days: int | None = None) -> str:
        """Give a new token for an account, good for some days or until it is revoked; its earlier ones end."""
        token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
        issued = self._clock()
        expires = None if days is None else issued + timedelta(days=days)
        kept = self._without(actor.id)
        self._write({**kept, _digest(token): Grant(actor=actor, issued_at=issued, expires_at=expires)})
        return token

    def list(self) -> tuple[Grant, ...]:
        """Give what was issued and not revoked, by account; tokens themselves are not kept."""
        self._refresh()
        return tuple(sorted(self._grants.values(), key=lambda grant: grant.actor.id))

    def revoke(self, account_id: str) -> None:
        """
        End the token of an account.

        Raises
        ------
        NotFoundError
            The account has none.
        """
        kept = self._without(account_id)
        if len(kept) == len(self._grants):
            raise NotFoundError("the account has no token", kind="account", id=account_id)
        self._write(kept)

    def authenticate(self, token: str) -> Actor | None:
        """Give the account of a token, or None."""
        self._refresh()
        grant = self._grants.get(_digest(token))
        return grant.actor if grant is not None and grant.holds(self._clock()) else None

    def _without(self, account_id: str) -> dict[str, Grant]:
        self._refresh()
        return {digest: grant for digest, grant in self._grants.items() if grant.actor.id != account_id}

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._seen, self._grants = None, {}
            return
        seen = (found.st_ino, found.st_size, found.st_mtime_ns)
        if seen != self._seen:
            entries = json.loads(self._path.read_bytes())
            self._grants = {digest: _grant(entry) for digest, entry in entries.items()}
            self._seen = seen

    def _write(self, grants: dict[str, Grant]) -> None:
        entries = {digest: _entry(grant) for digest, grant in grants.items()}
        write_private(self._path, json.dumps(entries, ensure_ascii=False, indent=1).encode())
        self._refresh()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _entry(grant: Grant) -> dict[str, object]:
    actor = grant.actor
    return {
        "issued_at": None if grant.issued_at is None else grant.issued_at.isoformat(),
        "expires_at": None if grant.expires_at is None else grant.expires_at.isoformat(),
        "id": actor.id,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "region_paths": list(actor.scope.region_paths),
        "organisation_ids": list(actor.scope.organisation_ids),
        "purpose": actor.scope.purpose.value,
        "participant_id": actor.participant_id,
    }


def _grant(entry: dict[str, list[str] | str | None]) -> Grant:
    issued, expires = entry.get("issued_at"), entry.get("expires_at")
    return Grant(
        actor=_actor(entry),
        issued_at=datetime.fromisoformat(str(issued)) if issued else None,
        expires_at=datetime.fromisoformat(str(expires)) if expires else None,
    )


def _actor(entry: dict[str, list[str] | str | None]) -> Actor:
    participant = entry["participant_id"]
    return Actor(
        id=str(entry["id"]),
        name=str(entry["name"]),
        roles=frozenset(Role(role) for role in entry["roles"] or ()),
        scope=Scope(
            region_paths=tuple(entry["region_paths"] or ()),
            organisation_ids=tuple(entry["organisation_ids"] or ()),
            purpose=Purpose(str(entry["purpose"])),
        ),
        participant_id=None if participant is None else str(participant),
    )
