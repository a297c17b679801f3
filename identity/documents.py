"""Members of a JSON document read by kind, and moments as documents write them."""

from datetime import UTC, datetime
from typing import TypeVar

from domain.time import aware_utc
from identity.jose.encoding import Json, JsonObject
from identity.verdicts import Refused, VerdictCode

T = TypeVar("T")

LATEST_S = 253_402_300_799
"""The last second of the year 9999."""


def epoch_s(moment: datetime) -> int:
    """Give a moment in whole seconds since 1970, as JWT writes it."""
    return int(aware_utc(moment).timestamp())


def moment_of(seconds: int) -> datetime:
    """Give the moment of a number of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_text(seconds: int) -> str:
    """Write a moment for people, in RFC 3339."""
    return moment_of(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(value: Json) -> int | None:
    """Read seconds since 1970 or an RFC 3339 text with its zone; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value <= LATEST_S else None
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int(moment.timestamp())


class Members:
    """
    The members of one object of a document.

    Parameters
    ----------
    where
        Path of the object, for the detail of a refusal.
    code
        What a member of the wrong kind is refused as.
    """

    def __init__(self, value: Json, where: str, code: VerdictCode) -> None:
        self._where = where
        self._code = code
        if not isinstance(value, dict):
            raise self.wrong("")
        self.value: JsonObject = value

    def wrong(self, name: str) -> Refused:
        """Give the refusal of a member."""
        return Refused(self._code, f"{self._where}.{name}".strip("."))

    def text(self, name: str) -> str:
        """Give a text that must be there and not be empty."""
        found = self.value.get(name)
        if not isinstance(found, str) or not found:
            raise self.wrong(name)
        return found

    def text_or(self, name: str, default: str) -> str:
        """Give a text, or the default where the member is missing."""
        return self.text(name) if name in self.value else default

    def integer(self, name: str, least: int = 0) -> int:
        """Give a whole number that must be there."""
        found = self.value.get(name)
        if isinstance(found, bool) or not isinstance(found, int) or found < least:
            raise self.wrong(name)
        return found

    def flag(self, name: str) -> bool:
        """Give a truth value; missing is false."""
        found = self.value.get(name, False)
        if not isinstance(found, bool):
            raise self.wrong(name)
        return found

    def moment(self, name: str) -> int:
        """Give a moment that must be there, in seconds."""
        found = read_moment(self.value.get(name))
        if found is None:
            raise self.wrong(name)
        return found

    def moment_or_none(self, name: str) -> int | None:
        """Give a moment, or None where the member is missing or null."""
        return self.moment(name) if self.value.get(name) is not None else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of texts; missing is empty."""
        found = self.value.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self.wrong(name)
        return tuple(str(each) for each in found)

    def object_or_empty(self, name: str) -> JsonObject:
        """Give an object; missing is empty."""
        found = self.value.get(name, {})
        if not isinstance(found, dict):
            raise self.wrong(name)
        return found

    def inner(self, name: str) -> "tuple[Members, ...]":
        """Give the objects of a list; missing is empty."""
        found = self.value.get(name, [])
        if not isinstance(found, list):
            raise self.wrong(name)
        return tuple(
            Members(each, f"{self._where}.{name}[{place}]", self._code) for place, each in enumerate(found)
        )
