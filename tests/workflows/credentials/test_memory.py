"""A verifier's memory makes nonces single use over all its processes, and lets nothing older come back."""

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from identity.credentials.policy import NonceStore
from identity.credentials.status import StatusLists
from identity.credentials.verify import verify
from identity.verdicts import VerdictCode
from tests.identity.credentials.worlds import AUDIENCE, LIST, NONCE, NOW, Attack, check, honest, status_token
from workflows.credentials.memory import VerifierMemory


def take(path: Path, count: int, into) -> None:
    memory = VerifierMemory(path)
    into.put([n for n in range(count) if memory.use("a", f"n{n}", until=1)])


@pytest.fixture
def memory(tmp_path) -> VerifierMemory:
    return VerifierMemory(tmp_path / "memory.db")


def test_a_nonce_is_used_once_even_by_another_process(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    workers = [context.Process(target=take, args=(tmp_path / "memory.db", 40, answers)) for _ in range(3)]
    for worker in workers:
        worker.start()
    taken = [number for _ in workers for number in answers.get(timeout=60)]
    for worker in workers:
        worker.join()
    assert sorted(taken) == list(range(40))


def test_the_verifier_takes_it_as_its_nonce_store(memory: VerifierMemory):
    store: NonceStore = memory
    assert check(honest(), nonces=store).code is VerdictCode.ACCEPTED
    assert check(honest(), nonces=store).code is VerdictCode.REPLAYED


def test_nonces_of_two_audiences_stay_apart_and_old_ones_are_forgotten(memory: VerifierMemory):
    assert memory.use("a", "n", until=10)
    assert memory.use("b", "n", until=20)
    assert memory.forget(10) == 1
    assert memory.use("a", "n", until=30)
    assert not memory.use("b", "n", until=30)


def test_the_newest_bundle_is_remembered(tmp_path):
    memory = VerifierMemory(tmp_path / "m.db")
    assert memory.newest_bundle("330100") == 0
    for version in (3, 7, 5):
        memory.saw_bundle("330100", version)
    assert VerifierMemory(tmp_path / "m.db").newest_bundle("330100") == 7
    assert memory.newest_bundle("310000") == 0


def test_an_older_list_does_not_come_back_after_a_restart(tmp_path):
    def verdict(issued_at: int) -> VerdictCode:
        memory = VerifierMemory(tmp_path / "m.db")
        lists = StatusLists({LIST: status_token(issued_at=issued_at)}, memory.lists())
        moment = datetime.fromtimestamp(NOW, UTC)
        trust = Attack().trust()
        return verify(honest(), trust, audience=AUDIENCE, nonce=NONCE, now=moment, statuses=lists).code

    assert verdict(NOW - 100) is VerdictCode.ACCEPTED
    assert verdict(NOW - 500) is VerdictCode.STATUS_LIST_ROLLED_BACK
    assert verdict(NOW - 50) is VerdictCode.ACCEPTED


def test_what_was_seen_is_not_forgotten(memory: VerifierMemory):
    newest = memory.lists()
    newest["x"] = 5
    newest["x"] = 3
    assert (dict(newest), len(newest), newest.get("y")) == ({"x": 5}, 1, None)
    with pytest.raises(TypeError):
        del newest["x"]
