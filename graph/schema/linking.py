"""Which person a row is about: runs, questions for people, and what they decided."""

from graph.schema.shared import VERSIONED, T, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
LINKING = (
    # One pass over all rows: what it found, and by which rules.
    NodeType(
        "LinkRun",
        (key(), *strings("rules", "counts", "asked", "actor_id"), Property("at", T.TIMESTAMP, required=True)),
    ),
    # A pair that nobody but a person may decide: a row of a department and a resident who may be meant, or two
    # organisations. Its key names the pair, so that a pair is asked about once.
    NodeType(
        "LinkReview",
        (key(), *strings("kind"), Property("row_id", required=True, indexed=True), Property("person_id", required=True,
         indexed=True), Property("reason", required=True), Property("state", required=True, indexed=True),
         Property("probability", T.DOUBLE), *strings("evidence"), Property("opened_at", T.TIMESTAMP, required=True),
         Property("due_on", T.DATE, required=True), *strings("note", "first_by", "decided_by"),
         Property("first_at", T.TIMESTAMP), Property("decided_at", T.TIMESTAMP), Property("region_path",
         required=True, indexed=True), *VERSIONED),
    ),
    # What a person decided of a pair; appended, never edited. An APART that nothing supersedes keeps the two apart.
    NodeType(
        "LinkDecisionRecord",
        (key(), Property("row_id", required=True, indexed=True), Property("person_id", required=True, indexed=True),
         Property("outcome", required=True), *strings("review_id", "first_by", "decided_by", "reason",
         "supersedes"), Property("superseded", T.BOOL), Property("at", T.TIMESTAMP, required=True),
         Property("region_path", required=True)),
    ),
    # Somebody joined or left a household, as the register of one import said against the one before.
    NodeType(
        "MembershipChange",
        (key(), Property("household_id", required=True, indexed=True), Property("resident_id", required=True,
         indexed=True), Property("kind", required=True), *strings("source_id"), Property("seen_at", T.TIMESTAMP,
         required=True), Property("region_path", required=True, indexed=True)),
    ),
    # A household's file as it stood when somebody worked with it or an import changed it.
    NodeType(
        "HouseholdFileVersion",
        (key(), Property("household_id", required=True, indexed=True), *integers("number"), *strings("content",
         "digest", "cause", "made_by"), Property("at", T.TIMESTAMP, required=True), Property("region_path",
         required=True, indexed=True)),
    ),
    # One household, one plan: what is to be reached, by whom, until when. Its versions are kept for ever.
    NodeType(
        "ServicePlan",
        (key(), Property("household_id", required=True, indexed=True), Property("state", required=True,
         indexed=True), *strings("goals", "responsible", "opened_by", "outcome"), Property("review_on", T.DATE),
         Property("opened_at", T.TIMESTAMP, required=True), Property("closed_at", T.TIMESTAMP),
         Property("region_path", required=True, indexed=True), *VERSIONED),
    ),
    NodeType(
        "ServicePlanVersion",
        (key(), Property("plan_id", required=True, indexed=True), *integers("number"), *strings("state", "goals",
         "responsible", "cause", "made_by"), Property("review_on", T.DATE), Property("at", T.TIMESTAMP,
         required=True), Property("region_path", required=True)),
    ),
)
