"""Masks of identity numbers as the graph holds them: sealed, and opened for people by use cases alone."""

from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

from domain.protection import SealedMask
from graph.columns import text_or_none
from graph.ports import Record


def _read(value: object) -> SealedMask:
    if isinstance(value, SealedMask):
        return value
    if isinstance(value, str):
        return SealedMask(value)
    raise ValueError("a mask is kept as a text")


StoredMask = Annotated[
    SealedMask, PlainValidator(_read), PlainSerializer(lambda mask: mask.stored, return_type=str)
]
"""A sealed mask in a row that is kept whole as the answer to a request."""


def mask_or_none(record: Record, column: str) -> SealedMask | None:
    """Give a sealed mask or None."""
    stored = text_or_none(record, column)
    return None if stored is None else SealedMask(stored)
