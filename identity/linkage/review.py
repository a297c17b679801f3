"""
What a reviewer sees of a record: every field masked by what it holds.

Masks are made here, on the server: the first three and last four of a number, the surname, the year of birth.
"""

import re
from collections.abc import Mapping

from identity.names.forms import forms
from identity.names.syllables import compound

_HIDDEN = "*"
_YEAR = re.compile(r"(?:18|19|20)\d{2}")
_OPEN_FIELDS = ("sex", "region", "state")
_SHOWN_FIELDS = {
    "name": "name", "id": "id_number", "phone": "phone", "birth": "birth_date", "sex": "sex", "address": "address",
    "region": "region_code", "given": "given_name", "family": "surname",
}  # fmt: skip


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
