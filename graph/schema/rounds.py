"""Matching rounds and what they propose."""

from graph.schema.shared import FOLLOWED, SCOPED, VERSIONED, T, flags, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
ROUNDS = (
    NodeType(
        "Round",
        (key(), Property("state", required=True), *SCOPED, Property("as_of", T.TIMESTAMP, required=True),
         *strings("policy_id", "snapshot_digest", "plan_digest", "status"),
         *integers("seed", "needs", "fulfilled", "amount_allocated_fen", "value", "bound"),
         Property("gap", T.DOUBLE), *strings("summary"), *strings("created_by", "published_by"),
         Property("created_at", T.TIMESTAMP, required=True), Property("published_at", T.TIMESTAMP), *VERSIONED),
    ),
    NodeType(
        "Proposal",
        (key(), Property("round_id", required=True, indexed=True), *strings("kind"),
         Property("state", required=True), Property("need_id", required=True, indexed=True),
         *strings("slot_id", "volunteer_id", "fund_id", "offer_id", "need_item_id"),
         *integers("amount_fen", "quantity"),
         Property("window_start", T.TIMESTAMP), Property("window_end", T.TIMESTAMP),
         *integers("distance_m"), *strings("reason_code", "reason_parameters"),
         Property("region_path", required=True), *VERSIONED,
         *strings("accepted_by", "accepted_by_participant"),  # account, and whom it stands for
         *strings("earmark_id"),  # the part of the fund that pays
         *strings("review_path"),  # how a giver is near to the receiver: a person looks first
         *FOLLOWED),
    ),
    NodeType(
        "NeedOutcome",
        (key(), Property("round_id", required=True, indexed=True), Property("need_id", required=True),
         *flags("fulfilled"), *strings("reason_code", "reason_parameters"), *integers("need_version"),
         Property("region_path", required=True)),
    ),
    NodeType(
        "VolunteerOutcome",
        (key(), Property("round_id", required=True, indexed=True), Property("volunteer_id", required=True),
         *strings("reason_code", "reason_parameters"), Property("region_path", required=True)),
    ),
)
