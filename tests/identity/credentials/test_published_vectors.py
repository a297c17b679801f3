"""Published vectors of selective disclosure and of status lists give what their authors say."""

import json
from pathlib import Path
from typing import Any

import pytest

from identity.credentials.binding import check_binding
from identity.credentials.disclosures import hash_of, process, split
from identity.credentials.facts import NEVER_DISCLOSABLE, Format
from identity.credentials.holder import hold
from identity.credentials.policy import STRICT
from identity.credentials.status import StatusList, open_list, read_list
from identity.jose.algorithms import Profile
from identity.jose.jwk import PublicKey, SigningKey, public_key
from identity.jose.jws import open_compact
from identity.trust.bundle import Registry, TrustBundle
from identity.trust.keys import TrustedKey
from identity.verdicts import Refused, VerdictCode

pytestmark = pytest.mark.real_data

EXAMPLES = ["rfc9901-s5", "rfc9901-a1", "rfc9901-a2", "rfc9901-a3", "rfc9901-a4"]
CASES = [
    "array_data_types",
    "array_full_sd",
    "array_in_sd",
    "array_nested_in_plain",
    "array_none_disclosed",
    "array_of_nulls",
    "array_of_objects",
    "array_of_scalars",
    "array_recursive_sd",
    "array_recursive_sd_some_disclosed",
    "header_mod",
    "key_binding",
    "no_sd",
    "object_data_types",
    "recursions",
]
SERIALISED = ["json_serialization_flattened", "json_serialization_general"]
CREDENTIALS = ["01", "02", "03-pid"]
ISSUER = {
    "kty": "EC",
    "crv": "P-256",
    "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
    "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
}
HOLDER = {
    "kty": "EC",
    "crv": "P-256",
    "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
    "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
}


def key(jwk: Any) -> PublicKey:
    found = public_key(jwk)
    assert found is not None
    return found


def read(text: str, types: set[str] | None = None, never: frozenset[str] = frozenset()) -> Any:
    """Check the signature and give the processed payload, with its parts."""
    parts = split(text)
    signed = open_compact(parts.jwt, types)
    signed.check(key(ISSUER))
    hashed = hash_of(signed.payload, Profile.INTERNATIONAL)
    return parts, hashed, process(signed.payload, parts.disclosures, hashed, never=never)


def require_bound(parts: Any, hashed: Any, *, audience: str, at: int) -> None:
    check_binding(
        parts.binding,
        parts.bound,
        key(HOLDER),
        hashed,
        audience=audience,
        nonce="1234567890",
        now=at,
        policy=STRICT,
    )
    with pytest.raises(Refused):
        check_binding(
            parts.binding,
            parts.bound,
            key(HOLDER),
            hashed,
            audience=audience,
            nonce="other",
            now=at,
            policy=STRICT,
        )


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_rfc_9901_is_processed_as_printed(name: str, read_json):
    file = read_json("rfc9901/rfc9901_examples.json")
    example = next(each for each in file["examples"] if each["id"] == name)
    parts, hashed, processed = read(example["presentation"])
    assert processed == example["processed_payload"]
    assert (parts.binding is not None) is example["key_binding"]
    if parts.binding is not None:
        require_bound(
            parts, hashed, audience=file["kb_aud"], at=open_compact(parts.binding, None).payload["iat"]
        )
    _, _, everything = read(example["issuance"])
    assert {name: everything[name] for name in example["user_claims"]} == example["user_claims"]


@pytest.mark.parametrize(
    "name",
    [
        "address_only_flat",
        "address_only_structured",
        "address_only_structured_one_open",
        "address_only_recursive",
    ],
)
def test_a_payload_of_section_6_gives_its_claims(name: str, read_json):
    file = read_json("rfc9901/rfc9901_section6_payloads.json")
    assert name in file
    example = file[name]
    hashed = hash_of(example["sd_jwt_payload"], Profile.INTERNATIONAL)
    processed = process(example["sd_jwt_payload"], example["disclosures"], hashed)
    expected = example["user_claims"]
    assert {name: processed[name] for name in expected} == expected


@pytest.mark.parametrize("name", CASES)
def test_a_case_of_the_reference_implementation_is_processed_as_recorded(name: str, vectors: Path, read_json):
    folder = vectors / "sd-jwt-testcases" / name
    parts, hashed, processed = read((folder / "sd_jwt_presentation.txt").read_text().strip())
    assert processed == read_json(f"sd-jwt-testcases/{name}/verified_contents.json")
    if (folder / "kb_jwt_payload.json").exists():
        bound = read_json(f"sd-jwt-testcases/{name}/kb_jwt_payload.json")
        require_bound(parts, hashed, audience=bound["aud"], at=bound["iat"])
    _, _, everything = read((folder / "sd_jwt_issuance.txt").read_text().strip())
    expected = read_json(f"sd-jwt-testcases/{name}/user_claims.json")
    assert {name: everything[name] for name in expected} == expected


@pytest.mark.parametrize("name", SERIALISED)
def test_the_serialisation_in_json_is_refused_by_its_shape(name: str, vectors: Path):
    text = (vectors / "sd-jwt-testcases" / name / "sd_jwt_presentation.json").read_text()
    with pytest.raises(Refused) as refused:
        split(text)
    assert refused.value.code is VerdictCode.MALFORMED


@pytest.mark.parametrize("name", CREDENTIALS)
def test_an_example_of_sd_jwt_vc_is_processed_as_printed(name: str, vectors: Path, read_json):
    folder = vectors / "sd-jwt-vc" / name
    text = (folder / "sd_jwt_presentation.txt").read_text().strip()
    never = NEVER_DISCLOSABLE[Format.SD_JWT_VC]
    parts, hashed, processed = read(text, {"dc+sd-jwt"}, never)
    assert processed == read_json(f"sd-jwt-vc/{name}/verified_contents.json")
    if parts.binding is not None:
        bound = read_json(f"sd-jwt-vc/{name}/kb_jwt_payload.json")
        require_bound(parts, hashed, audience=bound["aud"], at=bound["iat"])
    held = hold((folder / "sd_jwt_issuance.txt").read_text().strip())
    expected = read_json(f"sd-jwt-vc/{name}/user_claims.json")
    assert {name: held.payload[name] for name in expected} == expected


@pytest.mark.parametrize("number", range(6))
def test_a_published_list_gives_its_statuses_and_packs_again(number: int, read_json):
    vector = read_json("token-status-list/token_status_list_vectors.json")["vectors"][number]
    found = read_list({"bits": vector["bits"], "lst": vector["lst"]})
    assert (found.bits, len(found)) == (vector["bits"], vector["size"])
    if "nonzero_statuses" in vector:
        expected = {int(place): status for place, status in vector["nonzero_statuses"].items() if status}
    else:
        expected = {place: status for place, status in enumerate(vector["statuses"]) if status}
    assert {place: status for place in range(len(found)) if (status := found[place])} == expected
    made = StatusList.of_size(vector["size"], vector["bits"])
    for place, status in expected.items():
        made[place] = status
    assert read_list(made.document()).packed == found.packed


def test_the_published_token_opens_with_its_key_alone(read_json):
    file = read_json("token-status-list/token_status_list_vectors.json")
    trusted = TrustedKey(kid="12", key=key(file["status_list_token_key"]))
    registry = Registry(issuer="https://example.com", region="1", keys={"12": trusted})
    trust = TrustBundle(home="1", version=1, issued_at=0, expires_at=2**40)
    uri, token = "https://example.com/statuslists/1", file["status_list_token_jwt"]
    opened = open_list(token, uri, registry, trust, Profile.INTERNATIONAL)
    assert [opened.statuses[place] for place in range(16)] == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    assert (opened.issued_at, opened.expires_at, opened.ttl_s) == (1686920170, 2291720170, 43200)
    other = Registry(
        issuer="https://example.com",
        region="1",
        keys={"12": TrustedKey(kid="12", key=SigningKey.generate().public)},
    )
    with pytest.raises(Refused) as refused:
        open_list(token, uri, other, trust, Profile.INTERNATIONAL)
    assert refused.value.code is VerdictCode.STATUS_LIST_UNTRUSTED


def test_every_published_case_is_named_here(vectors: Path):
    folders = {path.name for path in (vectors / "sd-jwt-testcases").iterdir() if path.is_dir()}
    assert folders == {*CASES, *SERIALISED}
    credentials = {path.name for path in (vectors / "sd-jwt-vc").iterdir() if path.is_dir()}
    assert credentials == set(CREDENTIALS)
    examples = json.loads((vectors / "rfc9901" / "rfc9901_examples.json").read_text("utf-8"))["examples"]
    assert [each["id"] for each in examples] == EXAMPLES
