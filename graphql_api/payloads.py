"""What every mutation answers: the object, or why nothing was done."""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Generic, TypeAlias, TypeVar, get_type_hints

import strawberry

from domain.errors import PlatformError
from graphql_api.context import Info
from graphql_api.errors import UserError, is_reported, rule_behind, user_error
from workflows.workspace import Outcome

_log = logging.getLogger(__name__)

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")
InputT = TypeVar("InputT")

Act: TypeAlias = Callable[[Any, Info, InputT], Awaitable[RowT | Outcome[RowT]]]
"""A method that carries a use case out; one that takes an idempotency key says whether it was seen before."""


@strawberry.type
class Payload(Generic[NodeT]):
    """Either ``object`` or ``userErrors``, never both."""

    object: NodeT | None = strawberry.field(description="As it stands after the mutation; null if refused.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.")
    replayed: bool = strawberry.field(
        description="Whether the idempotency key was seen before: the answer is that of the first time."
    )


async def answer(
    info: Info, act: Callable[[], Awaitable[Outcome[RowT]]], node: Callable[[RowT], NodeT]
) -> Payload[NodeT]:
    """
    Carry a use case out and word its refusal.

    Errors that no caller can mend go on to the top level, where they are masked.
    """
    try:
        outcome = await act()
    except PlatformError as error:
        if not is_reported(error):
            raise
        _log.info(
            "refused request=%s code=%s rule=%s", info.context.request_id, error.code, rule_behind(error)
        )
        return Payload(
            object=None, user_errors=[user_error(error, info.context.locale, ["input"])], replayed=False
        )
    finally:
        info.context.forget()
    return Payload(object=node(outcome.value), user_errors=[], replayed=outcome.replayed)


async def once(value: Awaitable[RowT]) -> Outcome[RowT]:
    """Give the answer of a use case that takes no key as one that was not replayed."""
    return Outcome(value=await value, replayed=False)


def mutation(node: Callable[[RowT], NodeT], *, description: str) -> Callable[[Act[InputT, RowT]], Any]:
    """
    Make a mutation of a method that reads its input and carries a use case out.

    Parameters
    ----------
    node
        Gives what came of it as clients see it; what it is annotated to return is the payload's object.
    description
        Told to clients.
    """
    shown = get_type_hints(node)["return"]

    def decorate(act: Act[InputT, RowT]) -> Any:  # noqa: ANN401 (a field, which the type checker must not bind)
        @wraps(act)
        async def resolve(self: object, info: Info, input: InputT) -> Payload[NodeT]:
            async def outcome() -> Outcome[RowT]:
                done = await act(self, info, input)
                return done if isinstance(done, Outcome) else Outcome(value=done, replayed=False)

            return await answer(info, outcome, node)

        return strawberry.mutation(resolve, description=description, graphql_type=Payload[shown])

    return decorate
