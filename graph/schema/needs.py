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
         *strings("subject_kind"), Property("subject_id", indexed=True), Property("receipt", indexed=True),
         *lists("situations"),
         Property("window_starts", T.STRING_LIST), Property("window_ends", T.STRING_LIST),  # ISO 8601 UTC
         *integers("duration_min", "amount_fen", "policy_aid_fen", "insurance_fen"),
         *flags("partial_allowed", "with_child", "home_visit", "demanding", "consent_recorded"),
         *strings("risk", "posted_by", "verified_by"), Property("posted_at", T.TIMESTAMP),
         *strings("round_id", "trust"),
         *strings("cost_class"),  # of a cost that a charity bears besides help itself (HC-04)
         # Who handles it: the deepest open station that serves its region.
         Property("station_id", indexed=True),
         # Clocks: when the state began, when it is overdue, and which step of its clock comes next and when.
         Property("state_since", T.TIMESTAMP), Property("due_at", T.TIMESTAMP),
         Property("tick_at", T.TIMESTAMP, indexed=True), *integers("clock_step"),
         # Milestones for figures: each the first time.
         Property("verified_at", T.TIMESTAMP), Property("matched_at", T.TIMESTAMP),
         Property("fulfilled_at", T.TIMESTAMP), *integers("days_to_fulfil"),
         # Consent: from whom, when, for what, taken down by whom.
         *strings("consent_given_by", "consent_purpose", "consent_taken_by"), Property("consent_at", T.TIMESTAMP),
         *flags("risk_disclosed", "accepted_in_part"),
         *strings("contact_tail", "duplicate_reason", "checked_by"), *lists("possible_duplicates"),
         Property("series_id", indexed=True), Property("occurs_at", T.TIMESTAMP),
         *VERSIONED, *SOURCED),
    ),
    # A rule by which needs return: each occurrence is a need of its own, keyed by the series and its civil time.
    NodeType(
        "NeedSeries",
        (key(), *strings("title", "category", "template", "rule", "starts_at"), Property("state", required=True,
         indexed=True), *lists("exceptions"), *strings("subject_id"), *integers("length_min", "horizon_days"),
         *strings("posted_by", "verified_by", "evidence", "stop_reason"), Property("posted_at", T.TIMESTAMP),
         Property("stopped_at", T.TIMESTAMP), Property("made_until", T.TIMESTAMP), *SCOPED, *VERSIONED, *SOURCED),
    ),
    # People who sit together on a need that is stuck: who owns it, until when, and what they decided.
    NodeType(
        "CaseConference",
        (key(), Property("need_id", required=True, indexed=True), Property("state", required=True, indexed=True),
         *strings("reason", "owner_id", "opened_by", "decided_by", "decision", "minutes"), *lists("members"),
         Property("opened_at", T.TIMESTAMP, required=True), Property("due_at", T.TIMESTAMP, required=True),
         Property("decided_at", T.TIMESTAMP), Property("region_path", required=True, indexed=True), *VERSIONED),
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
    NodeType(
        "NeedTransition",
        (key(), Property("need_id", required=True, indexed=True), *strings("before", "after", "actor_id", "reason"),
         *strings("round_id"), Property("at", T.TIMESTAMP, required=True), Property("region_path", required=True)),
    ),
)
