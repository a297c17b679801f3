"""
What a reviewer sees of a pair: both records masked, side by side, and how each field agreed.

Masks are made here, on the server: the first three and last four of a number, the surname, the year of birth.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from identity.names.forms import forms
from identity.names.syllables import compound

_HIDDEN = "*"
_YEAR = re.compile(r"(?:18|19|20)\d{2}")
_OPEN_FIELDS = ("sex", "region", "state")
_SHOWN_FIELDS = {
    "name": "name", "id": "id_number", "phone": "phone", "birth": "birth_date", "sex": "sex", "address": "address",
    "region": "region_code", "given": "given_name", "family": "surname",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewField:
    """One field of both records, masked, and the level at which they agreed; None where one states nothing."""

    field: str
    left: str
    right: str
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A pair as a reviewer sees it."""

    fields: tuple[ReviewField, ...]
    vetoes: tuple[str, ...]
    corroboration: tuple[str, ...]
    reason: str


def review_view(left: Mapping[str, str | None], right: Mapping[str, str | None], evidence: str) -> ReviewView:
    """
    Give the masked view of a pair.

    Parameters
    ----------
    left, right
        Records by the columns of ``PERSON_SCHEMA``.
    evidence
        Of the pair, as linkage gives it.
    """
    told = json.loads(evidence)
    fields = tuple(
        ReviewField(field=field, left=masked(field, left), right=masked(field, right), level=level)
        for field, level in told["levels"].items()
    )
    return ReviewView(
        fields=fields,
        vetoes=tuple(told["vetoes"]),
        corroboration=tuple(told["corroboration"]),
        reason=str(told["reason"]),
    )


def masked(field: str, record: Mapping[str, str | None]) -> str:
    """Give a field of a record as a reviewer may see it."""
    value = (record.get(_SHOWN_FIELDS.get(field, field)) or "").strip()
    if not value:
        return (record.get("id_mask") or "").strip() if field == "id" else ""
    match field:
        case "name":
            return mask_name(value)
        case "id" | "phone":
            return _ends(value)
        case "birth":
            year = _YEAR.search(value)
            return year.group() if year else _HIDDEN * 4
        case _:
            return value if field in _OPEN_FIELDS else value[:1] + _HIDDEN * 2


def _ends(value: str) -> str:
    return value[:3] + _HIDDEN * max(len(value) - 7, 4) + value[-4:] if len(value) > 7 else _HIDDEN * 4


def mask_name(name: str) -> str:
    """Give a name with all but the surname hidden."""
    key = forms(name).key
    if key is None:
        return name[:1] + _HIDDEN * 2
    shown = 2 if len(name) > 2 and compound(name[:2]) else 1
    return name[:shown] + _HIDDEN * max(len(key) - shown, 1)
