"""The trust desk of a running installation: its book and key store, read again when they change."""

import asyncio
from dataclasses import replace
from pathlib import Path

from app.settings import Settings
from app.trust_book import TrustBook
from domain.errors import InvalidInputError, NotFoundError
from domain.time import aware_utc
from identity.credentials.verify import status_address
from identity.trust.agreements import proven
from identity.trust.bundle import TrustBundle
from workflows.credentials.lists import ListKeeper, registry_of
from workflows.credentials.memory import VerifierMemory
from workflows.recognition.issuing import PLACES, Registry, status_list
from workflows.recognition.recognising import Trusted
from workflows.recognition.stating import RegionKey
from workflows.workspace import Workspace

_DAY_S = 86_400
_Stamp = tuple[int, int] | None


class InstalledTrust:
    """
    ``TrustDesk`` over the files of a data directory.

    Book and keys are an operator's (``zhulian trust``): what another process writes counts at the next request.

    Parameters
    ----------
    settings
        Names the data directory and how partners know this installation.
    workspace
        The graph, which knows what became of our own credentials, and the clock.
    """

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._files = TrustBook(settings)
        self._workspace = workspace
        self._name = settings.issuer or settings.address
        folder = settings.data_dir / "trust"
        self._book_path = folder / "book.json"
        self._keys_path = settings.data_dir / "keys" / "identity.json"
        self._keeper = ListKeeper(folder / "lists", VerifierMemory(folder / "memory.sqlite"))
        self._book: tuple[_Stamp, TrustBundle] | None = None
        self._registry: tuple[_Stamp, Registry] | None = None

    @property
    def name(self) -> str:
        """See ``TrustDesk``."""
        return self._name

    async def book(self) -> TrustBundle:
        """
        See ``TrustDesk``.

        Raises
        ------
        InvalidInputError
            A signature in the book does not hold.
        """
        stamp = _stamp(self._book_path)
        if self._book is None or self._book[0] != stamp:
            self._book = stamp, await asyncio.to_thread(self._read_book)
        return self._book[1]

    def _read_book(self) -> TrustBundle:
        book = self._files.read()
        keys = {code: region.keys for code, region in book.regions.items()}
        for agreement in book.agreements:
            if not proven(agreement, keys):
                raise InvalidInputError(
                    "a signature in the book does not hold", id=agreement.id, reason="proof"
                )
        return book

    async def registry(self) -> Registry:
        """See ``TrustDesk``."""
        book, stamp = await self.book(), _stamp(self._keys_path)
        known = book.registries.get(self._name)
        if known is None or known.region != book.home:
            raise NotFoundError(
                "this installation is no registry of its book", kind="registry", id=self._name
            )
        if self._registry is None or self._registry[0] != stamp:
            key_id, signer = await asyncio.to_thread(self._files.keys.signer, self._name)
            self._registry = stamp, Registry(issuer=self._name, key_id=key_id, key=signer)
        return self._registry[1]

    async def region_key(self) -> RegionKey:
        """See ``TrustDesk``."""
        region, key_id, key = await asyncio.to_thread(self._files.signer)
        return RegionKey(region=region, key_id=key_id, key=key)

    async def trusted(self, credential: str | None = None) -> Trusted:
        """See ``TrustDesk``."""
        book = await self.book()
        uri = None if credential is None else status_address(credential)
        if uri is not None:
            await self.refresh([uri])
        at = int(aware_utc(self._workspace.clock()).timestamp())
        # The book is the operator's own and always in term; what is published of it has a term of its own.
        current = replace(book, issued_at=at, expires_at=at + _DAY_S)
        return Trusted(bundle=current, statuses=self._keeper.lists, audience=self._name)

    async def refresh(self, uris: list[str]) -> int:
        """Have the newest status lists of these addresses; our own are made on the spot."""
        book, now = await self.book(), aware_utc(self._workspace.clock())
        own = [uri for uri in uris if registry_of(uri, book) == self._name]
        for uri in own:
            await self._make_own(uri)
        others = [uri for uri in uris if uri not in own]
        return await self._keeper.refresh(others, book, now=int(now.timestamp())) + len(own)

    async def _make_own(self, uri: str) -> None:
        registry, at = await self.registry(), aware_utc(self._workspace.clock())
        number = uri.removeprefix(registry.list_address(0).removesuffix("0"))
        if number.isdecimal() and int(number) < PLACES:
            token = await status_list(self._workspace.store, registry, int(number), at)
            self._keeper.lists.receive(uri, token, int(at.timestamp()))


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
