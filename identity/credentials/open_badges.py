"""
Open Badges 3.0: training and stars as badges that other platforms show (1EdTech).

Export alone: a badge is a W3C credential with an external JWT proof (section 8 of the specification), whose header says
``JWT`` and whose payload repeats issuer, subject and dates as registered claims. Nothing of ours is proven by a badge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from identity.credentials.facts import VC_BASE_TYPE, VC_CONTEXT
from identity.documents import moment_text
from identity.jose.encoding import Json, JsonObject
from identity.jose.jwk import Signer
from identity.jose.jws import sign_compact

BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
BADGE_TYPE = "OpenBadgeCredential"
_HEADER_TYPE = "JWT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Achievement:
    """
    What a badge is given for.

    Parameters
    ----------
    id
        A URI.
    kind
        A value of ``achievementType``: ``Certificate`` for training, ``Badge`` for a star.
    criteria
        In words: what had to be done.
    """

    id: str
    name: str
    description: str
    kind: str
    criteria: str

    def document(self) -> JsonObject:
        """Write it as it stands in a badge."""
        return {
            "id": self.id,
            "type": list[Json](["Achievement"]),
            "achievementType": self.kind,
            "name": self.name,
            "description": self.description,
            "criteria": {"narrative": self.criteria},
        }


def badge(
    achievement: Achievement,
    *,
    badge_id: str,
    issuer: str,
    issuer_name: str,
    subject: str,
    awarded_at: int,
    expires_at: int | None = None,
    evidence: Sequence[JsonObject] = (),
) -> JsonObject:
    """Give the badge as a W3C credential, unsigned; moments in seconds."""
    document: JsonObject = {
        "@context": list[Json]([VC_CONTEXT, BADGE_CONTEXT]),
        "id": badge_id,
        "type": list[Json]([VC_BASE_TYPE, BADGE_TYPE]),
        "name": achievement.name,
        "issuer": {"id": issuer, "type": list[Json](["Profile"]), "name": issuer_name},
        "validFrom": moment_text(awarded_at),
        "credentialSubject": {
            "id": subject,
            "type": list[Json](["AchievementSubject"]),
            "achievement": achievement.document(),
        },
    }
    if expires_at is not None:
        document["validUntil"] = moment_text(expires_at)
    if evidence:
        document["evidence"] = list[Json](evidence)
    return document


def sign_badge(
    document: JsonObject, key: Signer, *, key_id: str, awarded_at: int, expires_at: int | None
) -> str:
    """Give the signed text of a badge."""
    issuer, subject = document["issuer"], document["credentialSubject"]
    payload: JsonObject = {
        **document,
        "iss": issuer["id"] if isinstance(issuer, dict) else issuer,
        "sub": subject["id"] if isinstance(subject, dict) else None,
        "jti": document["id"],
        "nbf": awarded_at,
    }
    if expires_at is not None:
        payload["exp"] = expires_at
    return sign_compact(payload, key, type_=_HEADER_TYPE, key_id=key_id)
