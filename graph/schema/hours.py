"""The ledger of hours, what follows from it, and the certificates that say so."""

from graph.schema.shared import FOLLOWED, SCOPED, VERSIONED, T, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
HOURS = (
    # One service of one volunteer, and the account its minutes stand on now; its entries say how it came there.
    NodeType(
        "HoursRecord",
        (key(), Property("volunteer_id", required=True, indexed=True), *strings("kind"),
         Property("state", required=True, indexed=True), *integers("minutes"), *strings("work_order_id", "need_id",
         "title", "frozen_from", "evidence", "recorded_by", "countersigned_by", "disputed_by", "dispute_reason"),
         Property("served_start", T.TIMESTAMP), Property("served_end", T.TIMESTAMP),
         Property("recorded_at", T.TIMESTAMP, required=True), Property("region_path", required=True), *VERSIONED,
         *FOLLOWED),
    ),
    # A line of the ledger: minutes leave ``debit`` and come to ``credit``. Written once, never edited.
    NodeType(
        "HoursEntry",
        (key(), Property("volunteer_id", required=True, indexed=True), *integers("sequence"),
         Property("record_id", required=True, indexed=True), *strings("kind", "debit", "credit"),
         *integers("minutes"), *strings("reason", "actor_id"), Property("at", T.TIMESTAMP, required=True),
         Property("region_path", required=True)),
    ),
    # What the entries of one volunteer sum to, kept beside them; ``zhulian hours prove`` compares the two.
    NodeType(
        "HoursAccount",
        (key(), Property("volunteer_id", required=True, indexed=True), *strings("account"),
         *integers("balance_min", "entries")),
    ),
    # A star that is to be granted, shown in public for some working days first.
    NodeType(
        "StarNotice",
        (key(), Property("volunteer_id", required=True, indexed=True), *strings("level", "rule_id"),
         Property("state", required=True, indexed=True), *integers("minutes"),
         Property("published_on", T.DATE), Property("ends_on", T.DATE), Property("granted_on", T.DATE),
         *SCOPED, *VERSIONED, *FOLLOWED),
    ),
    NodeType(
        "StarObjection",
        (key(), Property("notice_id", required=True, indexed=True), *strings("raised_by", "reason", "state",
         "decided_by", "decision"), Property("raised_at", T.TIMESTAMP, required=True),
         Property("decided_at", T.TIMESTAMP), Property("region_path", required=True)),
    ),
    # A record certificate as it was signed; its own key is the unguessable code on it.
    NodeType(
        "ServiceCertificate",
        (key(), Property("serial", required=True, indexed=True), Property("volunteer_id", required=True,
         indexed=True), Property("state", required=True), *strings("organisation_id", "content", "payload", "key_id",
         "issued_by", "revoked_by", "revoked_reason"), *integers("minutes", "prints"),
         Property("issued_at", T.TIMESTAMP, required=True), Property("revoked_at", T.TIMESTAMP),
         Property("region_path", required=True), *VERSIONED, *FOLLOWED),
    ),
    # The last number given out of one series, such as a region's certificates of one year.
    NodeType("Series", (key(), *integers("last"))),
)
