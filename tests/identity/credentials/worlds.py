"""A small world to attack: two regions, an agreement, a registry, a volunteer; each part can be bent on the way."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from identity.credentials.binding import BINDING_TYPE
from identity.credentials.disclosures import digest_of, hash_of
from identity.credentials.holder import Held, Path, hold, present
from identity.credentials.issue import Selective, issue
from identity.credentials.policy import STRICT, NonceStore, Policy
from identity.credentials.status import StatusList, StatusLists, sign_list
from identity.credentials.verdict import Verdict
from identity.credentials.verify import verify
from identity.jose.algorithms import Curve, Profile
from identity.jose.encoding import compact, decode, encode
from identity.jose.jwk import SigningKey
from identity.trust.bundle import TrustBundle, read_document

NOW = 1_795_300_000
AUDIENCE = "https://verify.hangzhou.example"
NONCE = "b3mVQ7Yw0Xo"
SHANGHAI, HANGZHOU, SUZHOU = "310000", "330100", "320500"
ISSUER = "https://volunteers.shanghai.example"
OTHER_ISSUER = "https://volunteers.suzhou.example"
RECORD = "urn:cn:volunteer:record:1"
LIST = f"{ISSUER}/statuslists/1"
PLACE = 4711

KEYS = {name: SigningKey.generate() for name in ("issuer", "next", "other", "holder", "stranger", "suzhou")}
ED = {name: SigningKey.generate(Curve.ED25519) for name in ("issuer", "holder")}
SM = {name: SigningKey.generate(Curve.SM2) for name in ("issuer", "holder")}

Bend = Callable[[Any], Any]


def claims(**changed: object) -> dict[str, object]:
    entries = [
        Selective(
            {
                "id": f"e{n}",
                "start": NOW - 90_000 * n,
                "end": NOW - 90_000 * n + 7200,
                "minutes": 120,
                "clocked": True,
            }
        )
        for n in range(2, 8)
    ]
    found: dict[str, object] = {
        "iss": ISSUER,
        "vct": RECORD,
        "jti": "urn:uuid:5d2e0a0e-57b6-4a68-9d6c-0d6f7f6f2a01",
        "iat": NOW - 86_400,
        "nbf": NOW - 86_400,
        "exp": NOW + 86_400,
        "name": Selective("王芳"),
        "birthdate": Selective("1988-02-29"),
        "minutes": Selective({"clocked": 6000, "manual": 60}),
        "address": {"region": Selective("310101"), "town": "on file"},
        "entries": entries,
    }
    found |= changed
    return {name: value for name, value in found.items() if value is not None}


def bundle_document() -> dict[str, Any]:
    return {
        "home": HANGZHOU,
        "version": 7,
        "issued_at": NOW - 3600,
        "expires_at": NOW + 86_400,
        "regions": [{"code": SHANGHAI}, {"code": HANGZHOU}, {"code": SUZHOU}],
        "registries": [
            {
                "iss": ISSUER,
                "region": SHANGHAI,
                "types": [RECORD],
                "keys": [
                    {"kid": "k1", "jwk": KEYS["issuer"].public.jwk(), "since": NOW - 10**7},
                    {"kid": "k2", "jwk": KEYS["next"].public.jwk(), "since": NOW - 10**6},
                    {"kid": "ed", "jwk": ED["issuer"].public.jwk()},
                    {"kid": "sm", "jwk": SM["issuer"].public.jwk()},
                ],
            },
            {
                "iss": OTHER_ISSUER,
                "region": SUZHOU,
                "types": [RECORD],
                "keys": [{"kid": "k1", "jwk": KEYS["suzhou"].public.jwk()}],
            },
        ],
        "agreements": [
            {
                "document": {
                    "id": "sh-hz",
                    "version": 2,
                    "from": SHANGHAI,
                    "to": HANGZHOU,
                    "valid_from": NOW - 10**6,
                    "valid_until": NOW + 10**6,
                    "rules": {"status_max_age_s": 86_400},
                },
                "state": "ACTIVE",
            },
            {
                "document": {
                    "id": "sz-sh",
                    "version": 1,
                    "from": SUZHOU,
                    "to": SHANGHAI,
                    "valid_from": NOW - 10**6,
                    "valid_until": NOW + 10**6,
                },
                "state": "ACTIVE",
            },
        ],
    }


def status_token(
    *,
    key: SigningKey | None = None,
    size: int = 8192,
    marks: dict[int, int] | None = None,
    key_id: str = "k1",
    issuer: str = ISSUER,
    uri: str = LIST,
    issued_at: int = NOW - 600,
    expires_at: int = NOW + 3600,
    ttl_s: int | None = None,
) -> str:
    statuses = StatusList.of_size(size)
    for index, value in (marks or {}).items():
        statuses[index] = value
    return sign_list(
        statuses,
        key or KEYS["issuer"],
        key_id=key_id,
        issuer=issuer,
        uri=uri,
        issued_at=issued_at,
        expires_at=expires_at,
        ttl_s=ttl_s,
    )


def sign(header: dict[str, Any], payload: object, key: SigningKey, *, raw: bytes | None = None) -> str:
    """Sign any header and payload, however wrong."""
    body = compact(payload) if raw is None else raw
    signed = f"{encode(compact(header))}.{encode(body)}"
    return f"{signed}.{encode(key.sign(signed.encode()))}"


def credential(
    key: SigningKey | None = None, key_id: str = "k1", holder: SigningKey | None = None, **changed: object
) -> str:
    return issue(
        claims(**changed),
        key=key or KEYS["issuer"],
        key_id=key_id,
        holder=(holder or KEYS["holder"]).public,
        status=(LIST, PLACE),
        decoys=1,
    )


SHOWN: tuple[Path, ...] = (("name",), ("minutes",), ("entries", 2), ("address", "region"))

HELD: Held = hold(credential())


def payload_of(jwt: str) -> dict[str, Any]:
    return json.loads(decode(jwt.split(".")[1]))


@dataclass(frozen=True)
class Attack:
    """
    One presentation, bent where a test wants it, and signed again by those who would sign.

    ``payload`` and ``header`` bend what the issuer signs, ``disclosures`` what stands between the tildes,
    ``binding`` and ``binding_header`` the holder's proof, ``text`` the finished presentation.
    """

    base: str = field(default_factory=lambda: HELD.jwt)
    payload: Bend | None = None
    header: Bend | None = None
    disclosures: Bend | None = None
    binding: Bend | None = None
    binding_header: Bend | None = None
    text: Callable[[str], str] | None = None
    issuer_key: SigningKey = KEYS["issuer"]
    holder_key: SigningKey = KEYS["holder"]
    bundle: Bend | None = None
    tokens: dict[str, str] = field(default_factory=lambda: {LIST: status_token()})
    policy: Policy = STRICT
    nonce: str = NONCE
    audience: str = AUDIENCE
    now: int = NOW
    raw: Callable[[bytes], bytes] | None = None

    def presentation(self) -> str:
        shown = [
            text
            for text in HELD.disclosures
            if text in {t for c in HELD.claims if c.path in SHOWN for t in c.disclosures}
        ]
        jwt = self.base
        if self.payload or self.header or self.raw or self.issuer_key is not KEYS["issuer"]:
            header: dict[str, Any] = {
                "alg": self.issuer_key.public.algorithm.value,
                "typ": "dc+sd-jwt",
                "kid": "k1",
            }
            payload = payload_of(self.base)
            header = self.header(header) if self.header else header
            if self.payload:
                payload = self.payload(payload) or payload
            jwt = sign(header, payload, self.issuer_key, raw=self.raw(compact(payload)) if self.raw else None)
        chosen = self.disclosures(list(shown)) if self.disclosures else shown
        bound = "~".join([jwt, *chosen, ""])
        proof = {"iat": self.now - 5, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": self._hash(bound)}
        kb_header: dict[str, Any] = {"alg": self.holder_key.public.algorithm.value, "typ": BINDING_TYPE}
        if self.binding:
            proof = self.binding(proof) or proof
        if self.binding_header:
            kb_header = self.binding_header(kb_header) or kb_header
        text = bound + sign(kb_header, proof, self.holder_key)
        return self.text(text) if self.text else text

    def _hash(self, bound: str) -> str:
        hashed = hash_of({"_sd_alg": "sm3"} if self.policy.profile is Profile.SM else {}, self.policy.profile)
        return digest_of(bound, hashed) if bound.isascii() else "-"

    def trust(self) -> TrustBundle:
        document = bundle_document()
        if self.bundle:
            document = self.bundle(document) or document
        return read_document(json.loads(json.dumps(document)))

    def run(self, nonces: NonceStore | None = None) -> Verdict:
        return check(self.presentation(), self, nonces)


def check(presentation: str, world: Attack | None = None, nonces: NonceStore | None = None) -> Verdict:
    world = world or Attack()
    return verify(
        presentation,
        world.trust(),
        audience=world.audience,
        nonce=world.nonce,
        now=datetime.fromtimestamp(world.now, UTC),
        statuses=StatusLists(world.tokens),
        nonces=nonces,
        policy=world.policy,
    )


def honest(show: tuple[Path, ...] = SHOWN, at: int = NOW - 5) -> str:
    return present(HELD, show, key=KEYS["holder"], audience=AUDIENCE, nonce=NONCE, issued_at=at)
