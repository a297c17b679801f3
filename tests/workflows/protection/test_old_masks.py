"""Masks that an early release kept as they were are sealed, wherever they stand, as whoever writes there now would."""

import json
import re

import pytest

from domain.errors import NotPermittedError
from domain.identifiers import ResidentNumber
from importers.id_numbers import read_id_number
from tests.builders import CITY, NOW, World, secret, worker, workspace
from tests.workflows.linking.registers import PLACED, SOURCED
from tests.workflows.protection.people import listed_hash, number_of
from tests.workflows.protection.test_numbers import whole_graph
from workflows.people import administrator
from workflows.protection.masks import shown_masks_in
from workflows.protection.old_masks import seal_old_masks

NUMBER = number_of()
MASK = ResidentNumber(NUMBER).masked
LIST_SAYS = read_id_number(NUMBER, secret("identity"))[0][1]
TELEPHONE = "138****5678"
SIGNED = f"signed {MASK[-4:]}"
PLACES = {
    "Resident": 1, "DepartmentRecord": 1, "Volunteer": 1, "ServiceCertificate": 2, "RecognitionCase": 1,
    "CompareLine": 1, "ImportChange": 2, "IdempotencyRecord": 1,
}  # fmt: skip


def _old() -> World:
    world = World()
    numbered = {"id_number_hash": listed_hash(NUMBER), "id_number_mask": MASK}
    world.household("home")
    world.resident("r", "home", phone_mask=TELEPHONE, **numbered)
    world.volunteer("v", id_number_mask=MASK)
    world.add("DepartmentRecord", id="row", **numbered, **PLACED, **SOURCED)
    world.add(
        "ServiceCertificate", id="c", serial="s", volunteer_id="v", state="ISSUED", region_path=CITY, version=1,
        content=json.dumps({"id_mask": MASK}), payload=SIGNED, issued_at=NOW,
    )  # fmt: skip
    world.add(
        "RecognitionCase", id="case", volunteer_id="v", state="REVIEW", region_path=CITY, version=1, opened_at=NOW,
        claims=json.dumps({"holder": [{"told": MASK, "known": "320582********1234"}]}),
    )  # fmt: skip
    world.add(
        "CompareLine", id="line", run_id="run", kind="CHANGED", region_path=CITY,
        changes=json.dumps([{"field": "id_number", "before": MASK, "after": MASK}]),
    )  # fmt: skip
    world.add(
        "ImportChange", id="change", batch_id="b", node_id="r", recorded_at=NOW,
        before=json.dumps(numbered), after=json.dumps({**numbered, "phone_mask": TELEPHONE}),
    )  # fmt: skip
    answer = {"id_number": MASK, "serial": "s", "payload": SIGNED}
    world.add("IdempotencyRecord", id="k", request_hash="h", response=json.dumps(answer), recorded_at=NOW)
    return world


async def test_every_old_mask_is_sealed_once_and_opens_to_what_it_was(store):
    await _old().write(store)
    ws, before = workspace(store), await whole_graph(store)
    assert before.count(MASK) == 10
    assert await seal_old_masks(ws, administrator()) == PLACES
    after = await whole_graph(store)
    assert MASK not in after
    assert re.search(r"\d\*{8,}", after) is None
    assert SIGNED not in after
    opened = shown_masks_in(ws, after)
    assert [opened.count(text) for text in (MASK, TELEPHONE, SIGNED)] == [
        before.count(text) for text in (MASK, TELEPHONE, SIGNED)
    ]
    assert after.count(LIST_SAYS) == 4, "an import of the same lists changes nothing"
    assert sum((await seal_old_masks(ws, administrator())).values()) == 0


async def test_who_does_not_look_after_the_installation_may_not(memory_store):
    with pytest.raises(NotPermittedError):
        await seal_old_masks(workspace(memory_store), worker())
