"""An installation with a trust book of its own, and a partner region whose status list is served over HTTP."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app.settings import Settings
from app.trust_book import TrustBook
from app.trust_desk import InstalledTrust
from identity.credentials.holder import hold, present
from identity.credentials.issue import Selective, issue
from identity.credentials.status import StatusList, sign_list
from identity.jose.jwk import SigningKey
from identity.trust.agreements import StepKind, propose, sign, take_step
from identity.trust.book import new_book, with_agreement, with_region, with_registry
from identity.trust.bundle import Region, Registry
from identity.trust.keys import TrustedKey
from tests.builders import NOW

HERE, THERE = "320582", "310109"
OURS = "http://zhulian.test"
RECORD = "urn:cn:volunteer:record:1"
NOW_S = int(NOW.timestamp())
_RULES = {
    "factors": {"clocked": "1", "manual": "1/2"},
    "equivalences": [
        {"kind": "SKILL", "source": "hk:care", "target": "ELDER_CARE", "relation": "exact"},
    ],
}


class Partner:
    """A registry of another region: it signs, serves its list, and counts who asked."""

    def __init__(self, at: int = NOW_S) -> None:
        self.now_s = at
        self.key, self.region_key, self.holder = (SigningKey.generate() for _ in range(3))
        self.statuses = StatusList.of_size(64)
        self.asked = 0
        self.issued_at = at - 60
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                partner.asked += 1
                body = partner.list_text().encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.list = f"{self.issuer}/statuslists/0"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def list_text(self) -> str:
        return sign_list(
            self.statuses,
            self.key,
            key_id="k1",
            issuer=self.issuer,
            uri=self.list,
            issued_at=self.issued_at,
            expires_at=self.now_s + 10**6,
        )

    def credential(self, *, number: int = 1, place: int = 7, name: str = "李小四", **claims: object) -> str:
        start = self.now_s - 100 * 3600
        entry = {"id": "s1", "start": start, "end": start + 7200, "minutes": 120, "clocked": True}
        told: dict[str, object] = {
            "iss": self.issuer,
            "vct": RECORD,
            "jti": f"urn:credential:{number}",
            "iat": self.now_s - 3600,
            "exp": self.now_s + 86_400,
            "name": Selective(name),
            "birthdate": Selective("1990-01-01"),
            "entries": [Selective(entry)],
            "skills": [Selective({"code": "hk:care"})],
            **claims,
        }
        holder = self.holder.public
        return issue(told, key=self.key, key_id="k1", holder=holder, status=(self.list, place))

    def presentation(self, credential: str, request: dict) -> str:
        held = hold(credential)
        return present(
            held,
            [claim.path for claim in held.claims],
            key=self.holder,
            audience=request["audience"],
            nonce=request["nonce"],
            issued_at=self.now_s,
        )


def installation(folder: Path, ws, partner: Partner) -> InstalledTrust:
    """A data directory as ``zhulian trust`` lays it: home with its registry, the partner, one signed agreement."""
    settings = Settings(data_dir=folder, public_url=OURS)
    files = TrustBook(settings)
    theirs, begun = partner.region_key, partner.now_s - 10**6
    home = files.keys.create(HERE, at=begun)
    own = files.keys.create(OURS, at=begun)
    there = TrustedKey(kid="r1", key=theirs.public, since=begun)
    book = new_book(Region(code=HERE, name="张家港", keys={home.kid: home.trusted()}), at=begun)
    book = with_region(book, Region(code=THERE, name="虹口", keys={"r1": there}))
    for issuer, region, name, key in (
        (OURS, HERE, "本市", own.trusted()),
        (partner.issuer, THERE, "虹口志愿者", TrustedKey(kid="k1", key=partner.key.public)),
    ):
        registry = Registry(issuer=issuer, region=region, name=name, types=frozenset({RECORD}))
        book = with_registry(
            book,
            Registry(issuer=issuer, region=region, name=name, types=registry.types, keys={key.kid: key}),
        )
    agreement = propose(
        {
            "id": "hk-zjg",
            "version": 1,
            "from": THERE,
            "to": HERE,
            "valid_from": begun,
            "valid_until": partner.now_s + 10**7,
            "rules": _RULES,
        }
    )
    key_id, signer = files.keys.signer(HERE)
    agreement = sign(agreement, region=HERE, kid=key_id, key=signer, at=begun)
    agreement = sign(agreement, region=THERE, kid="r1", key=theirs, at=begun)
    agreement = take_step(agreement, StepKind.ACTIVATE, region=HERE, kid=key_id, key=signer, at=begun)
    files.write(with_agreement(book, agreement))
    return InstalledTrust(settings, ws)
