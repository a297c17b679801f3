"""Organisations, stations and service points."""

from graph.schema.shared import PLACED, SCOPED, SOURCED, flags, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
ORGANISATIONS = (
    NodeType(
        "Organisation",
        (key(), Property("kind", required=True, indexed=True), Property("name", required=True),
         *strings("credit_code", "address", "contact"), *lists("aliases"), *flags("public_raising"),
         *SCOPED, *PLACED, *SOURCED),
    ),
    NodeType(
        "Station",
        (key(), *strings("kind", "name", "parent_id"), *SCOPED, *PLACED, *SOURCED),
    ),
    NodeType(
        "ServicePoint",
        (key(), *strings("name", "organisation_id", "address", "contact"), *lists("services"),
         *integers("capacity"), *SCOPED, *PLACED, *SOURCED),
    ),
)
