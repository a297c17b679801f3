"""Who may be in difficulty: members of groups at risk, alerts, passes over a city, rules that regions propose."""

from graph.schema.shared import SCOPED, VALID, VERSIONED, T, flags, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
ALERTS = (
    # A person in a group: from the day of the pass that found them to that of the one that no longer did. ``child``
    # marks what a look at children's situations found; its roles alone see it (HC-25).
    NodeType(
        "RiskMembership",
        (key(), Property("group_code", required=True, indexed=True), Property("resident_id", required=True,
         indexed=True), *strings("household_id", "evidence", "rules_id"), Property("child", T.BOOL, required=True),
         *VALID, *SCOPED),
    ),
    # Its key names rule, person and number, so that two passes at once raise it once.
    NodeType(
        "Alert",
        (key(), Property("rule", required=True, indexed=True), Property("resident_id", required=True, indexed=True),
         *strings("household_id", "family", "priority", "need_category", "rules_id", "evidence", "facts"),
         *integers("number", "quiet_days"), Property("child", T.BOOL, required=True),
         Property("state", required=True, indexed=True), Property("station_id", indexed=True),
         Property("raised_at", T.TIMESTAMP, required=True), Property("raised_on", T.DATE, required=True),
         Property("due_on", T.DATE, required=True), Property("escalated_at", T.TIMESTAMP),
         *strings("escalated_to", "outcome", "reason", "note", "need_id", "moved_to", "decided_by"),
         Property("decided_at", T.TIMESTAMP), Property("decided_on", T.DATE), *SCOPED, *VERSIONED),
    ),
    # One pass over a city; ``counts`` leaves out what is child protection's.
    NodeType(
        "AlertRun",
        (key(), *strings("rules", "counts", "actor_id"), Property("day", T.DATE, required=True),
         Property("at", T.TIMESTAMP, required=True), Property("region_path", required=True, indexed=True)),
    ),
    # A file of rules that somebody tried, and whether it was adopted. Its key is the digest of its text and region.
    NodeType(
        "AlertRuleSet",
        (key(), Property("state", required=True, indexed=True), *strings("content", "summary", "tried_by",
         "adopted_by"), Property("tried_at", T.TIMESTAMP, required=True), Property("tried_day", T.DATE),
         Property("adopted_at", T.TIMESTAMP), *flags("child"), Property("region_path", required=True, indexed=True),
         *VERSIONED),
    ),
)
