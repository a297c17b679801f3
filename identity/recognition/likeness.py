"""
How what a credential shows of its holder compares with a record: field by field, masked, for whoever has to decide.

Masks are made where the two are compared; nothing but them is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from identity.linkage.review import masked
from identity.names.forms import forms

_FIELDS = {"name": "name", "birthdate": "birth_date", "gender": "sex", "id_mask": "id_mask"}


class FieldLevel(StrEnum):
    """How one field of the two compares."""

    EQUAL = "EQUAL"
    WRITING = "WRITING"
    YEAR = "YEAR"
    DIFFERS = "DIFFERS"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderField:
    """One field of both sides, masked; an empty text where a side says nothing."""

    field: str
    told: str
    known: str
    level: FieldLevel


def holder_fields(payload: Mapping[str, Any], record: Mapping[str, str | None]) -> tuple[HolderField, ...]:
    """
    Compare a holder with a record.

    Parameters
    ----------
    payload
        Claims that were disclosed.
    record
        ``name``, ``birth_date`` (as 1990-01-31), ``sex`` and ``id_mask`` of the record here.
    """
    found: list[HolderField] = []
    for claim, field in _FIELDS.items():
        value = payload.get(claim)
        told, known = value.strip() if isinstance(value, str) else "", (record.get(field) or "").strip()
        shown = {"birth_date": "birth", "id_mask": "id"}.get(field, field)
        found.append(
            HolderField(
                field=field,
                told=masked(shown, {field: told}),
                known=masked(shown, {field: known}),
                level=_level(field, told, known),
            )
        )
    return tuple(found)


def _level(field: str, told: str, known: str) -> FieldLevel:
    if not told or not known:
        return FieldLevel.UNKNOWN
    if told == known:
        return FieldLevel.EQUAL
    if field == "name" and forms(told).key is not None and forms(told).key == forms(known).key:
        return FieldLevel.WRITING
    if field == "birth_date" and told[:4] == known[:4]:
        return FieldLevel.YEAR
    return FieldLevel.DIFFERS
