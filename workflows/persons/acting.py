"""Whoever acts from a record that was merged acts as the person it is one of."""

from dataclasses import replace

from domain.actors import Actor, Role
from graph.persons.following import survivor_of
from workflows.workspace import Workspace


async def as_person(ws: Workspace, actor: Actor) -> Actor:
    """Give an acting volunteer under the record that stands for them; everybody else as they are."""
    if Role.VOLUNTEER not in actor.roles or actor.participant_id is None:
        return actor
    own = actor.participant_id
    standing = await ws.store.read(lambda tx: survivor_of(tx, own))
    return actor if standing == own else replace(actor, participant_id=standing)
