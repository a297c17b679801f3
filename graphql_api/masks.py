"""Masks of identity numbers as clients see them: nodes hold them sealed, and a field opens what is asked for."""

from typing import Any, Protocol

import strawberry

from domain.protection import SealedMask
from graphql_api.context import Info
from workflows.protection.masks import shown_mask


class HasMask(Protocol):
    """A node that shows an identity number: ``mask`` is private to it."""

    @property
    def mask(self) -> SealedMask | None:
        """The number as the graph keeps it."""
        ...


def _shown(root: HasMask, info: Info) -> str | None:
    return shown_mask(info.context.workspace, root.mask)


def mask_field(description: str | None = None) -> Any:  # noqa: ANN401 - as strawberry.field, whose type is the field's
    """Give a field that shows the ``mask`` of its node."""
    return strawberry.field(resolver=_shown, description=description)
