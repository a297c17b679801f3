"""Lists compared with the lists before them: what was found, whom it sends to whom, and statuses that ended."""

from graph.schema.shared import VERSIONED, T, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
COMPARING = (
    # One comparison of two lists. Its key names both, so the same two give the same run.
    NodeType(
        "CompareRun",
        (key(), *strings("rules", "about", "title", "before_file", "after_file", "before_digest", "after_digest",
         "counts", "actor_id"), *lists("departments", "events"), *integers("before_rows", "after_rows", "lines"),
         Property("compared_on", T.DATE, required=True), Property("at", T.TIMESTAMP, required=True),
         # the smallest division that holds all it looked at: who lies in it, or holds it, sees that it was made
         Property("region_path", required=True)),
    ),
    # What one run found of one row; it says what it said then, whatever becomes of the row.
    NodeType(
        "CompareLine",
        (key(), Property("run_id", required=True, indexed=True), Property("kind", required=True),
         *strings("row_id", "row_before", "number", "number_before", "department", "event", "changes"),
         Property("person_id", indexed=True), *strings("household_id"), *integers("source_row", "source_row_before"),
         Property("region_path", required=True, indexed=True)),
    ),
    # A household on a list of people in difficulty that nothing covers: one task, whichever run finds it again.
    NodeType(
        "CoverageTask",
        (key(), Property("subject_id", required=True, indexed=True), *strings("person_id", "household_id"),
         Property("state", required=True, indexed=True), *lists("lists", "lacking"), *strings("station_id",
         "owner_id", "opening_run_id", "last_run_id", "outcome", "note", "decided_by"),
         Property("opened_at", T.TIMESTAMP, required=True), Property("due_on", T.DATE, required=True),
         Property("decided_at", T.TIMESTAMP), Property("region_path", required=True, indexed=True), *VERSIONED),
    ),
    # A status that a list showed to have ended, and the open needs that are looked at again because of it.
    NodeType(
        "StatusEnd",
        (key(), Property("run_id", required=True, indexed=True), Property("person_id", required=True, indexed=True),
         *strings("household_id", "ground", "row_id", "department", "event"), Property("state", required=True,
         indexed=True), *lists("need_ids"), *strings("steps", "undone_by", "undone_note"), Property("ended_on", T.DATE,
         required=True), Property("at", T.TIMESTAMP, required=True), Property("undone_at", T.TIMESTAMP),
         Property("region_path", required=True, indexed=True), *VERSIONED),
    ),
)
