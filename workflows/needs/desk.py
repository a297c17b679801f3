"""Who may act on needs at a desk: the station's people, and for child protection its named roles alone."""

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, NotPermittedError
from domain.needs import NeedCategory
from graph.needs import lock_need
from graph.reads.needs import NeedRow
from graph.scope import CHILD_DESK, DESK
from graph.unit_of_work import AuditedTransaction

ANY_DESK = (Role.STATION_WORKER, Role.STATION_LEAD, Role.CHILD_SUPERVISOR, Role.CHILD_OFFICER)
"""Roles of any desk; which of them a need takes is its category's to say."""


def is_desk_for(actor: Actor, category: NeedCategory) -> bool:
    """Whether the actor is the desk of needs of a category (HC-25)."""
    return bool(actor.roles & (CHILD_DESK if category is NeedCategory.CHILD_PROTECT else DESK))


def require_desk_for(actor: Actor, category: NeedCategory) -> None:
    """
    Go on only for who is the desk of needs of a category.

    Raises
    ------
    NotPermittedError
        The actor is not.
    """
    if not is_desk_for(actor, category):
        raise NotPermittedError(f"{actor.id} is no desk for {category.value}", actor=actor.id, rule="HC-25")


def require_words(value: str, field: str, rule: str | None = None) -> str:
    """
    Give a text without its outer blanks.

    Raises
    ------
    InvalidInputError
        Nothing is left.
    """
    if not value.strip():
        context = {} if rule is None else {"rule": rule}
        raise InvalidInputError(f"{field} is to be given in words", field=field, **context)
    return value.strip()


async def lock_at_desk(
    tx: AuditedTransaction, actor: Actor, need_id: str, *, expected_version: int | None
) -> NeedRow:
    """
    Take a need for changing, as its desk.

    Raises
    ------
    NotPermittedError
        The actor is not its desk.
    NotFoundError, StaleVersionError
        Outside the scope or behind the wall; changed since read.
    """
    actor.require(*ANY_DESK)
    need = await lock_need(tx, actor, need_id, expected_version=expected_version)
    require_desk_for(actor, need.category)
    return need
