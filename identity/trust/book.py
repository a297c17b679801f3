"""
The book from which a region publishes its bundles: who is in it, by whose leave, under which agreements.

A book is a bundle that is still being written. Every change gives a new one; publishing signs it under the next number.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.errors import InvalidInputError, NotFoundError
from identity.jose.jwk import Signer
from identity.trust.agreements import Agreement, proven
from identity.trust.bundle import Region, Registry, TrustBundle, sign_bundle
from identity.trust.keys import TrustedKey


def new_book(home: Region, *, at: int) -> TrustBundle:
    """Begin the book of a region; its first bundle will be number 1."""
    return TrustBundle(home=home.code, version=1, issued_at=at, expires_at=at + 1, regions={home.code: home})


def with_region(book: TrustBundle, region: Region) -> TrustBundle:
    """Add a region, or take its newer keys."""
    return replace(book, regions={**book.regions, region.code: region})


def with_registry(book: TrustBundle, registry: Registry) -> TrustBundle:
    """
    Add a registry, or take its newer keys.

    Raises
    ------
    NotFoundError
        Its region is not in the book.
    """
    if registry.region not in book.regions:
        raise NotFoundError("the region is not in the book", kind="region", id=registry.region)
    return replace(book, registries={**book.registries, registry.issuer: registry})


def with_keys(book: TrustBundle, owner: str, keys: Mapping[str, TrustedKey]) -> TrustBundle:
    """
    Give an owner, a region's code or a registry's issuer, its present keys.

    Raises
    ------
    NotFoundError
        Neither is in the book.
    """
    if owner in book.regions:
        return with_region(book, replace(book.regions[owner], keys=keys))
    if owner in book.registries:
        return with_registry(book, replace(book.registries[owner], keys=keys))
    raise NotFoundError("nobody of that name is in the book", kind="owner", id=owner)


def with_agreement(book: TrustBundle, agreement: Agreement) -> TrustBundle:
    """
    Take a version of an agreement, in the place of what was known of it.

    Raises
    ------
    InvalidInputError
        A signature does not hold by the keys of the book, or steps do not follow from each other, or what was known
        went further.
    """
    keys = {code: region.keys for code, region in book.regions.items()}
    if not proven(agreement, keys):
        raise InvalidInputError("a signature of the agreement does not hold", id=agreement.id, reason="proof")
    same = (agreement.id, agreement.version)
    known = next((each for each in book.agreements if (each.id, each.version) == same), None)
    if known is not None:
        if known.content != agreement.content and known.signatures:
            raise InvalidInputError(
                "the version was signed with other words", id=agreement.id, reason="changed"
            )
        if known.steps != agreement.steps[: len(known.steps)]:
            raise InvalidInputError("the book knows later steps", id=agreement.id, reason="older")
    others = tuple(each for each in book.agreements if (each.id, each.version) != same)
    return replace(book, agreements=(*others, agreement))


def publish(
    book: TrustBundle, key: Signer, key_id: str, *, at: int, expires_at: int
) -> tuple[TrustBundle, str]:
    """Give the book with its number moved on, and the signed bundle."""
    published = replace(book, issued_at=at, expires_at=expires_at)
    return replace(published, version=book.version + 1), sign_bundle(published, key, key_id)
