"""Once a month two regions compare what one counted with what the other issued, each by its own store."""

from dataclasses import replace

import pytest

from domain.errors import InvalidInputError, TransitionError
from domain.recognition import CredentialState, TaskState
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from graph.recognition.reconciling import reconciliation_tasks
from identity.credentials.holder import hold, present
from identity.credentials.status import StatusLists
from identity.jose.jwk import SigningKey
from identity.recognition.reconciling import (
    DifferenceKind,
    Issued,
    Item,
    Side,
    StatementKind,
    differences,
    month,
)
from identity.trust.bundle import Region, TrustBundle
from identity.trust.keys import TrustedKey
from identity.verdicts import VerdictCode
from tests.builders import CITY, NOW, lead, volunteer, worker, workspace
from tests.workflows.recognition.regions import AUDIENCE, HERE, NOW_S, THERE
from tests.workflows.recognition.test_issuing import (
    ISSUER,
    asked,
    city,
    nonce_for,
    registry_of,
    served,
    trusted,
)
from workflows.recognition.issuing import change_credential, issue_credential, status_list
from workflows.recognition.recognising import Presented, recognise
from workflows.recognition.reconciling import Reconciled, decide_difference, reconcile
from workflows.recognition.stating import RegionKey, state_side

CORRECT = Statement("MATCH (n:HoursRecord {id: 'one'}) SET n.minutes = 30", Access.WRITE)
MARCH = "2026-03"


def with_keys(bundle: TrustBundle, *, home: str, **keys: SigningKey) -> TrustBundle:
    regions = {
        code: Region(code=code, keys={"r1": TrustedKey(kid="r1", key=key.public)})
        for code, key in keys.items()
    }
    return replace(bundle, home=home, regions=regions)


class Pair:
    """Region there issues, region here recognises; each has a store, a key and the same trust."""

    def __init__(self, there, here) -> None:
        self.there, self.here = workspace(there), workspace(here)
        self.registry_key = SigningKey.generate()
        self.registry = registry_of(self.registry_key)
        self.keys = {THERE: SigningKey.generate(), HERE: SigningKey.generate()}
        self.holder = SigningKey.generate()

    async def carried(self) -> str:
        """Issue a record there and recognise it here; give the credential's id."""
        request = await asked(self.there, self.registry, self.holder)
        issued = (await issue_credential(self.there, volunteer("v"), self.registry, request)).value
        token = await status_list(self.there.store, self.registry, 0, NOW)
        believes = trusted(self.registry_key, StatusLists({f"{ISSUER}/statuslists/0": token}))
        nonce = await nonce_for(self.here, AUDIENCE, "shown")
        held = hold(issued.text)
        text = present(
            held,
            [claim.path for claim in held.claims],
            key=self.holder,
            audience=AUDIENCE,
            nonce=nonce,
            issued_at=NOW_S,
        )
        found = await recognise(
            self.here, volunteer("v"), believes, Presented(presentation=text, nonce=nonce)
        )
        assert found.value.case_id is not None
        self.bundle = believes.bundle
        return issued.credential.id

    def trust(self, home: str) -> TrustBundle:
        return with_keys(self.bundle, home=home, **self.keys)

    def side(self, partner: str, kind: StatementKind) -> Side:
        agreement = self.bundle.agreements[0].id
        return Side(month=MARCH, agreement=agreement, partner=partner, issuer=ISSUER, kind=kind)

    def signing(self, region: str) -> RegionKey:
        return RegionKey(region=region, key_id="r1", key=self.keys[region])

    async def counted(self) -> str:
        side = self.side(THERE, StatementKind.RECOGNISED)
        return await state_side(self.here, lead(), side, self.signing(HERE))

    async def issued(self) -> str:
        side = self.side(HERE, StatementKind.ISSUED)
        return await state_side(self.there, lead(), side, self.signing(THERE))

    async def checked_there(self) -> Reconciled:
        """What the issuing region finds in what the other counts."""
        text = await self.counted()
        return (await reconcile(self.there, lead(), self.trust(THERE), text, region_path=CITY)).value

    async def checked_here(self) -> Reconciled:
        """What the recognising region finds in what the other issued."""
        text = await self.issued()
        return (await reconcile(self.here, lead(), self.trust(HERE), text, region_path=CITY)).value


@pytest.fixture
async def pair(store):
    world = city()
    served(world, "one", 20, "AUTO")
    served(world, "two", 10, "AUTO")
    await world.write(store)
    async with open_ladybug() as here:
        await here.define()
        await city().write(here)
        yield Pair(store, here)


async def test_two_regions_that_agree_find_no_difference(pair):
    await pair.carried()
    there = await pair.checked_there()
    assert (there.kind, there.period, there.items, there.tasks) == (StatementKind.RECOGNISED, MARCH, 2, ())
    here = await pair.checked_here()
    assert (here.kind, here.items, here.tasks) == (StatementKind.ISSUED, 1, ())


async def test_what_was_corrected_since_is_a_question_for_a_person_and_asked_once(pair):
    credential = await pair.carried()
    await pair.there.store.write(lambda tx: tx.run(CORRECT))
    text = await pair.counted()
    found = (await reconcile(pair.there, lead(), pair.trust(THERE), text, region_path=CITY)).value
    (task,) = found.tasks
    assert (task.kind, task.credential_id, task.ours_min, task.theirs_min) == ("DIFFERS", credential, 30, 90)
    again = (await reconcile(pair.there, lead(), pair.trust(THERE), text, region_path=CITY)).value
    assert again.repeated
    assert again.tasks == found.tasks
    waiting = await pair.there.store.read(lambda tx: reconciliation_tasks(tx, worker()))
    assert [one.id for one in waiting] == [task.id]
    done = await decide_difference(
        pair.there, worker(), task.id, state=TaskState.SETTLED, note="told them", expected_version=1
    )
    assert (done.value.task.decided_by, done.value.task.version) == ("worker", 2)
    assert await pair.there.store.read(lambda tx: reconciliation_tasks(tx, worker())) == []
    with pytest.raises(TransitionError):
        await decide_difference(
            pair.there, worker(), task.id, state=TaskState.ACCEPTED, note="again", expected_version=2
        )


async def test_what_was_revoked_since_is_found_by_either_side(pair):
    credential = await pair.carried()
    await change_credential(
        pair.there, worker(), credential, CredentialState.REVOKED, reason="a mistake", expected_version=1
    )
    there = await pair.checked_there()
    here = await pair.checked_here()
    assert {task.kind for task in (*there.tasks, *here.tasks)} == {"REVOKED"}
    assert (len(there.tasks), len(here.tasks)) == (2, 2)


async def test_a_statement_is_believed_from_its_region_for_this_one_alone(pair):
    await pair.carried()
    text = await pair.counted()
    for home, spoiled, code in (
        (HERE, text, VerdictCode.BINDING_AUDIENCE),
        (THERE, text[:-6] + "AAAAAA", VerdictCode.SIGNATURE_INVALID),
        (THERE, "x", VerdictCode.MALFORMED),
    ):
        with pytest.raises(InvalidInputError) as refusal:
            await reconcile(pair.there, lead(), pair.trust(home), spoiled, region_path=CITY)
        assert refusal.value.context["reason"] == code
    stranger = replace(pair.trust(THERE), regions={})
    with pytest.raises(InvalidInputError) as refusal:
        await reconcile(pair.there, lead(), stranger, text, region_path=CITY)
    assert refusal.value.context["reason"] == VerdictCode.KEY_UNKNOWN
    with pytest.raises(InvalidInputError):
        await reconcile(pair.there, lead(), replace(pair.trust(THERE), agreements=()), text, region_path=CITY)
    assert "李" not in text


def item(credential: str, subject: str | None, minutes: int, *, holds: bool = True) -> Item:
    return Item(credential=credential, subject=subject, minutes=minutes, holds=holds)


def test_each_line_differs_in_one_way():
    issued = {
        "good": Issued(minutes=100, holds=True, entries={"e1": 60, "e2": 40}),
        "gone": Issued(minutes=60, holds=False, entries={"e3": 60}),
        "whole": Issued(minutes=50, holds=True),
    }
    counted = [
        item("good", "e1", 60),
        item("good", "e2", 40),
        item("gone", "e3", 60),
        item("never", "e4", 10),
        item("whole", "e5", 51),
        item("never", "e6", 10, holds=False),
    ]
    found = [(one.kind, one.subject) for one in differences(counted, issued)]
    assert found == [
        (DifferenceKind.DIFFERS, "e5"),
        (DifferenceKind.MISSING, "e4"),
        (DifferenceKind.REVOKED, "e3"),
    ]
    twice = differences([item("good", "e1", 60), item("good", "e1", 60)], issued)
    assert {one.kind for one in twice} == {DifferenceKind.DOUBLE}
    assert differences([item("good", "e1", 61)], issued)[0].recorded_min == 60


def test_a_month_is_the_civil_one():
    start, end = month("2025-12")
    assert (start.isoformat(), end.isoformat()) == ("2025-11-30T16:00:00+00:00", "2025-12-31T16:00:00+00:00")
    with pytest.raises(InvalidInputError):
        month("2025-13")
