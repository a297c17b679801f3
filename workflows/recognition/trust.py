"""What the use cases of recognition are handed about whom to believe, and in whose name to sign."""

from typing import Protocol

from domain.errors import NotFoundError
from identity.trust.bundle import TrustBundle
from workflows.recognition.issuing import Registry
from workflows.recognition.recognising import Trusted
from workflows.recognition.stating import RegionKey


class TrustDesk(Protocol):
    """Whom an installation believes now, and its own registry."""

    @property
    def name(self) -> str:
        """How presentations name this installation: ``aud`` of a proof, ``iss`` of what it issues."""
        ...

    async def book(self) -> TrustBundle:
        """
        Give regions, registries and agreements as they stand.

        Raises
        ------
        NotFoundError
            Nobody has begun a book.
        """
        ...

    async def registry(self) -> Registry:
        """
        Give this installation's own registry with its key.

        Raises
        ------
        NotFoundError
            It is not in the book, or has no key.
        """
        ...

    async def region_key(self) -> RegionKey:
        """
        Give the key with which this region signs what it states to others.

        Raises
        ------
        NotFoundError
            Nobody has begun a book, or the region has no key.
        """
        ...

    async def trusted(self, credential: str | None = None) -> Trusted:
        """
        Give what is believed now.

        Parameters
        ----------
        credential
            A presentation or credential that is about to be checked: the status list that it names is fetched, if it
            is one of a registry in the book.
        """
        ...


class NoTrust:
    """An installation without a trust book: it recognises nobody and issues nothing."""

    name = ""

    async def book(self) -> TrustBundle:
        """See ``TrustDesk``."""
        raise NotFoundError("no book yet: zhulian trust init", kind="book")

    async def registry(self) -> Registry:
        """See ``TrustDesk``."""
        raise NotFoundError("no book yet: zhulian trust init", kind="book")

    async def region_key(self) -> RegionKey:
        """See ``TrustDesk``."""
        raise NotFoundError("no book yet: zhulian trust init", kind="book")

    async def trusted(self, credential: str | None = None) -> Trusted:
        """See ``TrustDesk``."""
        raise NotFoundError("no book yet: zhulian trust init", kind="book")
