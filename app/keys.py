"""
Secrets of one installation: made at first use, kept in files that only their owner may read.

Bearer tokens are stored as SHA-256, so the file lets nobody in.
"""

import hashlib
import json
import os
import secrets
from pathlib import Path

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import SettingsError

_TOKEN_PREFIX = "zhl_"  # noqa: S105 - lets scanners find a leaked token
_KEY_BYTES = 32


def _write_private(path: Path, content: bytes) -> None:
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
        What it is for: ``identity`` hashes identity numbers, ``cursor`` signs page cursors.
    """
    path = data_dir / "keys" / f"{name}.key"
    if not path.exists():
        _write_private(path, secrets.token_bytes(_KEY_BYTES))
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"{path} is not a key of {_KEY_BYTES} bytes", setting=str(path), reason="length")
    return key


class TokenBook:
    """Who each bearer token stands for; read whole at the start, since an installation has few accounts."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "keys" / "tokens.json"
        self._actors: dict[str, Actor] = {}
        if self._path.exists():
            self._actors = {
                digest: _actor(entry) for digest, entry in json.loads(self._path.read_bytes()).items()
            }

    def issue(self, actor: Actor) -> str:
        """Give a new token for an account; its earlier ones end."""
        token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
        self._actors = {digest: held for digest, held in self._actors.items() if held.id != actor.id}
        self._actors[_digest(token)] = actor
        entries = {digest: _entry(held) for digest, held in self._actors.items()}
        _write_private(self._path, json.dumps(entries, ensure_ascii=False, indent=1).encode())
        return token

    def authenticate(self, token: str) -> Actor | None:
        """Give the account of a token, or None."""
        return self._actors.get(_digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _entry(actor: Actor) -> dict[str, object]:
    return {
        "id": actor.id,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "region_paths": list(actor.scope.region_paths),
        "organisation_ids": list(actor.scope.organisation_ids),
        "purpose": actor.scope.purpose.value,
        "participant_id": actor.participant_id,
    }


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
