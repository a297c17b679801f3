"""What anybody may know of a credential that is shown to them: whether it holds, and who says so; nothing is kept."""

from dataclasses import dataclass, replace
from datetime import datetime

from identity.credentials.verify import verify
from identity.verdicts import VerdictCode
from workflows.recognition.recognising import Trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicVerdict:
    """
    What a check without the holder says: the credential holds or not, never that it is the bearer's.

    Parameters
    ----------
    claims
        Names of what was shown, never what it says.
    """

    code: VerdictCode
    issuer: str | None
    issuer_name: str | None
    region: str | None
    format: str
    agreement: tuple[str, int] | None
    status_age_s: int | None
    expires_at: int | None
    claims: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the credential is good."""
        return self.code is VerdictCode.ACCEPTED


_UNTOLD = frozenset({"iss", "vct", "cnf", "status", "iat", "nbf", "exp", "jti", "schemes"})


def check_credential(trusted: Trusted, credential: str, at: datetime) -> PublicVerdict:
    """Check a credential, with or without a holder's proof, which was made for somebody else."""
    shown = credential.strip()
    if "~" in shown:
        shown = shown[: shown.rindex("~") + 1]
    verdict = verify(
        shown,
        trusted.bundle,
        audience=trusted.audience,
        nonce="",
        now=at,
        statuses=trusted.statuses,
        policy=replace(trusted.policy, binding_required=False),
    )
    registry = trusted.bundle.registries.get(verdict.issuer or "")
    claims = verdict.claims or {}
    expires = claims.get("exp")
    return PublicVerdict(
        code=verdict.code,
        issuer=verdict.issuer,
        issuer_name=None if registry is None else registry.name,
        region=verdict.region,
        format=verdict.format,
        agreement=verdict.agreement,
        status_age_s=verdict.status_age_s,
        expires_at=expires if isinstance(expires, int) else None,
        claims=tuple(sorted(set(claims) - _UNTOLD)),
    )
