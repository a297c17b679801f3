"""Two records of one registry that may be one person's: proposals, and what was decided."""

from graph.schema.shared import VERSIONED, T, flags, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
PERSONS = (
    # A pair that people decide on; its key names the pair and what is asked of it.
    NodeType(
        "PersonProposal",
        (key(), Property("left_id", required=True, indexed=True), Property("right_id", required=True, indexed=True),
         Property("reason", required=True), Property("state", required=True, indexed=True),
         Property("probability", T.DOUBLE), *strings("evidence", "opened_by", "note", "first_by", "decided_by",
         "undoes"), Property("opened_at", T.TIMESTAMP, required=True), Property("due_on", T.DATE, required=True),
         Property("decided_at", T.TIMESTAMP), Property("region_path", required=True, indexed=True), *VERSIONED),
    ),
    # What was decided of two records; appended, never edited. Who is who follows from all of them alone.
    NodeType(
        "PersonDecision",
        (key(), *integers("number"), Property("kind", required=True), Property("left_id", required=True,
         indexed=True), Property("right_id", required=True, indexed=True), Property("left_since", T.TIMESTAMP),
         Property("right_since", T.TIMESTAMP), *strings("proposal_id", "undoes", "first_by", "decided_by", "reason",
         "outcome"), *flags("overrode"), Property("at", T.TIMESTAMP, required=True), Property("region_path",
         required=True, indexed=True)),
    ),
)
