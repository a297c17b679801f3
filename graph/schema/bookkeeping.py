"""Imports, audit, migrations, leases."""

from graph.schema.shared import T, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
BOOKKEEPING = (
    NodeType(
        "ImportBatch",
        (key(), *strings("mapping", "actor_id", "state", "report"), Property("started_at", T.TIMESTAMP),
         Property("finished_at", T.TIMESTAMP), *strings("undone_by"), Property("undone_at", T.TIMESTAMP)),
    ),
    NodeType(
        "ImportChange",
        (key(), Property("batch_id", required=True, indexed=True), *strings("kind", "label", "other_label"),
         Property("node_id", indexed=True), *strings("other_id", "before", "after"),
         Property("recorded_at", T.TIMESTAMP, required=True), Property("undone_at", T.TIMESTAMP)),
    ),
    NodeType(
        "SourceTable",
        (key(), *strings("batch_id", "file_name", "file_digest", "sheet", "mapping", "columns"),
         *integers("header_row"), Property("recorded_at", T.TIMESTAMP),
         # which tables are the same list sent again, digests of its rows that gave no issue, and how many rows were
         # passed over because the table before it showed them
         Property("series", indexed=True), *strings("row_digests"), *integers("rows_repeated")),
    ),
    NodeType(
        "IdempotencyRecord",
        (key(), *strings("request_hash", "response"), Property("recorded_at", T.TIMESTAMP, required=True)),
    ),
    NodeType(
        "AuditHead",
        (key(), *integers("sequence"), *strings("hash", "locked_by")),
    ),
    NodeType(
        "AuditEntry",
        (key(), *strings("chain"), Property("sequence", T.INT64, required=True, indexed=True),
         Property("at", T.TIMESTAMP, required=True), *strings("actor_id", "operation", "object_id", "object_hash",
         "detail", "previous_hash", "hash")),
    ),
    NodeType(
        "SchemaMigration",
        (key(), *strings("name", "checksum"), Property("applied_at", T.TIMESTAMP)),
    ),
    NodeType(
        "Lease",
        (key(), *strings("holder", "wanted_by"), Property("until", T.TIMESTAMP), *integers("token")),
    ),
)
