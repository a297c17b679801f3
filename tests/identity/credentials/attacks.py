"""Attacks on presentations, built by code: each with the one reason for which it has to be refused."""

import json
import zlib
from collections.abc import Callable
from typing import Any

from identity.credentials.disclosures import digest_of, hash_of, make_disclosure
from identity.credentials.policy import Policy
from identity.jose.algorithms import Profile
from identity.jose.encoding import decode, encode
from identity.verdicts import VerdictCode as V
from tests.identity.credentials.worlds import (
    ED,
    HANGZHOU,
    HELD,
    ISSUER,
    KEYS,
    LIST,
    NONCE,
    NOW,
    OTHER_ISSUER,
    PLACE,
    RECORD,
    SHANGHAI,
    SM,
    SUZHOU,
    Attack,
    credential,
    honest,
    sign,
    status_token,
)

HASH = hash_of({}, Profile.INTERNATIONAL)
JWK = KEYS["stranger"].public.jwk()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def header(**members: Any) -> Callable[[Any], Any]:
    """Set members of a header or a proof; None takes one away."""
    return lambda found: {name: value for name, value in {**found, **members}.items() if value is not None}


claim = proof = header


def with_disclosure(
    name: str | None, value: Any, *, inside: str | None = None, salt: str = "c2FsdHNhbHQ"
) -> dict[str, Any]:
    """Add a disclosure that the issuer meant: its digest stands in the payload, or in one of its members."""
    made = make_disclosure(salt, value, name)

    def payload(found: dict[str, Any]) -> dict[str, Any]:
        place = found if inside is None else found.setdefault(inside, {})
        place.setdefault("_sd", []).append(digest_of(made.text, HASH))
        return found

    return {"payload": payload, "disclosures": lambda shown: [*shown, made.text]}


def raw_disclosure(parts: Any) -> dict[str, Any]:
    """Add a disclosure of any shape, its digest in the payload."""
    text = encode(parts if isinstance(parts, bytes) else json.dumps(parts).encode())

    def payload(found: dict[str, Any]) -> dict[str, Any]:
        found["_sd"].append(digest_of(text, HASH))
        return found

    return {"payload": payload, "disclosures": lambda shown: [*shown, text]}


def element(parts: Any, *, beside: dict[str, Any] | None = None) -> dict[str, Any]:
    text = encode(json.dumps(parts).encode())

    def payload(found: dict[str, Any]) -> dict[str, Any]:
        found["entries"].append({"...": digest_of(text, HASH), **(beside or {})})
        return found

    return {"payload": payload, "disclosures": lambda shown: [*shown, text]}


def signature(change: Callable[[bytes], bytes]) -> Callable[[str], str]:
    """Change the issuer's signature alone."""

    def bend(text: str) -> str:
        jwt, rest = text.split("~", 1)
        head, body, tail = jwt.split(".")
        return f"{head}.{body}.{encode(change(decode(tail)))}~{rest}"

    return bend


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def bend(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new, 1)

    return bend


def keys(
    change: Callable[[dict[str, Any]], Any], kid: str = "k1", issuer: str = ISSUER
) -> Callable[[Any], Any]:
    """Change a key in the bundle."""

    def bend(document: dict[str, Any]) -> Any:
        registry = next(each for each in document["registries"] if each["iss"] == issuer)
        change(next(each for each in registry["keys"] if each["kid"] == kid))

    return bend


def agreement(**members: Any) -> Callable[[Any], Any]:
    """Change the agreement between the two regions in the bundle."""

    def bend(document: dict[str, Any]) -> Any:
        entry = document["agreements"][0]
        entry["state"] = members.pop("state", entry["state"]) if "state" in members else entry["state"]
        entry["document"] |= members

    return bend


def listed(**changed: Any) -> dict[str, str]:
    return {LIST: status_token(**changed)}


def list_payload(**members: Any) -> dict[str, str]:
    """A list whose payload was bent and signed again."""
    payload = {
        "iss": ISSUER,
        "sub": LIST,
        "iat": NOW - 600,
        "exp": NOW + 3600,
        "status_list": {"bits": 2, "lst": encode(zlib.compress(bytes(4096), 9))},
        **members,
    }
    payload = {name: value for name, value in payload.items() if value is not None}
    return {LIST: sign({"alg": "ES256", "typ": "statuslist+jwt", "kid": "k1"}, payload, KEYS["issuer"])}


def hmac_signed(text: str) -> str:
    """HS256 with the issuer's public key as the secret."""
    import hashlib
    import hmac

    head = encode(json.dumps({"alg": "HS256", "typ": "dc+sd-jwt", "kid": "k1"}).encode())
    jwt, rest = text.split("~", 1)
    body = jwt.split(".")[1]
    tag = hmac.new(KEYS["issuer"].public.numbers, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{encode(tag)}~{rest}"


def unsigned(text: str) -> str:
    head = encode(json.dumps({"alg": "none", "typ": "dc+sd-jwt", "kid": "k1"}).encode())
    jwt, rest = text.split("~", 1)
    return f"{head}.{jwt.split('.')[1]}.~{rest}"


def nested(depth: int) -> Any:
    found: Any = "deep"
    for _ in range(depth):
        found = [found]
    return found


FIRST = HELD.disclosures[0]

ATTACKS: dict[str, tuple[V, Attack]] = {
    # forged algorithms and headers
    "alg none, no signature": (V.MALFORMED, Attack(text=unsigned)),
    "alg none, signed": (V.ALGORITHM_REFUSED, Attack(header=header(alg="none"))),
    "alg nOnE": (V.ALGORITHM_REFUSED, Attack(header=header(alg="nOnE"))),
    "HS256 with the public key": (V.ALGORITHM_REFUSED, Attack(text=hmac_signed)),
    "RS256": (V.ALGORITHM_REFUSED, Attack(header=header(alg="RS256"))),
    "ES384": (V.ALGORITHM_REFUSED, Attack(header=header(alg="ES384"))),
    "ES256K": (V.ALGORITHM_REFUSED, Attack(header=header(alg="ES256K"))),
    "alg missing": (V.ALGORITHM_REFUSED, Attack(header=header(alg=None))),
    "alg a list": (V.ALGORITHM_REFUSED, Attack(header=header(alg=["ES256"]))),
    "alg of another key type": (V.ALGORITHM_NOT_OF_KEY, Attack(header=header(alg="Ed25519"))),
    "ES256 named with an Ed25519 key": (V.ALGORITHM_NOT_OF_KEY, Attack(header=header(kid="ed"))),
    "SM2 outside its profile": (
        V.ALGORITHM_REFUSED,
        Attack(header=header(kid="sm"), issuer_key=SM["issuer"]),
    ),
    "SM2 key with ES256": (V.ALGORITHM_NOT_OF_KEY, Attack(header=header(kid="sm"))),
    "jwk in header": (V.KEY_IN_HEADER, Attack(header=header(jwk=JWK), issuer_key=KEYS["stranger"])),
    "jku in header": (V.KEY_IN_HEADER, Attack(header=header(jku="https://evil.example/keys"))),
    "x5c in header": (V.KEY_IN_HEADER, Attack(header=header(x5c=["MIIB"]))),
    "x5u in header": (V.KEY_IN_HEADER, Attack(header=header(x5u="https://evil.example/c"))),
    "x5t in header": (V.KEY_IN_HEADER, Attack(header=header(x5t="AAAA"))),
    "trust chain in header": (V.KEY_IN_HEADER, Attack(header=header(trust_chain=["e"]))),
    "crit": (V.CRITICAL_HEADER, Attack(header=header(crit=["exp"], exp=1))),
    "b64 false": (V.CRITICAL_HEADER, Attack(header=header(b64=False))),
    "zip": (V.CRITICAL_HEADER, Attack(header=header(zip="DEF"))),
    "typ of older drafts": (V.TYPE_REFUSED, Attack(header=header(typ="vc+sd-jwt+old"))),
    "typ JWT": (V.TYPE_REFUSED, Attack(header=header(typ="JWT"))),
    "typ missing": (V.TYPE_REFUSED, Attack(header=header(typ=None))),
    "typ in capitals": (V.TYPE_REFUSED, Attack(header=header(typ="DC+SD-JWT"))),
    "typ with media type prefix": (V.TYPE_REFUSED, Attack(header=header(typ="application/dc+sd-jwt"))),
    "typ of a status list": (V.TYPE_REFUSED, Attack(header=header(typ="statuslist+jwt"))),
    "kid missing": (V.KEY_NOT_NAMED, Attack(header=header(kid=None))),
    "kid a number": (V.HEADER_REFUSED, Attack(header=header(kid=1))),
    "kid empty": (V.HEADER_REFUSED, Attack(header=header(kid=""))),
    "kid unknown": (V.KEY_UNKNOWN, Attack(header=header(kid="k9"))),
    "kid a path": (V.KEY_UNKNOWN, Attack(header=header(kid="../../k1"))),
    # forged issuers
    "signed by a stranger": (V.SIGNATURE_INVALID, Attack(issuer_key=KEYS["stranger"])),
    "signed by another key of the issuer": (V.SIGNATURE_INVALID, Attack(issuer_key=KEYS["next"])),
    "signed by another region": (V.SIGNATURE_INVALID, Attack(issuer_key=KEYS["suzhou"])),
    "iss of another registry": (V.SIGNATURE_INVALID, Attack(payload=claim(iss=OTHER_ISSUER))),
    "iss unknown": (V.ISSUER_UNKNOWN, Attack(payload=claim(iss="https://volunteers.shanghai.example.evil"))),
    "iss with a slash": (V.ISSUER_UNKNOWN, Attack(payload=claim(iss=ISSUER + "/"))),
    "iss in capitals": (V.ISSUER_UNKNOWN, Attack(payload=claim(iss=ISSUER.upper()))),
    "iss with a look-alike": (V.ISSUER_UNKNOWN, Attack(payload=claim(iss=ISSUER.replace("a", "\u0430", 1)))),
    "iss missing": (V.ISSUER_UNKNOWN, Attack(payload=claim(iss=None))),
    "iss a list": (V.ISSUER_UNKNOWN, Attack(payload=claim(iss=[ISSUER]))),
    "key revoked": (V.KEY_REVOKED, Attack(bundle=keys(lambda key: key.update(state="REVOKED")))),
    "key retired before": (
        V.KEY_OUT_OF_TERM,
        Attack(bundle=keys(lambda key: key.update(state="RETIRED", until=NOW - 10**5))),
    ),
    "key not yet in term": (V.KEY_OUT_OF_TERM, Attack(bundle=keys(lambda key: key.update(since=NOW)))),
    "registry of no such type": (
        V.CREDENTIAL_TYPE_REFUSED,
        Attack(bundle=lambda document: document["registries"][0].update(types=["urn:cn:other"])),
    ),
    "registry of no type": (
        V.CREDENTIAL_TYPE_REFUSED,
        Attack(bundle=lambda d: d["registries"][0].update(types=[])),
    ),
    # malformed signatures and texts
    "r = s = 0": (V.SIGNATURE_INVALID, Attack(text=signature(lambda _: bytes(64)))),
    "r = 0": (V.SIGNATURE_INVALID, Attack(text=signature(lambda raw: bytes(32) + raw[32:]))),
    "s = 0": (V.SIGNATURE_INVALID, Attack(text=signature(lambda raw: raw[:32] + bytes(32)))),
    "r = n": (V.SIGNATURE_INVALID, Attack(text=signature(lambda raw: ORDER.to_bytes(32, "big") + raw[32:]))),
    "s beyond n": (V.SIGNATURE_INVALID, Attack(text=signature(lambda raw: raw[:32] + b"\xff" * 32))),
    "DER signature": (
        V.SIGNATURE_INVALID,
        Attack(text=signature(lambda raw: b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:])),
    ),
    "signature cut": (V.SIGNATURE_INVALID, Attack(text=signature(lambda raw: raw[:-1]))),
    "signature longer": (V.SIGNATURE_INVALID, Attack(text=signature(lambda raw: raw + b"\x00"))),
    "signature empty": (V.MALFORMED, Attack(text=signature(lambda _: b""))),
    "two signatures' parts": (V.MALFORMED, Attack(text=lambda text: text.replace(".", "..", 1))),
    "four parts": (V.MALFORMED, Attack(text=lambda text: text.replace("~", ".AAAA~", 1))),
    "padding": (V.MALFORMED, Attack(text=lambda text: text.replace("~", "=~", 1))),
    "plus for minus": (V.MALFORMED, Attack(text=lambda text: "+" + text[1:])),
    "blank before": (V.MALFORMED, Attack(text=lambda text: " " + text)),
    "newline inside": (V.MALFORMED, Attack(text=lambda text: text.replace(".", ".\n", 1))),
    "not ASCII": (V.MALFORMED, Attack(text=lambda text: text + "\u00e9")),
    "empty": (V.MALFORMED, Attack(text=lambda _: "")),
    "tilde alone": (V.MALFORMED, Attack(text=lambda _: "~")),
    "JSON serialisation": (
        V.MALFORMED,
        Attack(text=lambda text: json.dumps({"payload": text.split(".")[1]})),
    ),
    "bits that no byte needs": (
        V.BAD_BASE64,
        Attack(payload=claim(x="y"), disclosures=lambda s: [*s, "WyJhIiwiYiJdB"]),
    ),
    "header not JSON": (V.BAD_JSON, Attack(text=lambda text: encode(b"{alg}") + text[text.index(".") :])),
    "payload not JSON": (V.BAD_JSON, Attack(raw=lambda body: body[:-1])),
    "payload a list": (V.BAD_JSON, Attack(raw=lambda _: b"[]")),
    "payload not UTF-8": (V.BAD_JSON, Attack(raw=replaced(b'"jti":"urn', b'"jti":"\xff\xfe'))),
    "payload with a byte order mark": (V.BAD_JSON, Attack(raw=lambda body: b"\xef\xbb\xbf" + body)),
    "payload twice": (V.BAD_JSON, Attack(raw=lambda body: body + body)),
    "member twice": (V.DUPLICATE_MEMBER, Attack(raw=replaced(b'"iat":', b'"iss":"x","iat":'))),
    "member twice, escaped": (V.DUPLICATE_MEMBER, Attack(raw=replaced(b'"iat":', b'"\\u0069ss":"x","iat":'))),
    "header member twice": (
        V.DUPLICATE_MEMBER,
        Attack(text=lambda text: encode(b'{"alg":"none","alg":"ES256"}') + text[text.index(".") :]),
    ),
    "member twice, deep": (V.DUPLICATE_MEMBER, Attack(raw=replaced(b'"idx":', b'"idx":1,"idx":'))),
    "1e400": (V.NUMBER_OUT_OF_RANGE, Attack(raw=replaced(b'"iat":', b'"z":1e400,"iat":'))),
    "NaN": (V.NUMBER_OUT_OF_RANGE, Attack(raw=replaced(b'"iat":', b'"z":NaN,"iat":'))),
    "Infinity": (V.NUMBER_OUT_OF_RANGE, Attack(raw=replaced(b'"iat":', b'"z":-Infinity,"iat":'))),
    "beyond 2**53": (V.NUMBER_OUT_OF_RANGE, Attack(raw=replaced(b'"iat":', b'"z":9007199254740993,"iat":'))),
    "five thousand digits": (
        V.NUMBER_OUT_OF_RANGE,
        Attack(raw=replaced(b'"iat":', b'"z":' + b"9" * 5000 + b',"iat":')),
    ),
    "half a character": (V.LONE_SURROGATE, Attack(raw=replaced(b'"iat":', b'"z":"\\ud800","iat":'))),
    "half a character as a name": (V.LONE_SURROGATE, Attack(raw=replaced(b'"iat":', b'"\\udc00":1,"iat":'))),
    "nested too deep": (V.TOO_DEEP, Attack(payload=claim(z=nested(40)))),
    "nested 20,000 deep": (
        V.TOO_DEEP,
        Attack(raw=replaced(b'"iat":', b'"z":' + b"[" * 20_000 + b"]" * 20_000 + b',"iat":')),
    ),
    "over 64 KiB": (V.TOO_LARGE, Attack(payload=claim(z="x" * 65_536))),
    "a megabyte of tildes": (V.TOO_LARGE, Attack(text=lambda text: text + "~" * 2**20)),
    "257 disclosures": (V.TOO_MANY_DISCLOSURES, Attack(disclosures=lambda _: ["WyJhIiwiYiJd"] * 257)),
    # disclosures
    "disclosure made up": (
        V.DISCLOSURE_UNREFERENCED,
        Attack(disclosures=lambda s: [*s, make_disclosure("a", 9000, "minutes").text]),
    ),
    "disclosure of another credential": (
        V.DISCLOSURE_UNREFERENCED,
        Attack(disclosures=lambda shown: [*shown, credential().split("~")[1]]),
    ),
    "disclosure's digits inflated": (
        V.DISCLOSURE_UNREFERENCED,
        Attack(disclosures=lambda s: [make_disclosure("a", {"clocked": 10**6}, "minutes").text, *s[1:]]),
    ),
    "disclosure twice": (V.DISCLOSURE_REPEATED, Attack(disclosures=lambda s: [*s, s[0]])),
    "disclosure in another spelling": (
        V.DISCLOSURE_UNREFERENCED,
        Attack(disclosures=lambda s: [encode(decode(s[0]).replace(b",", b", ", 1)), *s[1:]]),
    ),
    "disclosure empty": (V.MALFORMED, Attack(disclosures=lambda s: [*s, ""])),
    "child without its parent": (
        V.DISCLOSURE_UNREFERENCED,
        Attack(
            payload=lambda p: p["_sd"].append(
                digest_of(make_disclosure("p", {"_sd": []}, "outer").text, HASH)
            ),
            disclosures=lambda s: [*s, make_disclosure("c", 1, "inner").text],
        ),
    ),
    "disclosure a text": (V.DISCLOSURE_MALFORMED, Attack(**raw_disclosure("text"))),
    "disclosure an object": (V.DISCLOSURE_MALFORMED, Attack(**raw_disclosure({"a": 1}))),
    "disclosure of one part": (V.DISCLOSURE_MALFORMED, Attack(**raw_disclosure(["salt"]))),
    "disclosure of four parts": (V.DISCLOSURE_MALFORMED, Attack(**raw_disclosure(["salt", "n", 1, 2]))),
    "disclosure with a number as salt": (V.DISCLOSURE_MALFORMED, Attack(**raw_disclosure([1, "n", 1]))),
    "disclosure with a number as name": (V.DISCLOSURE_MALFORMED, Attack(**raw_disclosure(["salt", 7, 1]))),
    "disclosure with a member twice": (
        V.DUPLICATE_MEMBER,
        Attack(**raw_disclosure(b'["s","n",{"a":1,"a":2}]')),
    ),
    "disclosure with NaN": (V.NUMBER_OUT_OF_RANGE, Attack(**raw_disclosure(b'["s","n",NaN]'))),
    "disclosure not JSON": (V.BAD_JSON, Attack(**raw_disclosure(b'["s","n",'))),
    "disclosure nested too deep": (V.TOO_DEEP, Attack(**with_disclosure("n", nested(30)))),
    "disclosure named _sd": (V.NAME_RESERVED, Attack(**with_disclosure("_sd", ["x"]))),
    "disclosure named ...": (V.NAME_RESERVED, Attack(**with_disclosure("...", "x"))),
    "disclosure named _sd_alg": (V.NAME_RESERVED, Attack(**with_disclosure("_sd_alg", "md5"))),
    "name ... in the payload": (V.NAME_RESERVED, Attack(payload=lambda p: p["address"].update({"...": "x"}))),
    "_sd_alg below the top": (
        V.NAME_RESERVED,
        Attack(payload=lambda p: p["address"].update(_sd_alg="sha-256")),
    ),
    "clear claim shadowed": (V.CLAIM_SHADOWED, Attack(**with_disclosure("jti", "urn:uuid:other"))),
    "disclosed claim shadowed": (V.CLAIM_SHADOWED, Attack(**with_disclosure("name", "李雷"))),
    "nested claim shadowed": (V.CLAIM_SHADOWED, Attack(**with_disclosure("town", "other", inside="address"))),
    "member where an element stands": (V.DISCLOSURE_MALFORMED, Attack(**element(["s", "n", 1]))),
    "element where a member stands": (V.DISCLOSURE_MALFORMED, Attack(**raw_disclosure(["s", 1]))),
    "element with another member": (V.DIGEST_MALFORMED, Attack(**element(["s", 1], beside={"x": 1}))),
    "digest twice": (V.DIGEST_REPEATED, Attack(payload=lambda p: p["_sd"].append(p["_sd"][0]))),
    "digest twice, far apart": (
        V.DIGEST_REPEATED,
        Attack(payload=lambda p: p["address"]["_sd"].append(p["_sd"][0])),
    ),
    "digest in list and object": (
        V.DIGEST_REPEATED,
        Attack(payload=lambda p: (p["_sd"].append("decoy"), p["entries"].append({"...": "decoy"})) and p),
    ),
    "digest a number": (V.DIGEST_MALFORMED, Attack(payload=lambda p: p["_sd"].append(7))),
    "digest empty": (V.DIGEST_MALFORMED, Attack(payload=lambda p: p["_sd"].append(""))),
    "_sd an object": (V.DIGEST_MALFORMED, Attack(payload=lambda p: p.update(_sd={}))),
    "_sd a text": (V.DIGEST_MALFORMED, Attack(payload=lambda p: p["address"].update(_sd="x"))),
    "element's digest null": (
        V.DIGEST_MALFORMED,
        Attack(payload=lambda p: p["entries"].append({"...": None})),
    ),
    "hash md5": (V.HASH_REFUSED, Attack(payload=claim(_sd_alg="md5"))),
    "hash sha-1": (V.HASH_REFUSED, Attack(payload=claim(_sd_alg="sha-1"))),
    "hash SHA-256 in capitals": (V.HASH_REFUSED, Attack(payload=claim(_sd_alg="SHA-256"))),
    "hash a number": (V.HASH_REFUSED, Attack(payload=claim(_sd_alg=256))),
    "hash sm3 outside its profile": (V.HASH_REFUSED, Attack(payload=claim(_sd_alg="sm3"))),
    **{
        f"{name} disclosed": (V.CLAIM_NOT_DISCLOSABLE, Attack(**with_disclosure(name, value)))
        for name, value in {
            "iss": ISSUER,
            "nbf": 1,
            "exp": NOW + 10**6,
            "vct": RECORD,
            "vct#integrity": "sha256-x",
            "aka_vcts": [RECORD],
            "cnf": {"jwk": JWK},
            "status": {"status_list": {"uri": LIST, "idx": 1}},
        }.items()
    },
    "part of status disclosed": (
        V.CLAIM_NOT_DISCLOSABLE,
        Attack(**with_disclosure("idx", 1, inside="status")),
    ),
    "part of cnf disclosed": (V.HOLDER_KEY_REFUSED, Attack(**with_disclosure("jwk", JWK, inside="cnf"))),
    "part of cnf's key disclosed": (
        V.CLAIM_NOT_DISCLOSABLE,
        Attack(payload=lambda p: p["cnf"]["jwk"].update(_sd=["abc"])),
    ),
    # claims
    "vct missing": (V.CLAIM_MALFORMED, Attack(payload=claim(vct=None))),
    "vct a list": (V.CLAIM_MALFORMED, Attack(payload=claim(vct=[RECORD]))),
    "vct of another kind": (V.CREDENTIAL_TYPE_REFUSED, Attack(payload=claim(vct=RECORD + "0"))),
    "expired": (V.EXPIRED, Attack(payload=claim(exp=NOW - 61))),
    "expired long ago": (V.EXPIRED, Attack(payload=claim(exp=1))),
    "exp a text": (V.CLAIM_MALFORMED, Attack(payload=claim(exp="tomorrow"))),
    "exp true": (V.CLAIM_MALFORMED, Attack(payload=claim(exp=True))),
    "exp negative": (V.CLAIM_MALFORMED, Attack(payload=claim(exp=-1))),
    "not yet valid": (V.NOT_YET_VALID, Attack(payload=claim(nbf=NOW + 61))),
    "nbf a list": (V.CLAIM_MALFORMED, Attack(payload=claim(nbf=[]))),
    "issued in the future": (V.ISSUED_IN_FUTURE, Attack(payload=claim(iat=NOW + 3600))),
    "recognised from elsewhere": (V.RECOGNISED_ELSEWHERE, Attack(payload=claim(recognised_from="330200"))),
    "entry recognised from elsewhere": (
        V.RECOGNISED_ELSEWHERE,
        Attack(**element(["s", {"id": "x", "recognised_from": SUZHOU}])),
    ),
    # holder
    "no cnf": (V.HOLDER_KEY_MISSING, Attack(payload=claim(cnf=None))),
    "cnf by kid": (V.HOLDER_KEY_REFUSED, Attack(payload=claim(cnf={"kid": "k"}))),
    "cnf by address": (V.HOLDER_KEY_REFUSED, Attack(payload=claim(cnf={"jku": "https://evil.example"}))),
    "cnf with two ways": (V.HOLDER_KEY_REFUSED, Attack(payload=claim(cnf={"jwk": JWK, "kid": "k"}))),
    "cnf with a private key": (
        V.HOLDER_KEY_REFUSED,
        Attack(payload=claim(cnf={"jwk": KEYS["holder"].private_jwk()})),
    ),
    "cnf off the curve": (V.HOLDER_KEY_REFUSED, Attack(payload=claim(cnf={"jwk": {**JWK, "y": JWK["x"]}}))),
    "cnf of another curve": (
        V.HOLDER_KEY_REFUSED,
        Attack(payload=claim(cnf={"jwk": {**JWK, "crv": "P-384"}})),
    ),
    "cnf for encryption": (V.HOLDER_KEY_REFUSED, Attack(payload=claim(cnf={"jwk": {**JWK, "use": "enc"}}))),
    "cnf symmetric": (V.HOLDER_KEY_REFUSED, Attack(payload=claim(cnf={"jwk": {"kty": "oct", "k": "AAAA"}}))),
    "cnf a key of small order": (
        V.HOLDER_KEY_REFUSED,
        Attack(payload=claim(cnf={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": encode(bytes(32))}})),
    ),
    "cnf of the SM family": (
        V.HOLDER_KEY_REFUSED,
        Attack(payload=claim(cnf={"jwk": SM["holder"].public.jwk()})),
    ),
    "no key binding": (V.BINDING_MISSING, Attack(text=lambda text: text[: text.rindex("~") + 1])),
    "bound by another": (V.BINDING_SIGNATURE, Attack(holder_key=KEYS["stranger"])),
    "bound by the issuer": (V.BINDING_SIGNATURE, Attack(holder_key=KEYS["issuer"])),
    "bound with another kind of key": (V.BINDING_SIGNATURE, Attack(holder_key=ED["holder"])),
    "binding alg none": (V.BINDING_MALFORMED, Attack(binding_header=header(alg="none"))),
    "binding HS256": (V.BINDING_MALFORMED, Attack(binding_header=header(alg="HS256"))),
    "binding typ JWT": (V.BINDING_MALFORMED, Attack(binding_header=header(typ="JWT"))),
    "binding typ missing": (V.BINDING_MALFORMED, Attack(binding_header=header(typ=None))),
    "binding brings its key": (
        V.BINDING_MALFORMED,
        Attack(binding_header=header(jwk=JWK), holder_key=KEYS["stranger"]),
    ),
    "binding crit": (V.BINDING_MALFORMED, Attack(binding_header=header(crit=["x"]))),
    "credential in place of the binding": (
        V.BINDING_MALFORMED,
        Attack(text=lambda text: text[: text.rindex("~") + 1] + HELD.jwt),
    ),
    "another verifier's": (V.BINDING_AUDIENCE, Attack(binding=proof(aud="https://verify.ningbo.example"))),
    "aud a list": (V.BINDING_AUDIENCE, Attack(binding=proof(aud=["https://verify.hangzhou.example"]))),
    "aud with a slash": (V.BINDING_AUDIENCE, Attack(binding=proof(aud="https://verify.hangzhou.example/"))),
    "aud missing": (V.BINDING_AUDIENCE, Attack(binding=proof(aud=None))),
    "nonce of before": (V.BINDING_NONCE, Attack(binding=proof(nonce="older"))),
    "nonce longer": (V.BINDING_NONCE, Attack(binding=proof(nonce=NONCE + "0"))),
    "nonce a number": (V.BINDING_MALFORMED, Attack(binding=proof(nonce=1))),
    "nonce missing": (V.BINDING_MALFORMED, Attack(binding=proof(nonce=None))),
    "binding too old": (V.BINDING_STALE, Attack(binding=proof(iat=NOW - 301))),
    "binding of tomorrow": (V.BINDING_IN_FUTURE, Attack(binding=proof(iat=NOW + 61))),
    "binding iat a text": (V.BINDING_MALFORMED, Attack(binding=proof(iat=str(NOW)))),
    "binding iat true": (V.BINDING_MALFORMED, Attack(binding=proof(iat=True))),
    "binding iat missing": (V.BINDING_MALFORMED, Attack(binding=proof(iat=None))),
    "binding expired": (V.BINDING_STALE, Attack(binding=proof(exp=NOW - 100))),
    "binding not yet valid": (V.BINDING_IN_FUTURE, Attack(binding=proof(nbf=NOW + 100))),
    "sd_hash missing": (V.BINDING_MALFORMED, Attack(binding=proof(sd_hash=None))),
    "sd_hash of the JWT alone": (
        V.BINDING_OTHER_PRESENTATION,
        Attack(binding=proof(sd_hash=digest_of(HELD.jwt, HASH))),
    ),
    "sd_hash in hex": (V.BINDING_OTHER_PRESENTATION, Attack(binding=proof(sd_hash="00" * 32))),
    "claim taken away on the way": (
        V.BINDING_OTHER_PRESENTATION,
        Attack(text=lambda text: "~".join([text.split("~")[0], *text.split("~")[2:]])),
    ),
    "claim added on the way": (
        V.BINDING_OTHER_PRESENTATION,
        Attack(text=lambda text: "~".join([*text.split("~")[:-1], HELD.disclosures[1], text.split("~")[-1]])),
    ),
    "claims in another order": (
        V.BINDING_OTHER_PRESENTATION,
        Attack(
            text=lambda t: "~".join([t.split("~")[0], t.split("~")[2], t.split("~")[1], *t.split("~")[3:]])
        ),
    ),
    "pooled: another volunteer's credential, own proof": (
        V.BINDING_SIGNATURE,
        Attack(base=credential(holder=KEYS["other"]).split("~")[0], disclosures=lambda _: []),
    ),
    "binding of another presentation": (
        V.BINDING_OTHER_PRESENTATION,
        Attack(text=lambda text: text[: text.rindex("~") + 1] + honest((("name",),)).rsplit("~", 1)[1]),
    ),
    # status
    "revoked": (V.REVOKED, Attack(tokens=listed(marks={PLACE: 1}))),
    "suspended": (V.SUSPENDED, Attack(tokens=listed(marks={PLACE: 2}))),
    "status of no meaning": (V.STATUS_UNKNOWN, Attack(tokens=listed(marks={PLACE: 3}))),
    "no status claim": (V.STATUS_MISSING, Attack(payload=claim(status=None))),
    "status claim empty": (V.CLAIM_MALFORMED, Attack(payload=claim(status={}))),
    "status index negative": (
        V.CLAIM_MALFORMED,
        Attack(payload=claim(status={"status_list": {"uri": LIST, "idx": -1}})),
    ),
    "status index true": (
        V.CLAIM_MALFORMED,
        Attack(payload=claim(status={"status_list": {"uri": LIST, "idx": True}})),
    ),
    "status index beyond": (
        V.STATUS_INDEX_OUT_OF_RANGE,
        Attack(payload=claim(status={"status_list": {"uri": LIST, "idx": 8192}})),
    ),
    "list not here": (V.STATUS_LIST_UNAVAILABLE, Attack(tokens={})),
    "another list": (
        V.STATUS_LIST_UNAVAILABLE,
        Attack(payload=claim(status={"status_list": {"uri": LIST + "0", "idx": 1}})),
    ),
    "list of another address": (V.STATUS_LIST_FOREIGN, Attack(tokens=listed(uri=LIST + "0"))),
    "list of another issuer": (
        V.STATUS_LIST_FOREIGN,
        Attack(tokens=listed(issuer=OTHER_ISSUER, key=KEYS["suzhou"])),
    ),
    "list signed by another": (V.STATUS_LIST_UNTRUSTED, Attack(tokens=listed(key=KEYS["suzhou"]))),
    "list of an unknown key": (V.STATUS_LIST_UNTRUSTED, Attack(tokens=listed(key_id="k9"))),
    "list of a revoked key": (
        V.STATUS_LIST_UNTRUSTED,
        Attack(
            tokens=listed(key=KEYS["next"], key_id="k2"),
            bundle=keys(lambda key: key.update(state="REVOKED"), kid="k2"),
        ),
    ),
    "list expired": (V.STATUS_LIST_EXPIRED, Attack(tokens=listed(expires_at=NOW))),
    "list too old": (V.STATUS_LIST_STALE, Attack(tokens=listed(issued_at=NOW - 86_401))),
    "list past its time to live": (V.STATUS_LIST_STALE, Attack(tokens=listed(ttl_s=60))),
    "list older than the agreement allows": (
        V.STATUS_LIST_STALE,
        Attack(bundle=agreement(rules={"status_max_age_s": 300})),
    ),
    "list of the future": (V.STATUS_LIST_IN_FUTURE, Attack(tokens=listed(issued_at=NOW + 61))),
    "list without iat": (V.STATUS_LIST_MALFORMED, Attack(tokens=list_payload(iat=None))),
    "list without sub": (V.STATUS_LIST_MALFORMED, Attack(tokens=list_payload(sub=None))),
    "list without list": (V.STATUS_LIST_MALFORMED, Attack(tokens=list_payload(status_list=None))),
    "list of 3 bits": (
        V.STATUS_LIST_MALFORMED,
        Attack(tokens=list_payload(status_list={"bits": 3, "lst": "eJwDAAAAAAE"})),
    ),
    "list not zlib": (
        V.STATUS_LIST_MALFORMED,
        Attack(tokens=list_payload(status_list={"bits": 1, "lst": "AAAA"})),
    ),
    "list cut off": (
        V.STATUS_LIST_MALFORMED,
        Attack(tokens=list_payload(status_list={"bits": 1, "lst": encode(zlib.compress(bytes(4096))[:-4])})),
    ),
    "list followed by more": (
        V.STATUS_LIST_MALFORMED,
        Attack(
            tokens=list_payload(status_list={"bits": 1, "lst": encode(zlib.compress(bytes(4096)) + b"more")})
        ),
    ),
    "list a bomb": (
        V.STATUS_LIST_TOO_LARGE,
        Attack(
            tokens=list_payload(status_list={"bits": 1, "lst": encode(zlib.compress(bytes(64 * 2**20), 9))})
        ),
    ),
    "list with ttl zero": (V.STATUS_LIST_MALFORMED, Attack(tokens=list_payload(ttl=0))),
    "list a credential": (V.STATUS_LIST_MALFORMED, Attack(tokens={LIST: HELD.jwt})),
    "list garbage": (V.STATUS_LIST_MALFORMED, Attack(tokens={LIST: "x"})),
    # bundle and agreement
    "bundle expired": (V.BUNDLE_EXPIRED, Attack(bundle=lambda document: document.update(expires_at=NOW))),
    "bundle of tomorrow": (
        V.BUNDLE_NOT_YET_VALID,
        Attack(bundle=lambda document: document.update(issued_at=NOW + 61)),
    ),
    "agreement expired": (V.AGREEMENT_EXPIRED, Attack(bundle=agreement(valid_until=NOW))),
    "agreement not yet valid": (V.AGREEMENT_NOT_YET_VALID, Attack(bundle=agreement(valid_from=NOW + 1))),
    "agreement suspended": (V.AGREEMENT_SUSPENDED, Attack(bundle=agreement(state="SUSPENDED"))),
    "agreement terminated": (V.AGREEMENT_TERMINATED, Attack(bundle=agreement(state="TERMINATED"))),
    "agreement signed, not active": (V.AGREEMENT_NOT_ACTIVE, Attack(bundle=agreement(state="SIGNED"))),
    "agreement a draft": (V.AGREEMENT_UNSIGNED, Attack(bundle=agreement(state="DRAFT"))),
    "agreement the other way": (
        V.AGREEMENT_MISSING,
        Attack(bundle=agreement(**{"from": HANGZHOU, "to": SHANGHAI})),
    ),
    "agreement of another region": (V.AGREEMENT_MISSING, Attack(bundle=agreement(**{"from": SUZHOU}))),
    "two agreements make no path": (
        V.AGREEMENT_MISSING,
        Attack(
            payload=claim(iss=OTHER_ISSUER),
            issuer_key=KEYS["suzhou"],
            tokens=listed(issuer=OTHER_ISSUER, key=KEYS["suzhou"]),
        ),
    ),
    "agreement leaves the type out": (
        V.CREDENTIAL_TYPE_REFUSED,
        Attack(bundle=agreement(rules={"types": ["urn:cn:training:1"]})),
    ),
    # the closed profile takes nothing else
    "ES256 in the SM profile": (V.ALGORITHM_REFUSED, Attack(policy=Policy(profile=Profile.SM))),
}
