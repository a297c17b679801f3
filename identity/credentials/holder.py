"""
What a volunteer does with a credential: keep it, see what it says, show part of it.

A claim is named by its path: ``("name",)``, ``("entries", 2)``. Showing a claim shows what it stands in, and nothing
beside it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from domain.errors import InvalidInputError
from identity.credentials.binding import bind
from identity.credentials.disclosures import (
    ALGORITHM,
    DIGESTS,
    ELEMENT,
    Disclosure,
    digest_of,
    hash_of,
    process,
    read_disclosure,
    split,
)
from identity.credentials.facts import NEVER_DISCLOSABLE, Format, facts_of
from identity.jose.algorithms import ALLOWED, Hash, Profile
from identity.jose.encoding import Json, JsonObject
from identity.jose.jwk import PublicKey, Signer, public_key
from identity.jose.jws import open_compact
from identity.verdicts import Refused

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim that can be kept back: where it stands, what it says, and what has to be shown with it."""

    path: Path
    value: Json
    disclosures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """
    A credential in its holder's hands.

    Parameters
    ----------
    payload
        All its claims, as its issuer knows them.
    claims
        Those that can be kept back.
    """

    jwt: str
    format: Format
    payload: JsonObject
    claims: tuple[Claim, ...]
    hashed: Hash
    key: PublicKey | None
    disclosures: tuple[str, ...]

    @property
    def credential_id(self) -> str | None:
        """Its ``jti``, where it has one."""
        found = self.payload.get("jti", self.payload.get("id"))
        return found if isinstance(found, str) else None


def hold(credential: str) -> Held:
    """
    Read a credential that was issued to somebody.

    The signature is not checked: a holder believes whoever handed it over, a verifier does not have to.

    Raises
    ------
    InvalidInputError
        It is no credential with disclosures, or has been tampered with; ``reason`` is the verdict's code.
    """
    try:
        parts = split(credential.strip())
        if parts.binding is not None:
            raise InvalidInputError("a presentation, not a credential", reason="BINDING_UNEXPECTED")
        profile = _profile(parts.jwt)
        signed = open_compact(parts.jwt, {Format.SD_JWT_VC.value, Format.VC_SD_JWT.value}, profile)
        format_ = Format(str(signed.header["typ"]))
        facts = facts_of(format_, signed.payload)
        hashed = hash_of(signed.payload, profile)
        payload = process(signed.payload, parts.disclosures, hashed, never=NEVER_DISCLOSABLE[format_])
        known = {digest_of(text, hashed): read_disclosure(text) for text in parts.disclosures}
    except Refused as refusal:
        raise InvalidInputError("not a credential", reason=refusal.code.value) from None
    claims: list[Claim] = []
    _walk({name: value for name, value in signed.payload.items() if name != ALGORITHM}, (), (), known, claims)
    return Held(
        jwt=parts.jwt,
        format=format_,
        payload=payload,
        claims=tuple(claims),
        hashed=hashed,
        key=public_key(facts.holder),
        disclosures=parts.disclosures,
    )


def _profile(jwt: str) -> Profile:
    """Find the family that a credential is signed in; its holder takes either."""
    for profile in ALLOWED:
        try:
            open_compact(jwt, None, profile)
        except Refused:
            continue
        return profile
    return Profile.INTERNATIONAL


def _walk(
    value: Json, path: Path, within: tuple[str, ...], known: dict[str, Disclosure], into: list[Claim]
) -> None:
    def found(digest: Json, place: str | int | None) -> None:
        disclosure = known.get(digest) if isinstance(digest, str) else None
        if disclosure is None:
            return
        at: Path = (*path, disclosure.name if disclosure.name is not None else place or 0)
        needed = (*within, disclosure.text)
        into.append(Claim(path=at, value=disclosure.value, disclosures=needed))
        _walk(disclosure.value, at, needed, known, into)

    if isinstance(value, dict):
        for name, each in value.items():
            if name != DIGESTS:
                _walk(each, (*path, name), within, known, into)
        digests = value.get(DIGESTS)
        for digest in digests if isinstance(digests, list) else []:
            found(digest, None)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            if isinstance(each, dict) and ELEMENT in each:
                found(each[ELEMENT], place)
            else:
                _walk(each, (*path, place), within, known, into)


def present(
    held: Held,
    show: Collection[Path],
    *,
    key: Signer | None,
    audience: str,
    nonce: str,
    issued_at: int,
) -> str:
    """
    Give a presentation of some claims for one verifier.

    Parameters
    ----------
    show
        Paths of claims; what stands inside one that can itself be kept back is shown only when it is named too.
    key
        The holder's key; None presents without proof, which a strict verifier refuses.
    issued_at
        Second of the proof.

    Raises
    ------
    InvalidInputError
        A path that cannot be shown, or a key that is not the credential's.
    """
    by_path = {claim.path: claim for claim in held.claims}
    missing = [path for path in show if path not in by_path]
    if missing:
        raise InvalidInputError("the credential has no such claim to show", claim=path_text(missing[0]))
    if key is not None and (held.key is None or key.public != held.key):
        raise InvalidInputError("the credential is bound to another key", reason="HOLDER_KEY_REFUSED")
    chosen = {text for path in show for text in by_path[path].disclosures}
    bound = "~".join([held.jwt, *(text for text in held.disclosures if text in chosen), ""])
    if key is None:
        return bound
    return bound + bind(bound, key, audience=audience, nonce=nonce, issued_at=issued_at, hashed=held.hashed)


def path_text(path: Path) -> str:
    """Write a path for people: ``entries/2``."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in path)


def path_of(text: str, held: Held) -> Path:
    """Give the path that a text names in a credential, or the text alone where it names none."""
    return next((claim.path for claim in held.claims if path_text(claim.path) == text), (text,))
