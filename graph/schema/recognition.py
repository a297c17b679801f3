"""Volunteers known in another region: their keys, cases, decisions, and what counts here."""

from graph.schema.shared import FOLLOWED, VERSIONED, T, flags, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
RECOGNITION = (
    # The key that a volunteer's credentials are bound to; its own key is the thumbprint (RFC 7638).
    NodeType(
        "HolderKey",
        (key(), Property("volunteer_id", required=True, indexed=True), *strings("first_case_id"),
         Property("bound_at", T.TIMESTAMP, required=True), Property("region_path", required=True), *FOLLOWED),
    ),
    # What a verifier asked for: the nonce is good once.
    NodeType(
        "PresentationRequest",
        (key(), Property("asked_by", required=True, indexed=True), *strings("audience", "purpose", "state"),
         Property("asked_at", T.TIMESTAMP, required=True), Property("expires_at", T.TIMESTAMP, required=True),
         Property("used_at", T.TIMESTAMP), Property("region_path", required=True)),
    ),
    NodeType(
        "RecognitionCase",
        (key(), Property("volunteer_id", required=True, indexed=True), Property("state", required=True, indexed=True),
         *strings("issuer"), Property("credential_id", indexed=True), *strings("from_region", "agreement_id", "holder",
         "claims", "opened_by"),
         *integers("agreement_version"), *flags("holder_doubtful"), Property("opened_at", T.TIMESTAMP, required=True),
         Property("due_on", T.DATE), Property("region_path", required=True, indexed=True), *VERSIONED, *FOLLOWED),
    ),
    # What was decided of a case; appended, never edited.
    NodeType(
        "RecognitionDecision",
        (key(), Property("case_id", required=True, indexed=True), *integers("number"), *strings("rulings", "reason",
         "decided_by"), Property("at", T.TIMESTAMP, required=True), Property("region_path", required=True)),
    ),
    # Its key is made of issuer and subject, so that nothing counts twice, whoever presents it.
    NodeType(
        "RecognisedClaim",
        (key(), Property("case_id", required=True, indexed=True), Property("volunteer_id", required=True, indexed=True),
         Property("state", required=True), Property("kind", required=True), *strings("subject", "grants"),
         Property("issuer", required=True, indexed=True), *strings("from_region", "agreement_id", "taken_down",
         "hours_id", "ended_reason"), *integers("agreement_version", "source_min", "credited_min"),
         Property("served_start", T.TIMESTAMP), Property("served_end", T.TIMESTAMP),
         Property("period_from", T.TIMESTAMP), Property("period_to", T.TIMESTAMP), Property("valid_until", T.DATE),
         Property("recognised_at", T.TIMESTAMP, required=True), Property("ended_at", T.TIMESTAMP),
         Property("region_path", required=True), *VERSIONED, *FOLLOWED),
    ),
    # A record that was given to a volunteer; what it says is theirs, whether it holds stands on a status list.
    NodeType(
        "IssuedCredential",
        (key(), Property("volunteer_id", required=True, indexed=True), Property("state", required=True),
         Property("list", T.INT64, required=True, indexed=True), *integers("place", "minutes"), *strings("holder",
         "issued_by", "reason"), Property("issued_at", T.TIMESTAMP, required=True), Property("expires_at",
         T.TIMESTAMP, required=True), Property("changed_at", T.TIMESTAMP), Property("region_path", required=True),
         *VERSIONED, *FOLLOWED),
    ),
    NodeType(
        "RecognitionAppeal",
        (key(), Property("case_id", required=True, indexed=True), Property("state", required=True, indexed=True),
         *strings("reason", "raised_by", "decided_by", "decision"), Property("raised_at", T.TIMESTAMP, required=True),
         Property("decided_at", T.TIMESTAMP), Property("region_path", required=True, indexed=True)),
    ),
    # A settlement of one month with another region, as each side signed it, and what differs.
    NodeType(
        "Reconciliation",
        (key(), *strings("agreement_id", "period", "direction", "issuer", "theirs", "made_by"),
         *integers("items", "differences"), Property("made_at", T.TIMESTAMP, required=True),
         Property("region_path", required=True, indexed=True)),
    ),
    # Its key is made of what is settled, so that a month is opened once, by however many servers.
    NodeType(
        "ReconciliationMonth",
        (key(), *strings("agreement_id", "partner", "issuer", "month", "kind"), Property("state", required=True,
         indexed=True), *strings("reconciliation_id"), Property("opened_at", T.TIMESTAMP, required=True),
         Property("due_on", T.DATE, required=True), Property("region_path", required=True, indexed=True)),
    ),
    NodeType(
        "ReconciliationTask",
        (key(), Property("reconciliation_id", required=True, indexed=True), Property("state", required=True,
         indexed=True), *strings("kind", "credential_id", "subject", "decided_by", "note"),
         *integers("ours_min", "theirs_min"), Property("due_on", T.DATE), Property("opened_at", T.TIMESTAMP,
         required=True), Property("decided_at", T.TIMESTAMP), Property("region_path", required=True, indexed=True),
         *VERSIONED),
    ),
)
