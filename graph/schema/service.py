"""Work orders, the events that time them, and what people are told."""

from graph.schema.shared import FOLLOWED, PLACED, SCOPED, VERSIONED, T, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
SERVICE = (
    # One visit of one person, voluntary or paid, from its plan to its minutes; its claim is in ``claim_id``.
    NodeType(
        "WorkOrder",
        (key(), *strings("need_id", "volunteer_id", "worker_id", "paid_by"), Property("claim_id", indexed=True),
         Property("state", required=True, indexed=True), Property("window_start", T.TIMESTAMP),
         Property("window_end", T.TIMESTAMP), Property("checked_in_at", T.TIMESTAMP),
         Property("checked_out_at", T.TIMESTAMP), *integers("minutes", "planned_min"), *lists("flags"),
         *strings("review", "review_reason", "reviewed_by"), *lists("reviewed_flags"),
         *integers("reviewed_minutes", "rate_fen_per_hour", "paid_fen"), *strings("payment_reference", "report"),
         Property("opened_at", T.TIMESTAMP), *SCOPED, *PLACED, *VERSIONED, *FOLLOWED),
    ),
    # Something a device or a person reported; never edited. What looks wrong waits for a person in ``flags``.
    NodeType(
        "CheckEvent",
        (key(), Property("work_order_id", required=True, indexed=True), *strings("kind", "method", "state"),
         Property("reported_at", T.TIMESTAMP), Property("received_at", T.TIMESTAMP, required=True),
         *PLACED, *integers("accuracy_m"),
         *strings("device_id", "actor_id", "note", "field", "confirmed_by"), *integers("device_version", "skew_s"),
         Property("at", T.TIMESTAMP), *strings("digest"), *lists("flags"),
         Property("region_path", required=True)),
    ),
    NodeType(
        "Notice",
        (key(), Property("recipient_id", required=True, indexed=True), *strings("code", "subject_id", "parameters"),
         Property("created_at", T.TIMESTAMP, required=True), Property("read_at", T.TIMESTAMP),
         Property("region_path", required=True), *FOLLOWED),
    ),
    # A notice on its way out by one channel; written in the transaction that writes the notice.
    NodeType(
        "OutboxMessage",
        (key(), *strings("notice_id", "channel"), Property("state", required=True, indexed=True),
         *integers("attempts"), Property("next_try_at", T.TIMESTAMP), *strings("last_error"),
         Property("created_at", T.TIMESTAMP, required=True)),
    ),
)
