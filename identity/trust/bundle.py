"""
The trust bundle: all that a verifier believes, in one file that works offline.

A bundle is for one region, its *home*, whose authority signs it with a key that verifiers hold beforehand. Versions
only grow: an older one is refused, or a revoked key could come back. Keys are found by issuer and key id, compared byte
by byte; nothing is fetched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from identity.documents import Members, moment_text
from identity.jose.algorithms import Profile
from identity.jose.encoding import Json, JsonObject, parse_object
from identity.jose.jwk import PublicKey, Signer
from identity.jose.jws import open_compact, sign_compact
from identity.trust.agreements import Agreement, AgreementState, proven, read_agreement, written
from identity.trust.keys import TrustedKey, read_keys
from identity.verdicts import Refused, VerdictCode

BUNDLE_TYPE = "trust-bundle+jwt"
MAX_BUNDLE_BYTES = 16 * 1024 * 1024

_AGAINST = {
    AgreementState.SUSPENDED: VerdictCode.AGREEMENT_SUSPENDED,
    AgreementState.EXPIRED: VerdictCode.AGREEMENT_EXPIRED,
    AgreementState.TERMINATED: VerdictCode.AGREEMENT_TERMINATED,
    AgreementState.DRAFT: VerdictCode.AGREEMENT_UNSIGNED,
    AgreementState.SIGNED: VerdictCode.AGREEMENT_NOT_ACTIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region and the keys with which its authority signs agreements and bundles."""

    code: str
    name: str = "-"
    keys: Mapping[str, TrustedKey] = field(default_factory=dict[str, TrustedKey])


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """
    A system that records service in a region, and so certifies it.

    Parameters
    ----------
    issuer
        ``iss`` of its credentials, byte by byte.
    types
        Values of ``vct`` (or W3C types) that it may issue.
    """

    issuer: str
    region: str
    name: str = "-"
    types: frozenset[str] = frozenset()
    keys: Mapping[str, TrustedKey] = field(default_factory=dict[str, TrustedKey])


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What lets a region's records in: nothing within one region, else an agreement."""

    agreement: Agreement | None = None
    against: VerdictCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustBundle:
    """
    What one region believes from ``issued_at`` until ``expires_at`` (seconds).

    Parameters
    ----------
    agreements
        Proven ones where the bundle was signed.
    """

    home: str
    version: int
    issued_at: int
    expires_at: int
    regions: Mapping[str, Region] = field(default_factory=dict[str, Region])
    registries: Mapping[str, Registry] = field(default_factory=dict[str, Registry])
    agreements: tuple[Agreement, ...] = ()

    def registry(self, issuer: object) -> Registry:
        """Give the registry of an issuer, or refuse."""
        found = self.registries.get(issuer) if isinstance(issuer, str) else None
        if found is None:
            raise Refused(VerdictCode.ISSUER_UNKNOWN)
        return found

    def key(self, registry: Registry, key_id: str | None) -> TrustedKey:
        """Give a registry's key by its name, or refuse; a key that is not named is never guessed."""
        if key_id is None:
            raise Refused(VerdictCode.KEY_NOT_NAMED)
        found = registry.keys.get(key_id)
        if found is None:
            raise Refused(VerdictCode.KEY_UNKNOWN)
        return found

    def check_term(self, now: int, skew_s: int) -> None:
        """Refuse a bundle that is not in its term."""
        if now + skew_s < self.issued_at:
            raise Refused(VerdictCode.BUNDLE_NOT_YET_VALID)
        if now >= self.expires_at:
            raise Refused(VerdictCode.BUNDLE_EXPIRED, f"since {moment_text(self.expires_at)}")

    def standing(self, region: str, now: int) -> Standing:
        """
        Give what lets a region's records in here, or what stands against them.

        Only an agreement between that region and home counts, in that direction: two agreements make no path.
        """
        if region == self.home:
            return Standing()
        direct = sorted(
            (each for each in self.agreements if each.covers(region, self.home)),
            key=lambda each: (each.version, each.term),
            reverse=True,
        )
        for each in direct:
            if each.state_at(now) is AgreementState.ACTIVE and each.term[0] <= now:
                return Standing(agreement=each)
        if not direct:
            return Standing(against=VerdictCode.AGREEMENT_MISSING)
        latest = direct[0]
        code = _AGAINST.get(latest.state_at(now), VerdictCode.AGREEMENT_NOT_YET_VALID)
        return Standing(agreement=latest, against=code)

    def document(self) -> JsonObject:
        """Write it as it is signed."""
        regions: list[Json] = [
            {"code": each.code, "name": each.name, "keys": _keys(each.keys)} for each in self.regions.values()
        ]
        registries: list[Json] = [
            {
                "iss": each.issuer,
                "region": each.region,
                "name": each.name,
                "types": list[Json](sorted(each.types)),
                "keys": _keys(each.keys),
            }
            for each in self.registries.values()
        ]
        agreements: list[Json] = [written(each) for each in self.agreements]
        return {
            "home": self.home,
            "version": self.version,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "regions": regions,
            "registries": registries,
            "agreements": agreements,
        }


def _keys(keys: Mapping[str, TrustedKey]) -> list[Json]:
    return [each.document() for each in keys.values()]


def read_document(document: JsonObject) -> TrustBundle:
    """
    Read what a bundle says.

    Names that stand twice, registries of no region and keys that are none are refused: a bundle is right or not at all.
    """
    top = Members(document, "bundle", VerdictCode.BUNDLE_UNREADABLE)
    regions: dict[str, Region] = {}
    for each in top.inner("regions"):
        code = each.text("code")
        if code in regions:
            raise each.wrong("code")
        regions[code] = Region(code=code, name=each.text_or("name", "-"), keys=read_keys(each))
    registries: dict[str, Registry] = {}
    for each in top.inner("registries"):
        issuer, region = each.text("iss"), each.text("region")
        if issuer in registries:
            raise each.wrong("iss")
        if region not in regions:
            raise each.wrong("region")
        registries[issuer] = Registry(
            issuer=issuer,
            region=region,
            name=each.text_or("name", "-"),
            types=frozenset(each.texts("types")),
            keys=read_keys(each),
        )
    agreements = tuple(read_agreement(each) for each in top.inner("agreements"))
    if len({(each.id, each.version) for each in agreements}) != len(agreements):
        raise top.wrong("agreements")
    return TrustBundle(
        home=top.text("home"),
        version=top.integer("version", least=1),
        issued_at=top.moment("issued_at"),
        expires_at=top.moment("expires_at"),
        regions=regions,
        registries=registries,
        agreements=agreements,
    )


def sign_bundle(bundle: TrustBundle, key: Signer, key_id: str) -> str:
    """Give the signed text of a bundle."""
    return sign_compact(bundle.document(), key, type_=BUNDLE_TYPE, key_id=key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A bundle that may be believed, or why not."""

    code: VerdictCode
    detail: str = ""
    bundle: TrustBundle | None = None


def open_bundle(
    text: str, anchors: Mapping[str, PublicKey], *, now: int, least_version: int = 0, skew_s: int = 60
) -> Opened:
    """
    Open a signed bundle.

    Parameters
    ----------
    anchors
        Keys of the home region's authority, by key id, that were had beforehand and by another way.
    least_version
        The highest version seen so far; a lower one is a rollback.
    """
    try:
        signed = open_compact(
            text.strip(), {BUNDLE_TYPE}, _profile_of(anchors.values()), limit=MAX_BUNDLE_BYTES
        )
        anchor = anchors.get(signed.key_id or "")
        if anchor is None:
            return Opened(code=VerdictCode.BUNDLE_SIGNATURE, detail="no anchor has this key id")
        signed.check(anchor, VerdictCode.BUNDLE_SIGNATURE)
        bundle = read_document(signed.payload)
        if bundle.version < least_version:
            return Opened(code=VerdictCode.BUNDLE_ROLLED_BACK, detail=f"{bundle.version} < {least_version}")
        bundle.check_term(now, skew_s)
        keys = {code: region.keys for code, region in bundle.regions.items()}
        for each in bundle.agreements:
            if not proven(each, keys):
                return Opened(code=VerdictCode.AGREEMENT_UNSIGNED, detail=f"{each.id} {each.version}")
    except Refused as refusal:
        return Opened(code=refusal.code, detail=refusal.detail)
    return Opened(code=VerdictCode.ACCEPTED, bundle=bundle)


def _profile_of(keys: Iterable[PublicKey]) -> Profile:
    return next((key.profile for key in keys), Profile.INTERNATIONAL)


def open_plain(data: bytes) -> Opened:
    """Open a bundle that the operator wrote: believed because it was named; its term is held at each use."""
    try:
        bundle = read_document(parse_object(data))
    except Refused as refusal:
        return Opened(code=refusal.code, detail=refusal.detail)
    return Opened(code=VerdictCode.ACCEPTED, bundle=bundle)
