"""Who holds a slot, who waits for one, who is asked, who is invited, and how each may be reached."""

from graph.schema.shared import FOLLOWED, VERSIONED, T, flags, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
ENGAGEMENT = (
    # One row while somebody holds the slot: a claim, an organisation's holding, or an offer to who waits first
    # (``kind`` says which, ``claim_id`` names it). Its key is the slot's id, so both engines refuse a second one.
    NodeType(
        "SlotHold",
        (key(), *strings("claim_id", "volunteer_id", "kind")),
    ),
    NodeType(
        "Claim",
        (key(), Property("need_id", indexed=True), *strings("slot_id"),
         Property("volunteer_id", required=True, indexed=True),
         Property("state", required=True, indexed=True), Property("window_start", T.TIMESTAMP),
         Property("window_end", T.TIMESTAMP), Property("claimed_at", T.TIMESTAMP, required=True),
         *strings("claimed_by"), Property("region_path", required=True), *VERSIONED,
         *strings("organisation_id"), Property("confirm_asked_at", T.TIMESTAMP),
         Property("confirmed_at", T.TIMESTAMP), Property("at_risk_at", T.TIMESTAMP),
         Property("ended_at", T.TIMESTAMP), *integers("lead_minutes"), *strings("ended_by", "end_reason"),
         # the other promise of the same person for that time, found when two records of theirs were merged
         *strings("doubles"), *FOLLOWED),
    ),
    # A team or an enterprise keeps a slot and names who will come; the slot falls free at ``name_by``.
    NodeType(
        "SlotHolding",
        (key(), *strings("slot_id"), Property("need_id", required=True, indexed=True),
         Property("organisation_id", required=True, indexed=True), Property("state", required=True, indexed=True),
         Property("held_at", T.TIMESTAMP, required=True), Property("name_by", T.TIMESTAMP, required=True),
         *strings("held_by"), Property("region_path", required=True), *VERSIONED),
    ),
    # One person is asked whether they take one slot. No claim comes of it without their yes (HC-05, HC-26).
    NodeType(
        "SlotOffer",
        (key(), *strings("kind", "slot_id"), Property("need_id", required=True, indexed=True),
         Property("volunteer_id", required=True, indexed=True), Property("state", required=True, indexed=True),
         Property("offered_at", T.TIMESTAMP, required=True), Property("expires_at", T.TIMESTAMP, required=True),
         Property("answered_at", T.TIMESTAMP), *integers("wave"), Property("window_start", T.TIMESTAMP),
         Property("window_end", T.TIMESTAMP), *strings("replaces", "holding_id", "offered_by"),
         Property("region_path", required=True), *VERSIONED, *FOLLOWED),
    ),
    NodeType(
        "WaitingEntry",
        (key(), Property("need_id", required=True, indexed=True),
         Property("volunteer_id", required=True, indexed=True), Property("state", required=True, indexed=True),
         Property("joined_at", T.TIMESTAMP, required=True), Property("region_path", required=True), *VERSIONED,
         *FOLLOWED),
    ),
    # Somebody was asked to become a volunteer; they are one by their own act alone (HC-30).
    NodeType(
        "Invitation",
        (key(), *strings("name", "region_id", "organisation_id", "invited_by"),
         Property("code_hash", required=True, indexed=True), Property("state", required=True, indexed=True),
         Property("invited_at", T.TIMESTAMP, required=True), Property("expires_at", T.TIMESTAMP, required=True),
         Property("answered_at", T.TIMESTAMP), *strings("volunteer_id"), Property("region_path", required=True),
         *VERSIONED),
    ),
    # Its key is whom it is about: a volunteer, a social worker, an organisation, a station.
    NodeType(
        "ContactPreference",
        (key(), *lists("channels"), *strings("mail_address", "locale"),
         *integers("quiet_start_min", "quiet_end_min", "weekly_offers"), *flags("accepts_offers"), *VERSIONED),
    ),
)
