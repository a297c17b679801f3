"""Groups of properties that many labels have: keys, sources, scope, places, validity."""

from graph.schema.types import Property, PropertyType

T = PropertyType


def key() -> Property:
    """The key of a label, ``id``."""
    return Property("id", required=True)


SOURCED = (
    Property("source_id", required=True),
    Property("source_row", T.INT64, required=True),
    Property("recorded_at", T.TIMESTAMP, required=True),
)
SCOPED = (
    Property("region_id"),
    Property("region_path", required=True, indexed=True),
)
PLACED = (
    Property("longitude_deg", T.DOUBLE),
    Property("latitude_deg", T.DOUBLE),
    Property("place_made_up", T.BOOL),
)
VALID = (Property("valid_from", T.DATE), Property("valid_to", T.DATE))
VERSIONED = (Property("version", T.INT64, required=True),)
EDGE = (*VALID, Property("source_id", required=True), Property("confidence", T.DOUBLE))


def strings(*names: str) -> tuple[Property, ...]:
    """Optional text properties."""
    return tuple(Property(name) for name in names)


def integers(*names: str) -> tuple[Property, ...]:
    """Optional whole-number properties."""
    return tuple(Property(name, T.INT64) for name in names)


def flags(*names: str) -> tuple[Property, ...]:
    """Optional yes-or-no properties."""
    return tuple(Property(name, T.BOOL) for name in names)


def lists(*names: str) -> tuple[Property, ...]:
    """Optional lists of text."""
    return tuple(Property(name, T.STRING_LIST) for name in names)


FOLLOWED = (Property("recorded_for"),)
"""Whose it was before two records of one person were merged; null where it is with whom it was recorded for."""

ID_NUMBER = (Property("id_number_hash", indexed=True), Property("id_number_mask"))
"""Of a number its keyed hash and its mask, which is sealed: what linking finds people by, and what a desk sees."""
