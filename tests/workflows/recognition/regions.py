"""A region that certifies, one that recognises, an agreement between them, and a volunteer who comes."""

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

from domain.actors import Actor
from graph.ports import Access, GraphStore, Statement
from graph.recognition.holders import ask_for_presentation
from graph.unit_of_work import UnitOfWork
from identity.credentials.holder import hold, present
from identity.credentials.issue import Selective, issue
from identity.credentials.status import StatusList, StatusLists, sign_list
from identity.jose.jwk import SigningKey
from identity.trust.bundle import read_document
from tests.builders import CITY, NOW, worker
from workflows.recognition.recognising import Presented, Recognition, Trusted, recognise
from workflows.workspace import Workspace

NOW_S = int(NOW.timestamp())
AUDIENCE = "https://zhangjiagang.example"
HERE, THERE = "320582", "310109"
ISSUER = "https://volunteers.hongkou.example"
RECORD = "urn:cn:volunteer:record:1"
LIST = f"{ISSUER}/statuslists/1"
RULES = {
    "factors": {"clocked": "1", "manual": "1/2"},
    "equivalences": [
        {"kind": "SKILL", "source": "hk:care", "target": "ELDER_CARE", "relation": "exact"},
        {
            "kind": "TRAINING",
            "source": "hk:nurse",
            "target": "NURSE",
            "relation": "exact",
            "valid_months": 12,
        },
    ],
}
HOURS = Statement(
    "MATCH (n:HoursRecord) RETURN n.volunteer_id AS volunteer, n.kind AS kind, n.state AS state,"
    " n.minutes AS minutes ORDER BY n.served_start, n.id",
    Access.READ,
)
VOLUNTEER = Statement(
    "MATCH (n:Volunteer {id: $id}) RETURN n.verified_minutes AS minutes, n.skills AS skills,"
    " n.recognised_skills AS recognised",
    Access.READ,
)


def entry(name: str, hours_ago: int, length_min: int = 120, **changed: object) -> dict[str, Any]:
    start = NOW_S - hours_ago * 3600
    told = {
        "id": name,
        "start": start,
        "end": start + 60 * length_min,
        "minutes": length_min,
        "clocked": True,
    }
    return told | changed


class Regions:
    """Both sides: ``credential`` and ``presentation`` are of the one, ``recognise`` of the other."""

    def __init__(self, ws: Workspace, **rules: object) -> None:
        self.ws = ws
        self.registry, self.holder = SigningKey.generate(), SigningKey.generate()
        self.statuses = StatusList.of_size(64)
        self.rules: dict[str, Any] = {**RULES, **rules}
        self.state = "ACTIVE"
        self._numbers = count(1)

    def credential(self, *, holder: SigningKey | None = None, place: int = 7, **claims: object) -> str:
        told: dict[str, Any] = {
            "iss": ISSUER,
            "vct": RECORD,
            "jti": "urn:credential:1",
            "iat": NOW_S - 3600,
            "exp": NOW_S + 86_400,
            "name": Selective("李小四"),
            "birthdate": Selective("1990-01-01"),
            "entries": [Selective(entry("s1", 100)), Selective(entry("s2", 50, clocked=False))],
            "skills": [Selective({"code": "hk:care"})],
            "training": [Selective({"code": "hk:nurse", "completed_on": "2025-06-01"})],
            **claims,
        }
        return issue(
            {name: value for name, value in told.items() if value is not None},
            key=self.registry,
            key_id="k1",
            holder=(holder or self.holder).public,
            status=(LIST, place),
        )

    def trusted(self) -> Trusted:
        jwk = self.registry.public.jwk()
        bundle = {
            "home": HERE,
            "version": 1,
            "issued_at": NOW_S - 3600,
            "expires_at": NOW_S + 10**7,
            "regions": [{"code": HERE}, {"code": THERE}],
            "registries": [
                {"iss": ISSUER, "region": THERE, "types": [RECORD], "keys": [{"kid": "k1", "jwk": jwk}]}
            ],
            "agreements": [
                {
                    "document": {
                        "id": "hk-zjg",
                        "version": 1,
                        "from": THERE,
                        "to": HERE,
                        "valid_from": NOW_S - 10**6,
                        "valid_until": NOW_S + 10**7,
                        "rules": self.rules,
                    },
                    "state": self.state,
                }
            ],
        }
        token = sign_list(
            self.statuses,
            self.registry,
            key_id="k1",
            issuer=ISSUER,
            uri=LIST,
            issued_at=NOW_S - 60,
            expires_at=NOW_S + 10**7,
        )
        return Trusted(
            bundle=read_document(json.loads(json.dumps(bundle))),
            statuses=StatusLists({LIST: token}),
            audience=AUDIENCE,
        )

    async def nonce(self) -> str:
        name = f"nonce-{next(self._numbers)}"

        async def ask(tx) -> None:
            await ask_for_presentation(
                tx,
                name,
                audience=AUDIENCE,
                purpose="recognition",
                asked_by="worker",
                asked_at=NOW,
                expires_at=datetime.fromtimestamp(NOW_S + 600, UTC),
                region_path=CITY,
            )
            tx.record("recognition.ask", name)

        await UnitOfWork(self.ws.store, self.ws.clock).run(worker(), ask)
        return name

    def presentation(self, credential: str, nonce: str, *, holder: SigningKey | None = None) -> str:
        held = hold(credential)
        return present(
            held,
            [claim.path for claim in held.claims],
            key=holder or self.holder,
            audience=AUDIENCE,
            nonce=nonce,
            issued_at=NOW_S,
        )

    async def recognise(self, actor: Actor, credential: str | None = None, **given: Any) -> Recognition:
        nonce = await self.nonce()
        text = self.presentation(credential or self.credential(), nonce, holder=given.pop("holder", None))
        presented = Presented(presentation=text, nonce=nonce, volunteer_id=given.pop("volunteer_id", None))
        return (await recognise(self.ws, actor, self.trusted(), presented, **given)).value


async def hours(store: GraphStore) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in await store.read(lambda tx: tx.run(HOURS))]


async def standing(store: GraphStore, volunteer_id: str) -> dict[str, object]:
    (row,) = await store.read(lambda tx: tx.run(VOLUNTEER, id=volunteer_id))
    return dict(row)
