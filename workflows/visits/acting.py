"""What a use case does for somebody who may not see all of it."""

from dataclasses import replace

from domain.actors import Actor, Role


def with_desk_view(actor: Actor) -> Actor:
    """
    Give the same account, in the same scope, with a desk's view.

    For parts of a use case whose answer the actor is not shown: the day's visits that a plan is made around,
    the need that an alarm becomes.
    """
    return replace(actor, roles=actor.roles | {Role.STATION_WORKER})
