"""Visits to elders: who goes, what is known of each home, plans, visits and alarms."""

from graph.schema.shared import FOLLOWED, SCOPED, VERSIONED, T, flags, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
VISITS = (
    # Its key is that of the volunteer or the social worker.
    NodeType(
        "Visitor",
        (key(), *strings("kind"), Property("station_id", required=True, indexed=True), *lists("hours", "leave"),
         *integers("most_visits"), *strings("sex"), *SCOPED, *VERSIONED),
    ),
    # Its key is the resident's.
    NodeType(
        "VisitCare",
        (key(), *strings("usual_visitor_id"), *lists("hours", "device_ids"), *integers("service_min"),
         *strings("skill", "licence", "sex", "risk", "alarm_consent_by", "alarm_consent_taken_by"),
         Property("alarm_consent_at", T.TIMESTAMP), *SCOPED, *VERSIONED, *FOLLOWED),
    ),
    NodeType(
        "VisitPlan",
        (key(), Property("state", required=True), Property("station_id", required=True, indexed=True),
         Property("day", T.DATE, required=True), *integers("seed", "visits", "travel_min", "cost", "bound", "moved"),
         Property("gap", T.DOUBLE), *lists("unvisited", "lifted", "absent"), *strings("day_digest", "plan_digest",
         "rules_id", "created_by", "published_by"), Property("created_at", T.TIMESTAMP, required=True),
         Property("published_at", T.TIMESTAMP), *SCOPED, *VERSIONED),
    ),
    # What was written down of a visit in ``note`` is read by the desk and by who wrote it alone.
    NodeType(
        "Visit",
        (key(), Property("plan_id", indexed=True), Property("resident_id", required=True, indexed=True),
         Property("visitor_id", indexed=True), *strings("station_id", "channel"),
         Property("state", required=True, indexed=True), Property("day", T.DATE, required=True),
         Property("window_start", T.TIMESTAMP), Property("window_end", T.TIMESTAMP), *integers("travel_min"),
         *flags("pinned", "moved"), *strings("outcome", "note", "logged_by", "need_id"),
         Property("logged_at", T.TIMESTAMP), Property("next_due", T.DATE), *SCOPED, *VERSIONED, *FOLLOWED),
    ),
    NodeType(
        "Alarm",
        (key(), Property("resident_id", required=True, indexed=True), *strings("kind", "source", "device_id",
         "need_id", "ground", "raised_by", "detail"), Property("raised_at", T.TIMESTAMP),
         Property("received_at", T.TIMESTAMP, required=True), *SCOPED),
    ),
)
