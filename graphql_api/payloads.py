"""What every mutation answers: the object, or why nothing was done."""

import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import strawberry

from domain.errors import PlatformError
from graphql_api.context import Info
from graphql_api.errors import UserError, is_reported, rule_behind, user_error
from workflows.workspace import Outcome

_log = logging.getLogger(__name__)

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")


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
