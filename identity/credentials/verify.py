"""
Check a presentation offline: everything that has to hold, in one order, with one reason for a refusal.

Shape, header, bundle, signature, disclosures, times and kind, status, key binding, agreement, and last the nonce, so
that what is refused burns none. Nothing here reads a clock, a file or a network.
"""

from dataclasses import dataclass
from datetime import datetime

from identity.credentials.binding import check_binding, check_presenter
from identity.credentials.disclosures import hash_of, process, split
from identity.credentials.enveloped import Enveloped, open_enveloped
from identity.credentials.facts import NEVER_DISCLOSABLE, Facts, Format, facts_of
from identity.credentials.policy import STRICT, NonceStore, Policy
from identity.credentials.status import StatusLists
from identity.credentials.verdict import Verdict
from identity.documents import epoch_s
from identity.jose.algorithms import Hash
from identity.jose.encoding import Json, JsonObject
from identity.jose.jwk import PublicKey, public_key
from identity.jose.jws import SignedText, open_compact
from identity.trust.agreements import Agreement
from identity.trust.bundle import Registry, TrustBundle
from identity.verdicts import Refused, VerdictCode

_SELECTIVE = frozenset({Format.SD_JWT_VC.value, Format.VC_SD_JWT.value})
_RECOGNISED = "recognised_from"


@dataclass(slots=True)
class _Found:
    """What is known so far; a refusal tells it to whoever has to mend it."""

    format: str = ""
    issuer: str | None = None
    key_id: str | None = None
    region: str | None = None
    holder: str | None = None
    agreement: Agreement | None = None
    status_age_s: int | None = None

    def verdict(self, code: VerdictCode, detail: str = "", claims: JsonObject | None = None) -> Verdict:
        applied = self.agreement
        return Verdict(
            code=code,
            detail=detail,
            format=self.format,
            claims=claims,
            issuer=self.issuer,
            key_id=self.key_id,
            region=self.region,
            holder=self.holder,
            agreement=None if applied is None else (applied.id, applied.version),
            agreement_rules=None if applied is None else applied.rules,
            status_age_s=self.status_age_s,
        )


def verify(
    presentation: str,
    trust: TrustBundle,
    *,
    audience: str,
    nonce: str,
    now: datetime,
    statuses: StatusLists,
    nonces: NonceStore | None = None,
    policy: Policy = STRICT,
) -> Verdict:
    """
    Check a presentation.

    Parameters
    ----------
    presentation
        What the holder sent: an SD-JWT with key binding, or a W3C presentation around one credential.
    trust
        An opened bundle; its home region is the one that recognises.
    audience, nonce
        What the key binding has to name, byte by byte.
    statuses
        The status lists that the verifier has.
    nonces
        Makes the nonce single use; without it a presentation may be replayed while it is fresh.
    """
    found = _Found()
    try:
        return _checked(presentation, trust, audience, nonce, epoch_s(now), statuses, nonces, policy, found)
    except Refused as refusal:
        return found.verdict(refusal.code, refusal.detail)


def _checked(
    presentation: str,
    trust: TrustBundle,
    audience: str,
    nonce: str,
    now: int,
    statuses: StatusLists,
    nonces: NonceStore | None,
    policy: Policy,
    found: _Found,
) -> Verdict:
    opened = _opened(presentation, policy)
    parts, signed = opened.parts, opened.signed
    found.format = opened.format.value
    trust.check_term(now, policy.skew_s)
    facts = facts_of(opened.format, signed.payload)
    registry = check_issuer(signed, facts, trust, now)
    found.issuer, found.key_id, found.region = registry.issuer, signed.key_id, registry.region
    claims, hashed = signed.payload, None
    if opened.format is not Format.VC_JWT:
        hashed = hash_of(signed.payload, policy.profile)
        claims = process(signed.payload, parts.disclosures, hashed, never=NEVER_DISCLOSABLE[opened.format])
    check_facts(facts, registry, now, policy)
    check_recognised(claims)
    standing = trust.standing(registry.region, now)
    found.agreement = standing.agreement
    found.status_age_s = check_status(facts, registry, trust, statuses, now, policy, standing.agreement)
    holder = read_holder(facts, policy)
    found.holder = None if holder is None else holder.thumbprint
    bound = _check_proof(opened, holder, hashed, audience, nonce, now, policy)
    if standing.against is not None:
        raise Refused(standing.against, _named(standing.agreement))
    check_agreed_types(facts, standing.agreement)
    if nonces is not None and bound:
        until = now + policy.binding_max_age_s + 2 * policy.skew_s
        if not nonces.use(audience, nonce, until=until):
            raise Refused(VerdictCode.REPLAYED)
    return found.verdict(VerdictCode.ACCEPTED, claims=claims)


def _opened(presentation: str, policy: Policy) -> Enveloped:
    if "~" not in presentation:
        return open_enveloped(presentation, policy)
    parts = split(presentation)
    signed = open_compact(parts.jwt, _SELECTIVE, policy.profile)
    return Enveloped(parts, signed, Format(str(signed.header["typ"])), None)


def check_issuer(signed: SignedText, facts: Facts, trust: TrustBundle, now: int) -> Registry:
    """Give the registry whose key signed, by issuer and key id out of the bundle alone."""
    registry = trust.registry(facts.issuer)
    trusted = trust.key(registry, signed.key_id)
    if not trusted.key.takes(signed.algorithm):
        raise Refused(VerdictCode.ALGORITHM_NOT_OF_KEY, signed.algorithm.value)
    trusted.check(now if facts.issued_at is None else facts.issued_at)
    signed.check(trusted.key)
    return registry


def check_facts(facts: Facts, registry: Registry, now: int, policy: Policy) -> None:
    """Hold kind and times of a credential against its registry and the moment."""
    if not facts.types <= registry.types:
        raise Refused(VerdictCode.CREDENTIAL_TYPE_REFUSED)
    if facts.issued_at is not None and facts.issued_at > now + policy.skew_s:
        raise Refused(VerdictCode.ISSUED_IN_FUTURE)
    if facts.not_before is not None and facts.not_before > now + policy.skew_s:
        raise Refused(VerdictCode.NOT_YET_VALID)
    if facts.expires_at is not None and now >= facts.expires_at + policy.skew_s:
        raise Refused(VerdictCode.EXPIRED)


def check_recognised(claims: Json) -> None:
    """Refuse claims that their issuer has itself recognised from somebody else: trust is not handed on."""
    level = [claims]
    while level:
        inner: list[Json] = []
        for each in level:
            if isinstance(each, dict):
                if _RECOGNISED in each:
                    raise Refused(VerdictCode.RECOGNISED_ELSEWHERE)
                inner.extend(each.values())
            elif isinstance(each, list):
                inner.extend(each)
        level = inner


def check_status(
    facts: Facts,
    registry: Registry,
    trust: TrustBundle,
    statuses: StatusLists,
    now: int,
    policy: Policy,
    agreement: Agreement | None,
) -> int | None:
    """Give the age of the list on which the credential holds; None where it has no place and needs none."""
    if facts.status is None:
        if policy.status_required:
            raise Refused(VerdictCode.STATUS_MISSING)
        return None
    agreed = None if agreement is None else agreement.rules.get("status_max_age_s")
    limit = policy.status_max_age_s
    if isinstance(agreed, int) and not isinstance(agreed, bool):
        limit = min(limit, agreed)
    uri, index = facts.status
    return statuses.status(
        uri, index, registry, trust, policy.profile, now=now, max_age_s=limit, skew_s=policy.skew_s
    )


def read_holder(facts: Facts, policy: Policy) -> PublicKey | None:
    """Give the key that a credential is bound to; one of another family is refused."""
    if facts.holder is None:
        if policy.binding_required:
            raise Refused(VerdictCode.HOLDER_KEY_MISSING)
        return None
    holder = public_key(facts.holder)
    if holder is None or holder.profile is not policy.profile:
        raise Refused(VerdictCode.HOLDER_KEY_REFUSED)
    return holder


def _check_proof(
    opened: Enveloped,
    holder: PublicKey | None,
    hashed: Hash | None,
    audience: str,
    nonce: str,
    now: int,
    policy: Policy,
) -> bool:
    """Hold the holder's proof, of whichever format, against what was asked; whether there was one."""
    binding = opened.parts.binding
    if binding is None and opened.proof is None:
        if policy.binding_required:
            raise Refused(VerdictCode.BINDING_MISSING)
        return False
    if holder is None:
        raise Refused(VerdictCode.BINDING_UNEXPECTED)
    if opened.proof is not None:
        check_presenter(opened.proof, holder, audience=audience, nonce=nonce, now=now, policy=policy)
    elif binding is not None and hashed is not None:
        bound = opened.parts.bound
        check_binding(binding, bound, holder, hashed, audience=audience, nonce=nonce, now=now, policy=policy)
    return True


def check_agreed_types(facts: Facts, agreement: Agreement | None) -> None:
    """Refuse a kind of credential that an agreement leaves out; one that lists none takes all of the registry's."""
    agreed = None if agreement is None else agreement.rules.get("types")
    if isinstance(agreed, list) and not facts.types <= {each for each in agreed if isinstance(each, str)}:
        raise Refused(VerdictCode.CREDENTIAL_TYPE_REFUSED, _named(agreement))


def _named(agreement: Agreement | None) -> str:
    return "" if agreement is None else f"{agreement.id} version {agreement.version}"


def status_address(credential: str, policy: Policy = STRICT) -> str | None:
    """
    Give where a presentation or credential says that its status stands; nothing of it is proven.

    For whoever has to fetch the list before it can be checked.
    """
    try:
        opened = _opened(credential, policy)
        status = facts_of(opened.format, opened.signed.payload).status
    except Refused:
        return None
    return None if status is None else status[0]
