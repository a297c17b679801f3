"""Sealed identity numbers and their keys, acts of consent, who read what, and what people ask about themselves."""

from graph.schema.shared import VERSIONED, T, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
PROTECTION = (
    # A key of one registry, sealed by an envelope key that is not in the graph.
    NodeType(
        "SealingKey",
        (key(), Property("registry", required=True, indexed=True), *integers("number", "joins"), *strings("cipher",
         "envelope", "wrapped"), Property("created_at", T.TIMESTAMP, required=True),
         Property("retired_at", T.TIMESTAMP)),
    ),
    # The full number of a volunteer, under the volunteer's id.
    NodeType(
        "SealedIdentity",
        (key(), Property("key_id", required=True, indexed=True), *strings("sealed"),
         Property("blind_index", required=True, indexed=True), Property("sealed_at", T.TIMESTAMP, required=True),
         Property("region_path", required=True)),
    ),
    # An act of consent or its withdrawal; appended, never edited but for names when somebody is erased.
    NodeType(
        "ConsentAct",
        (key(), Property("volunteer_id", required=True, indexed=True), Property("kind", required=True),
         *strings("text_id", "text_digest", "locale", "channel", "given_by", "giver_name", "relation", "taken_by"),
         Property("at", T.TIMESTAMP, required=True), Property("region_path", required=True)),
    ),
    # Somebody saw a full number: who, whose, for what.
    NodeType(
        "IdentityReading",
        (key(), Property("volunteer_id", required=True, indexed=True), Property("reader_id", required=True),
         Property("purpose", required=True), *strings("reason", "order_number"),
         Property("at", T.TIMESTAMP, required=True), Property("region_path", required=True, indexed=True)),
    ),
    # How often an account did something within an hour or a day: the key names all three.
    NodeType("Allowance", (key(), *integers("used"), Property("ends_at", T.TIMESTAMP, required=True))),
    # Somebody asked at a station how they stand; the code on their slip opens it, with the number's last four.
    NodeType(
        "RegistrationEnquiry",
        (key(), Property("code_digest", required=True, indexed=True), *strings("tail_digest", "resident_id"),
         Property("volunteer_id", indexed=True), Property("asked_by", required=True),
         Property("asked_at", T.TIMESTAMP, required=True), Property("expires_at", T.TIMESTAMP, required=True),
         Property("region_path", required=True)),
    ),
    NodeType(
        "DataRequest",
        (key(), Property("volunteer_id", required=True, indexed=True), Property("kind", required=True),
         Property("state", required=True, indexed=True), *strings("channel", "asked_by", "decided_by", "reason",
         "done_by", "digest"), Property("asked_at", T.TIMESTAMP, required=True), Property("decided_at", T.TIMESTAMP),
         Property("done_at", T.TIMESTAMP), Property("region_path", required=True, indexed=True), *VERSIONED),
    ),
)
