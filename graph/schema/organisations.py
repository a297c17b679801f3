"""Organisations, stations and service points."""

from graph.schema.shared import PLACED, SCOPED, SOURCED, T, flags, integers, key, lists, strings
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
        # ``kind`` held the one network of a station before there were several; step 0004 reads it.
        # ``tree_path`` lists the ids from the root down, ``depth`` counts those above; structural changes of a tree
        # bump its root's ``tree_revision``, so that two of them see each other on every engine.
        (key(), *strings("kind", "name"), Property("parent_id", indexed=True), *lists("networks", "territory"),
         Property("tree_path", indexed=True), *integers("depth", "tree_revision"),
         Property("closed_at", T.TIMESTAMP), *strings("closed_reason"), *integers("version"), *SCOPED, *PLACED,
         *SOURCED),
    ),
    NodeType(
        "ServicePoint",
        (key(), *strings("name", "organisation_id", "address", "contact"), *lists("services"),
         *integers("capacity"), *SCOPED, *PLACED, *SOURCED),
    ),
)
