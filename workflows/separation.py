"""Whether an actor is somebody who had another part in a need (HC-29)."""

from collections.abc import Iterable

from domain.actors import Actor
from domain.errors import SeparationOfDutiesError
from graph.ports import ReadTransaction
from graph.volunteers import residents_behind


async def same_person(tx: ReadTransaction, actor: Actor, ids: Iterable[str | None]) -> bool:
    """
    Whether one of the ids stands for the acting person.

    A person is known by their account, by the volunteer or social worker the account stands for, and by the
    resident that a volunteer is.
    """
    others = {other for other in ids if other is not None}
    own = {actor.id} | ({actor.participant_id} if actor.participant_id is not None else set[str]())
    if not others:
        return False
    return bool(
        (own | await residents_behind(tx, sorted(own)))
        & (others | await residents_behind(tx, sorted(others)))
    )


async def require_other_person(
    tx: ReadTransaction, actor: Actor, ids: Iterable[str | None], refusal: str, *, about: str
) -> None:
    """
    Go on only if none of the ids stands for the acting person.

    Raises
    ------
    SeparationOfDutiesError
        One of them does; ``refusal`` is its message.
    """
    if await same_person(tx, actor, ids):
        raise SeparationOfDutiesError(refusal, id=about, rule="HC-29")
