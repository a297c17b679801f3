"""Funds, donations, goods and published accounts."""

from graph.schema.shared import PLACED, SCOPED, SOURCED, VALID, VERSIONED, T, integers, key, lists, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
GIVING = (
    NodeType(
        "Fund",
        (key(), Property("name", required=True), *strings("type"), Property("organisation_id", required=True,
         indexed=True), *SCOPED, *lists("categories", "situations", "restricted_regions", "manager_ids"), *VALID,
         *integers("received_fen", "reserved_fen", "spent_fen", "case_cap_fen"), *VERSIONED, *SOURCED),
    ),
    NodeType(
        "Donation",
        (key(), *strings("kind", "state", "donor_name", "donor_kind", "donor_id"),
         Property("fund_id", indexed=True), *integers("amount_fen"), Property("given_on", T.DATE),
         *strings("restriction_text", "passed_on_for", "note"), *SCOPED, *SOURCED),
    ),
    NodeType(
        "InKindOffer",
        (key(), Property("item", required=True, indexed=True), *strings("item_text", "specification", "unit"),
         *integers("quantity", "reserved_quantity"),
         *strings("owner_id", "donation_id", "restricted_to"), Property("expires", T.DATE), *SCOPED, *PLACED,
         *VERSIONED, *SOURCED),
    ),
    NodeType(
        "ServiceOffer",
        (key(), *strings("kind", "title", "detail", "provider_id", "unit", "contact"), *integers("capacity"),
         *lists("openings"), *SCOPED, *SOURCED),
    ),
    # What people really handed out, as published: the yardstick a plan is compared with.
    NodeType(
        "GoodsIssue",
        (key(), *strings("receiver_id", "receiver_name", "donor_name", "item", "item_text", "specification",
         "unit"), *integers("quantity", "value_fen"), Property("issued_on", T.DATE), *SCOPED, *SOURCED),
    ),
    # A line of a published statement of account: a figure that somebody printed, never added to a fund.
    NodeType(
        "StatementLine",
        (key(), *strings("organisation_id", "title", "period", "measure"), *integers("amount_fen"), *SCOPED,
         *SOURCED),
    ),
)
