"""
Status lists of partners: fetched from the registries that made them, kept as files, used while they are young.

An address is asked only if it lies below a registry of the trust book, by the scheme that the registry has; nothing
that a holder hands in leads anywhere else.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import httpx

from identity.credentials.status import MAX_TOKEN, StatusLists
from identity.trust.bundle import TrustBundle
from workflows.credentials.memory import VerifierMemory

FRESH_S = 60
_TIMEOUT_S = 5.0
_SCHEMES = ("https://", "http://")
_MEDIA = "application/statuslist+jwt"
_log = logging.getLogger(__name__)


def registry_of(uri: str, trust: TrustBundle) -> str | None:
    """Give the issuer of the book below whose address a list lies, or None."""
    return next((issuer for issuer in trust.registries if uri.startswith(issuer.rstrip("/") + "/")), None)


class ListKeeper:
    """
    The lists that a verifier has.

    Parameters
    ----------
    folder
        Where signed lists are kept, a file each; a list that came as a file is put there by ``keep``.
    memory
        Remembers the newest list of each address, so that no older one comes back.
    fresh_s
        A list that was fetched this many seconds ago is asked for again before it is used.
    """

    def __init__(self, folder: Path, memory: VerifierMemory, *, fresh_s: int = FRESH_S) -> None:
        self._folder = folder
        self._fresh_s = fresh_s
        self._asked_at: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self.lists = StatusLists(newest=memory.lists())

    def path_of(self, uri: str) -> Path:
        """Give the file of a list."""
        return self._folder / f"{hashlib.sha256(uri.encode()).hexdigest()[:32]}.jwt"

    def keep(self, uri: str, token: str) -> Path:
        """Write a list to its file, whole or not at all."""
        path = self.path_of(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(token, encoding="ascii", errors="replace")
        return partial.replace(path)

    async def refresh(self, uris: Iterable[str], trust: TrustBundle, *, now: int) -> int:
        """
        Have the newest of these lists that can be had; how many came.

        A registry that does not answer leaves the list that is here: how old it may be is the verifier's rule.
        """
        came = 0
        for uri in dict.fromkeys(uris):
            if registry_of(uri, trust) is None:
                continue
            if uri.startswith(_SCHEMES) and now - self._asked_at.get(uri, 0) >= self._fresh_s:
                self._asked_at[uri] = now
                token = await _fetched(uri)
                if token is not None:
                    await asyncio.to_thread(self.keep, uri, token)
                    came += 1
            self._read(uri)
        return came

    def _read(self, uri: str) -> None:
        """Take a file that is newer than what was read of it."""
        path = self.path_of(uri)
        try:
            written = path.stat()
            if self._seen.get(uri) == written.st_mtime_ns:
                return
            token = path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return
        self._seen[uri] = written.st_mtime_ns
        self.lists.receive(uri, token, int(written.st_mtime))


async def _fetched(uri: str) -> str | None:
    """Give the text at an address of a registry; None, and a line in the log, for whatever goes wrong."""
    try:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", uri, headers={"Accept": _MEDIA}) as answer,
        ):
            if not answer.is_success:
                _log.warning("status list %s: status %d", uri, answer.status_code)
                return None
            content = bytearray()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > MAX_TOKEN:
                    _log.warning("status list %s is too large", uri)
                    return None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _log.warning("status list %s: %s", uri, type(error).__name__)
        return None
    return content.decode("ascii", "replace").strip()
