"""A list that is sent again brings back nobody who withdrew or was erased."""

from datetime import UTC, datetime

import pytest

from domain.protection import ConsentChannel, ConsentKind, DataRequestKind
from generator.city import generate_city
from generator.sizes import CitySize
from graph.ports import Access, Statement
from importers.load import import_files
from tests.builders import lead, worker, workspace
from tests.importers.test_repeats_of_lists import OFFICER
from tests.workflows.protection.people import given
from workflows.protection.consents import record_consent, withdraw_consent
from workflows.protection.requests import ask_for_data, decide_data_request

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACTIVE = Statement(
    "MATCH (n:Volunteer) WHERE n.status = 'ACTIVE' RETURN n.id AS id, n.name AS name ORDER BY id LIMIT 3",
    Access.READ,
)
LOOK = Statement(
    "MATCH (n:Volunteer {id: $id}) RETURN n.name AS name, n.status AS status, n.id_number_hash AS hash,"
    " n.consent_basis AS basis",
    Access.READ,
)
PAPER = {"channel": ConsentChannel.PAPER}


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    found = []
    for month in range(2):
        folder = tmp_path_factory.mktemp(f"month{month}")
        summary = generate_city(CitySize.S, 7, folder, month=month)
        found.append([folder / name for name in summary.files if "志愿者" in name or "资质" in name])
    return found


async def test_the_next_month_brings_back_nobody_who_left(memory_store, lists):
    async def load(files):
        await import_files(memory_store, OFFICER, files, clock=lambda: NOW, identity_key=b"k" * 32)

    await load(lists[0])
    ws = workspace(memory_store)
    everywhere = {"path": "/"}
    own, left, erased = [row["id"] for row in await memory_store.read(lambda tx: tx.run(ACTIVE))]
    await record_consent(ws, worker(**everywhere), own, kind=ConsentKind.JOIN, given=given(**PAPER))
    await withdraw_consent(ws, worker(**everywhere), left, given=given(ConsentKind.WITHDRAWAL, **PAPER))
    asked = await ask_for_data(
        ws, worker(**everywhere), erased, kind=DataRequestKind.ERASURE, channel=ConsentChannel.PAPER
    )
    await decide_data_request(ws, lead(**everywhere), asked.value.id, allow=True, expected_version=1)
    await load(lists[1])
    seen = {
        key: (await memory_store.read(lambda tx, key=key: tx.run(LOOK, id=key)))[0]
        for key in (own, left, erased)
    }
    assert (seen[own]["status"], seen[own]["basis"]) == ("ACTIVE", "OWN_ACT")
    assert (seen[left]["status"], seen[left]["basis"]) == ("WITHDRAWN", "SOURCE")
    assert seen[erased] == {"name": "", "status": "WITHDRAWN", "hash": None, "basis": "SOURCE"}
