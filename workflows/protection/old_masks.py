"""Masks of early releases, which kept them as they were: sealed once, after the program was replaced."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from domain.actors import Actor, Role
from graph.protection.old_masks import PLACES, OldText, Place, page_of_old_masks, write_sealed
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.sealing.masks import SEALED, seal_mask, seal_masks_in
from workflows.protection.masks import HASHING
from workflows.workspace import Workspace


async def seal_old_masks(ws: Workspace, actor: Actor) -> dict[str, int]:
    """
    Seal every mask that stands in the graph as it is; give how many texts of each label were changed.

    It goes on where it was cut off, and finds nothing the next time. Nodes keep the seals that an import of the same
    lists would give them, so that no list changes anything by it.

    Raises
    ------
    NotPermittedError
        The actor does not look after the installation.
    """
    actor.require(Role.PLATFORM_ADMIN)
    work, secret = UnitOfWork(ws.store, ws.clock), ws.secret(HASHING)
    sealed: dict[str, int] = {}
    for place in PLACES:
        after: str | None = ""
        while after is not None:
            count, after = await work.run(
                actor, lambda tx, place=place, after=after: _seal_page(tx, place, after, secret)
            )
            sealed[place.label] = sealed.get(place.label, 0) + count
    return sealed


async def _seal_page(
    tx: AuditedTransaction, place: Place, after: str, secret: bytes
) -> tuple[int, str | None]:
    """Seal a page of a place; give how many texts were changed, and the last of the page if there was one."""
    page = await page_of_old_masks(tx, place, after, sealed=SEALED)
    seal = _sealing(place, secret)
    changed = {old.id: text for old in page if (text := seal(old)) != old.stored}
    if changed:
        await write_sealed(tx, place, changed)
        tx.record("sealing.masks", place.label, detail={"property": place.property, "rows": len(changed)})
    return len(changed), page[-1].id if page else None


def _sealing(place: Place, secret: bytes) -> Callable[[OldText], str]:
    """Give what seals the texts of one place, each as whoever writes there now would."""
    if place.property == "id_number_mask" and place.label != "Volunteer":
        return lambda old: seal_mask(old.stored, secret, old.number_hash)
    if place.whole:
        return lambda old: seal_mask(old.stored, secret, old.number_hash or _digest(old.id))
    if place.label == "ImportChange":
        return lambda old: seal_masks_in(old.stored, secret, json.loads(old.stored).get("id_number_hash"))
    if place.label == "IdempotencyRecord":
        return lambda old: _sealed_answer(old, secret)
    return lambda old: seal_masks_in(old.stored, secret, _digest(old.id))


def _sealed_answer(old: OldText, secret: bytes) -> str:
    """Seal the masks of an answer, and the signed text where it is a certificate: that holds the end of one."""
    answer: Any = json.loads(seal_masks_in(old.stored, secret, _digest(old.id)))
    if isinstance(answer, dict) and {"serial", "payload"} <= answer.keys():
        answer["payload"] = seal_mask(answer["payload"], secret, _digest(old.id))
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def _digest(record: str) -> str:
    return hashlib.sha256(record.encode()).hexdigest()
