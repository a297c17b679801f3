"""What everybody may read of needs, and who asked to be told of new ones."""

from graph.schema.shared import T, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
PUBLIC = (
    # A need as the public sees it, under the need's own id. ``shown_path`` and ``owner`` are as coarse as
    # anonymity asks; ``region_path`` is the need's own, for scope, and is never shown.
    NodeType(
        "Publication",
        (key(), Property("state", required=True, indexed=True), *strings("title", "body", "owner", "shown_path"),
         Property("category", required=True, indexed=True), *strings("kind"), *integers("crowd", "amount_fen"),
         Property("published_at", T.TIMESTAMP, required=True), *strings("published_by", "ended_by", "ended_why"),
         Property("ended_at", T.TIMESTAMP), Property("told_at", T.TIMESTAMP),
         Property("region_path", required=True)),
    ),
    NodeType(
        "Subscription",
        (key(), Property("subscriber_id", required=True, indexed=True), *lists("categories", "kinds"),
         Property("region_path", required=True), Property("created_at", T.TIMESTAMP, required=True)),
    ),
)
