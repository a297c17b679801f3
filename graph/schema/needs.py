"""Needs, their parts, who holds them, and the steps they went through."""

from graph.schema.shared import PLACED, SCOPED, SOURCED, VERSIONED, T, flags, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
NEEDS = (
    NodeType(
        "Need",
        (key(), *strings("kind", "category", "title", "detail"), Property("state", required=True, indexed=True),
         Property("urgency", required=True), *SCOPED, *PLACED,
         *strings("subject_kind"), Property("subject_id", indexed=True), *strings("receipt"),
         *lists("situations"),
         Property("window_starts", T.STRING_LIST), Property("window_ends", T.STRING_LIST),  # ISO 8601 UTC
         *integers("duration_min", "amount_fen", "policy_aid_fen", "insurance_fen"),
         *flags("partial_allowed", "with_child", "home_visit", "demanding", "consent_recorded"),
         *strings("risk", "posted_by", "verified_by"), Property("posted_at", T.TIMESTAMP),
         *strings("round_id", "trust"), *VERSIONED, *SOURCED),
    ),
    NodeType(
        "NeedSlot",
        (key(), Property("need_id", required=True, indexed=True), *integers("position"),
         *strings("skill", "licence"), Property("region_path", required=True)),
    ),
    NodeType(
        "NeedItem",
        (key(), Property("need_id", required=True, indexed=True), *strings("item", "item_text", "unit"),
         *integers("quantity"), Property("region_path", required=True), *SOURCED),
    ),
    # One row while somebody holds the slot. Its key is the slot's id, so both engines refuse a second one.
    NodeType(
        "SlotHold",
        (key(), *strings("claim_id", "volunteer_id")),
    ),
    NodeType(
        "Claim",
        (key(), *strings("need_id", "slot_id"), Property("volunteer_id", required=True, indexed=True),
         Property("state", required=True), Property("window_start", T.TIMESTAMP),
         Property("window_end", T.TIMESTAMP), Property("claimed_at", T.TIMESTAMP, required=True),
         *strings("claimed_by"), Property("region_path", required=True), *VERSIONED),
    ),
    NodeType(
        "NeedTransition",
        (key(), Property("need_id", required=True, indexed=True), *strings("before", "after", "actor_id", "reason"),
         *strings("round_id"), Property("at", T.TIMESTAMP, required=True), Property("region_path", required=True)),
    ),
)
