"""Masks of identity numbers between the graph, which keeps them sealed, and people, who see what they show."""

import hashlib

import polars as pl

from domain.protection import SealedMask
from identity.sealing.masks import open_mask, open_masks, open_masks_in, seal_mask
from workflows.workspace import Workspace

HASHING = "identity"
"""The secret that imports hash numbers and seal masks with, by its name."""


def sealed_mask(ws: Workspace, mask: str, *, record: str) -> SealedMask:
    """Give a mask as one record keeps it; another record's looks otherwise."""
    return SealedMask(seal_mask(mask, ws.secret(HASHING), hashlib.sha256(record.encode()).hexdigest()))


def shown_mask(ws: Workspace, mask: SealedMask | None) -> str | None:
    """Give what people may see of a number."""
    if mask is None:
        return None
    return open_mask(mask.stored, ws.secret(HASHING))


def shown(ws: Workspace, value: SealedMask | str | None) -> str | None:
    """Give a value of a row as people may see it, whether it is a mask or not."""
    return shown_mask(ws, value) if isinstance(value, SealedMask) else value


def shown_masks_in(ws: Workspace, text: str) -> str:
    """Give a text with every sealed mask in it opened."""
    return open_masks_in(text, ws.secret(HASHING))


def with_masks_opened(ws: Workspace, people: pl.DataFrame, column: str = "id_number_mask") -> pl.DataFrame:
    """Open a column of masks in memory, to compare what they show: at rest those of two numbers are never equal."""
    if people[column].null_count() == people.height:
        return people
    return people.with_columns(open_masks(people[column].cast(pl.String), ws.secret(HASHING)).alias(column))
