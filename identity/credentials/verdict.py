"""What a check of a presentation gives."""

from dataclasses import dataclass

from identity.jose.encoding import JsonObject
from identity.verdicts import VerdictCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What a check of one presentation found.

    Parameters
    ----------
    code
        ``ACCEPTED``, or the first thing that was wrong.
    detail
        English, for logs: a place or a name of ours. It never quotes a claim.
    claims
        What was disclosed, processed as RFC 9901 says; empty unless accepted.
    issuer, key_id, region
        Who signed; given as soon as the signature held, so that a refusal can be told to them.
    holder
        RFC 7638 thumbprint of the key that the credential is bound to.
    agreement
        Id and version of the agreement that was applied or that stood against it.
    agreement_rules
        What the agreement says about conversion; None within one region.
    status_age_s
        Age of the status list in seconds.
    """

    code: VerdictCode
    detail: str = ""
    format: str = ""
    claims: JsonObject | None = None
    issuer: str | None = None
    key_id: str | None = None
    region: str | None = None
    holder: str | None = None
    agreement: tuple[str, int] | None = None
    agreement_rules: JsonObject | None = None
    status_age_s: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the presentation is good."""
        return self.code is VerdictCode.ACCEPTED
