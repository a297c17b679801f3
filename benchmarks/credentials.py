"""
Full checks of presentations on one core, and how large a status list is.

``taskset -c 0 python -m benchmarks.credentials``: every check is of another credential, holder and
nonce, with issuer's signature, disclosures, status list, key binding, agreement and a nonce store.
"""

import argparse
import json
import random
import time
from datetime import UTC, datetime

from identity.credentials.holder import hold, present
from identity.credentials.issue import issue
from identity.credentials.policy import NoncesInMemory
from identity.credentials.record import RECORD_TYPE, ServiceEntry, VolunteerRecord
from identity.credentials.status import StatusList, StatusLists, sign_list
from identity.credentials.verify import verify
from identity.jose.algorithms import Curve
from identity.jose.jwk import SigningKey
from identity.trust.agreements import Agreement, AgreementState
from identity.trust.bundle import Region, Registry, TrustBundle
from identity.trust.keys import TrustedKey

NOW = 1_795_300_000
ISSUER, LIST, AUDIENCE = "https://a.example", "https://a.example/lists/1", "https://b.example"
PLACES = 1_048_576
LARGEST_MS = 50.0


def world(curve: Curve) -> tuple[TrustBundle, SigningKey, StatusLists]:
    """Make a bundle, the issuer's key, and a list on which 1 in 100 is revoked."""
    key = SigningKey.generate(curve)
    registry = Registry(
        issuer=ISSUER,
        region="1",
        types=frozenset({RECORD_TYPE}),
        keys={"k": TrustedKey(kid="k", key=key.public)},
    )
    terms = {"id": "a-b", "version": 1, "from": "1", "to": "2", "valid_from": 0, "valid_until": NOW + 10**6}
    trust = TrustBundle(
        home="2",
        version=1,
        issued_at=NOW - 10,
        expires_at=NOW + 10**6,
        regions={code: Region(code=code) for code in "12"},
        registries={ISSUER: registry},
        agreements=(Agreement(document={**terms}, stated=AgreementState.ACTIVE),),
    )
    statuses = StatusList.of_size(PLACES, 1)
    for place in random.Random(1).sample(range(1000, PLACES), PLACES // 100):  # noqa: S311 - the same list each time
        statuses[place] = 1
    token = sign_list(
        statuses, key, key_id="k", issuer=ISSUER, uri=LIST, issued_at=NOW - 5, expires_at=NOW + 99
    )
    packed = len(str(statuses.document()["lst"])) * 3 // 4
    print(
        json.dumps(
            {
                "status_list_places": PLACES,
                "revoked_share": 0.01,
                "packed_bytes": packed,
                "token_bytes": len(token),
            }
        )
    )
    return trust, key, StatusLists({LIST: token})


def presentations(count: int, key: SigningKey, curve: Curve) -> list[tuple[str, str]]:
    """Make presentations of ten claims of sixteen, each with its nonce."""
    found: list[tuple[str, str]] = []
    for number in range(count):
        holder = SigningKey.generate(curve)
        entries = tuple(
            ServiceEntry(
                id=f"e{n}", start=NOW - 9000 * n, end=NOW - 9000 * n + 7200, minutes=120, clocked=True
            )
            for n in range(2, 10)
        )
        record = VolunteerRecord(
            name="A. Volunteer",
            birth_date="1990-01-01",
            gender="F",
            phone="138****0000",
            period_from=NOW - 10**6,
            period_to=NOW - 10,
            clocked_minutes=960,
            manual_minutes=0,
            entries=entries,
        )
        claims = record.claims(
            issuer=ISSUER,
            credential_id=f"urn:{number}",
            issued_at=NOW - 9,
            expires_at=NOW + 9999,
            schemes={"level": "x"},
        )
        text = issue(claims, key=key, key_id="k", holder=holder.public, status=(LIST, number % 1000))
        nonce = f"n{number}"
        shown = [("name",), ("birthdate",), ("minutes",), ("period_from",), ("period_to",)]
        shown += [("entries", n) for n in range(5)]
        found.append(
            (present(hold(text), shown, key=holder, audience=AUDIENCE, nonce=nonce, issued_at=NOW), nonce)
        )
    return found


def measure(count: int, curve: Curve) -> dict[str, object]:
    """Check each presentation once; CPU seconds beside wall."""
    trust, key, lists = world(curve)
    made = presentations(count, key, curve)
    nonces, moment = NoncesInMemory(), datetime.fromtimestamp(NOW, UTC)

    def check(text: str, nonce: str) -> bool:
        return verify(
            text, trust, audience=AUDIENCE, nonce=nonce, now=moment, statuses=lists, nonces=nonces
        ).accepted

    assert check(*made.pop())
    wall, cpu = time.perf_counter(), time.process_time()
    accepted = sum(check(text, nonce) for text, nonce in made)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert accepted == len(made)
    assert not check(*made[0]), "a nonce is good once"
    return {
        "curve": curve.value,
        "checks": len(made),
        "bytes_each": sum(len(text) for text, _ in made) // len(made),
        "cpu_s": round(cpu, 3),
        "wall_s": round(wall, 3),
        "checks_per_cpu_s": round(len(made) / cpu),
    }


def oversized() -> dict[str, object]:
    """Time refusals of what is too large, too deep or too many."""
    trust, key, lists = world(Curve.P256)
    (text, nonce), *_ = presentations(1, key, Curve.P256)
    moment = datetime.fromtimestamp(NOW, UTC)
    head, rest = text.split(".", 1)
    attacks = {
        "1 MiB of tildes": text + "~" * 2**20,
        "64 KiB of one disclosure": f"{head}.{rest.split('~')[0]}~{'A' * 60_000}~",
        "256 disclosures": f"{head}.{rest.split('~')[0]}~{'WyJhIiwiYiIsMV0~' * 256}",
        "16 MiB": "A" * 2**24,
    }
    took: dict[str, object] = {}
    for name, attack in attacks.items():
        began = time.process_time()
        verdict = verify(attack, trust, audience=AUDIENCE, nonce=nonce, now=moment, statuses=lists)
        milliseconds = (time.process_time() - began) * 1000
        assert not verdict.accepted
        assert milliseconds < LARGEST_MS
        took[name] = {"code": verdict.code.value, "cpu_ms": round(milliseconds, 3)}
    return took


def main() -> None:
    """Measure and print one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=4000)
    count: int = parser.parse_args().count
    print(json.dumps(measure(count, Curve.P256)))
    print(json.dumps(measure(count, Curve.ED25519)))
    print(json.dumps(oversized()))


if __name__ == "__main__":
    main()
