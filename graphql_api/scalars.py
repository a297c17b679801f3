"""Scalars and small value types that the aggregates share."""

import re
from datetime import datetime
from typing import NewType

import strawberry
from graphql import GraphQLError

from domain.errors import InvalidInputError
from domain.regions import GeoPoint
from domain.time import Window

CURRENCY = "CNY"
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_LIMIT = 2**63

BigInt = NewType("BigInt", int)


def _read(value: object) -> int:
    """Read a whole number of 64 bits; text, since a client's numbers may have 53."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not _WHOLE.fullmatch(str(value)):
        raise GraphQLError("a BigInt is text of digits")
    number = int(value)
    if not -_LIMIT <= number < _LIMIT:
        raise GraphQLError("a BigInt has 64 bits")
    return number


BIG_INT = strawberry.scalar(
    name="BigInt",
    description="A whole number of 64 bits, written as text.",
    serialize=str,
    parse_value=_read,
)


@strawberry.type(description="An amount of money.")
class Money:
    """Integer fen, so that no sum is ever rounded."""

    fen: BigInt = strawberry.field(description="Whole fen (0.01 yuan).")
    currency: str = strawberry.field(description="ISO 4217 code.")


def money(fen: int) -> Money:
    """Give an amount of fen as clients see it."""
    return Money(fen=BigInt(fen), currency=CURRENCY)


def money_or_none(fen: int | None) -> Money | None:
    """Give an amount of fen, or None where none is stated."""
    return None if fen is None else money(fen)


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """Integer fen of the one currency that is kept."""

    fen: BigInt
    currency: str = CURRENCY


def fen_of(amount: MoneyInput | None, field: str) -> int:
    """
    Read an amount; none is 0.

    Raises
    ------
    InvalidInputError
        Another currency than yuan.
    """
    if amount is None:
        return 0
    if amount.currency != CURRENCY:
        raise InvalidInputError(f"amounts are kept in {CURRENCY}", field=field, value=amount.currency[:10])
    return amount.fen


@strawberry.type(name="Window", description="Half-open interval of time.")
class TimeWindow:
    """``[start, end)``."""

    start: datetime
    end: datetime


def window(found: Window) -> TimeWindow:
    """Give a window as clients see it."""
    return TimeWindow(start=found.start, end=found.end)


def window_between(start: datetime | None, end: datetime | None) -> TimeWindow | None:
    """Give a window of two bounds that are both known, else None."""
    return None if start is None or end is None else TimeWindow(start=start, end=end)


@strawberry.input(name="WindowInput", description="Half-open interval of time; both bounds with an offset.")
class TimeWindowInput:
    """``[start, end)``."""

    start: datetime
    end: datetime

    def read(self) -> Window:
        """
        Give the domain's window.

        Raises
        ------
        InvalidInputError
            A bound without an offset, or an end that is not after the start.
        """
        return Window(start=self.start, end=self.end)


@strawberry.type(description="A point on Earth.")
class Place:
    """Degrees, and whether the point is made up: then it is nobody's address."""

    longitude_deg: float
    latitude_deg: float
    made_up: bool


def place(longitude_deg: float | None, latitude_deg: float | None, *, made_up: bool) -> Place | None:
    """Give a point whose coordinates are known, else None."""
    if longitude_deg is None or latitude_deg is None:
        return None
    return Place(longitude_deg=longitude_deg, latitude_deg=latitude_deg, made_up=made_up)


@strawberry.input(description="A point on Earth, in degrees.")
class PlaceInput:
    """Longitude first, as in GeoJSON."""

    longitude_deg: float
    latitude_deg: float

    def read(self) -> GeoPoint:
        """
        Give the domain's point.

        Raises
        ------
        InvalidInputError
            Not a point on Earth.
        """
        return GeoPoint(longitude_deg=self.longitude_deg, latitude_deg=self.latitude_deg)
