"""
Issue a credential: claims, of which some may be shown or kept back one by one.

What may be kept back is wrapped in :class:`Selective`, members and elements of arrays alike, one inside the other where
that is wanted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from domain.errors import InvalidInputError
from identity.credentials.disclosures import (
    ALGORITHM,
    DIGESTS,
    ELEMENT,
    MAX_DISCLOSURES,
    RESERVED,
    Disclosure,
    digest_of,
    make_disclosure,
    new_salt,
)
from identity.credentials.facts import NEVER_DISCLOSABLE, Format, facts_of
from identity.jose.algorithms import DEFAULT_HASH, HASHES, Hash
from identity.jose.encoding import MAX_BYTES, MAX_DEPTH, Json, JsonObject, deeper_than
from identity.jose.jwk import PublicKey, Signer
from identity.jose.jws import sign_compact
from identity.verdicts import Refused

_ROOM_FOR_BINDING = 2048


@dataclass(frozen=True, slots=True)
class Selective:
    """A value that the holder may show or keep back."""

    value: object


def issue(
    claims: Mapping[str, object],
    *,
    key: Signer,
    key_id: str,
    holder: PublicKey | None,
    status: tuple[str, int] | None,
    format_: Format = Format.SD_JWT_VC,
    decoys: int = 0,
    salt: Callable[[], str] = new_salt,
) -> str:
    """
    Give a credential with all its disclosures, as its holder keeps it.

    Parameters
    ----------
    claims
        Claims as they will be read, ``iss`` and ``vct`` (or those of a W3C credential) among them.
    holder
        Key that presentations will have to prove; None binds it to nobody.
    status
        Address of a status list and a place on it.
    decoys
        Digests of nothing, added wherever members can be kept back, so that their number tells nothing.
    salt
        Gives 128 fresh random bits in base64url.

    Raises
    ------
    InvalidInputError
        A claim that must stay clear was wrapped, a name is reserved, a claim every verifier needs is missing or
        malformed, or the credential would be too large to present.
    """
    profile = key.public.profile
    hash_name = DEFAULT_HASH[profile]
    full: dict[str, object] = dict(claims)
    if holder is not None:
        full["cnf"] = {"jwk": holder.jwk()}
    if status is not None:
        full["status"] = {"status_list": {"idx": status[1], "uri": status[0]}}
    _refuse_wrapped(full, format_)
    work = _Concealing(HASHES[profile][hash_name], salt, decoys)
    payload = work.members(full)
    if format_ is Format.VC_JWT:
        if work.made:
            raise InvalidInputError("vc+jwt shows everything", reason=format_.value)
        text = sign_compact(payload, key, type_=format_.value, key_id=key_id)
    else:
        payload[ALGORITHM] = hash_name
        signed = sign_compact(payload, key, type_=format_.value, key_id=key_id)
        text = "~".join([signed, *(each.text for each in work.made), ""])
    _check(payload, format_, len(work.made), text)
    return text


def _refuse_wrapped(claims: Mapping[str, object], format_: Format) -> None:
    for name in NEVER_DISCLOSABLE[format_] & claims.keys():
        if _wrapped(claims[name]):
            raise InvalidInputError("the claim always stays clear", claim=name)


def _wrapped(value: object) -> bool:
    if isinstance(value, Selective):
        return True
    if isinstance(value, Mapping):
        return any(_wrapped(each) for each in cast("Mapping[str, object]", value).values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(_wrapped(each) for each in cast("Sequence[object]", value))
    return False


def _check(payload: JsonObject, format_: Format, disclosures: int, text: str) -> None:
    try:
        facts = facts_of(format_, payload)
    except Refused as refusal:
        raise InvalidInputError("no verifier would take it", reason=refusal.detail) from None
    if not isinstance(facts.issuer, str) or not facts.issuer:
        raise InvalidInputError("a credential names its issuer", reason="iss")
    if deeper_than(payload, MAX_DEPTH):
        raise InvalidInputError("the claims are nested too deep", limit=MAX_DEPTH)
    if disclosures > MAX_DISCLOSURES:
        raise InvalidInputError("too many claims that can be kept back", limit=MAX_DISCLOSURES)
    if len(text) > MAX_BYTES - _ROOM_FOR_BINDING:
        raise InvalidInputError("the credential is too large to present", limit=MAX_BYTES - _ROOM_FOR_BINDING)


@dataclass(slots=True)
class _Concealing:
    hashed: Hash
    salt: Callable[[], str]
    decoys: int
    made: list[Disclosure] = field(default_factory=list[Disclosure])

    def value(self, value: object) -> Json:
        if isinstance(value, Mapping):
            return self.members(cast("Mapping[str, object]", value))
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, Sequence):
            return [self._element(each) for each in cast("Sequence[object]", value)]
        raise InvalidInputError("not a JSON value", reason=type(value).__name__)

    def members(self, members: Mapping[str, object]) -> JsonObject:
        clear: JsonObject = {}
        digests: list[str] = []
        for name, each in members.items():
            if name in RESERVED:
                raise InvalidInputError("the name is reserved", claim=name)
            if isinstance(each, Selective):
                digests.append(self._disclose(self.value(each.value), name))
            else:
                clear[name] = self.value(each)
        if digests:
            digests += [digest_of(self.salt(), self.hashed) for _ in range(self.decoys)]
            clear[DIGESTS] = list[Json](sorted(digests))  # their order would tell which is which
        return clear

    def _element(self, each: object) -> Json:
        if isinstance(each, Selective):
            return {ELEMENT: self._disclose(self.value(each.value), None)}
        return self.value(each)

    def _disclose(self, value: Json, name: str | None) -> str:
        disclosure = make_disclosure(self.salt(), value, name)
        self.made.append(disclosure)
        return digest_of(disclosure.text, self.hashed)
