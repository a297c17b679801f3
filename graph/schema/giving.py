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
         *integers("received_fen", "reserved_fen", "spent_fen", "case_cap_fen"), *VERSIONED, *SOURCED,
         # what the ledger adds: returned and transferred money; who answers for a top-up or a season
         *integers("returned_fen", "transferred_fen"), *strings("beneficiary_scope", "parent_fund_id"),
         # no money moves from ``closed_at`` on; a fund that waits for its second person stands closed
         Property("closed_at", T.TIMESTAMP), *strings("state"), *lists("siblings"),
         # who stands behind an enterprise's fund or a trust; how much an imprest holds, and may pay before papers
         *strings("sponsor_id"), *integers("float_fen", "pay_first_fen")),
    ),
    # A part of a fund with a purpose of its own, by a donor's word or a programme's budget.
    NodeType(
        "Earmark",
        (key(), Property("fund_id", required=True, indexed=True), *strings("kind", "name", "programme_id",
         "donation_id", "wording", "beneficiary_scope"), *lists("categories", "situations", "restricted_regions"),
         *VALID, *integers("case_cap_fen", "received_fen", "reserved_fen", "spent_fen", "returned_fen",
         "transferred_fen"), *lists("siblings"), Property("region_path", required=True), *VERSIONED),
    ),
    # A purpose as it stood from a day on: a fund's or an earmark's, kept for ever.
    NodeType(
        "PurposeVersion",
        (key(), Property("owner_id", required=True, indexed=True), *integers("number"), *lists("categories",
         "situations", "restricted_regions"), *VALID, *integers("case_cap_fen"), *strings("beneficiary_scope",
         "ground", "reference", "consent_donation_id", "proposed_by", "decided_by", "reason"),
         Property("fund_id", required=True, indexed=True), Property("state", required=True),
         Property("effective_from", T.DATE, required=True), Property("proposed_at", T.TIMESTAMP, required=True),
         Property("decided_at", T.TIMESTAMP), *integers("float_fen", "pay_first_fen"),
         Property("region_path", required=True), *VERSIONED),
    ),
    # A standing charity programme: what it gives for, how much a case, with which papers, in which season.
    NodeType(
        "Programme",
        (key(), Property("name", required=True), *strings("organisation_id", "template_id",
         "beneficiary_scope"), *lists("categories", "situations", "restricted_regions", "documents"),
         *integers("case_cap_fen", "season_from_day", "season_to_day"), *VALID, Property("closed_at", T.TIMESTAMP),
         *SCOPED, *VERSIONED),
    ),
    # The paper behind money that goes from one book of a charity to another.
    NodeType(
        "FundTransfer",
        (key(), Property("organisation_id", required=True, indexed=True), *strings("kind", "state"),
         Property("from_fund_id", required=True), Property("to_fund_id", required=True),
         *strings("from_earmark_id", "to_earmark_id", "ground", "reason", "proposed_by", "decided_by"),
         *integers("amount_fen"), Property("proposed_at", T.TIMESTAMP, required=True),
         Property("decided_at", T.TIMESTAMP), Property("region_path", required=True), *VERSIONED),
    ),
    NodeType(
        "Donation",
        (key(), *strings("kind", "state", "donor_name", "donor_kind", "donor_id"),
         Property("fund_id", indexed=True), *integers("amount_fen"), Property("given_on", T.DATE),
         *strings("restriction_text", "passed_on_for", "note"), *SCOPED, *SOURCED,
         *strings("channel", "earmark_id", "receipt_number", "recorded_by", "reference", "duplicate_of",
         "distinct_from", "currency"), Property("lookup_code_hash", indexed=True),
         *integers("foreign_amount", "refunded_fen", "version"), *lists("posting_ids"),
         *(Property(name, T.TIMESTAMP) for name in ("received_at", "receipted_at", "posted_at")),
         # where the donor agreed to be named in what the charity publishes; nothing there is no
         *strings("naming_reference")),
    ),
    NodeType(
        "InKindOffer",
        (key(), Property("item", required=True, indexed=True), *strings("item_text", "specification", "unit"),
         *integers("quantity", "reserved_quantity"),
         *strings("owner_id", "donation_id", "restricted_to"), Property("expires", T.DATE), *SCOPED, *PLACED,
         *VERSIONED, *SOURCED, *strings("pickup")),
    ),
    # A line of a stock's account: what people added, counted or wrote off. Written once, never edited.
    NodeType(
        "StockLine",
        (key(), Property("offer_id", required=True, indexed=True), *strings("kind", "reason", "recorded_by",
         "need_id", "proposal_id"), *integers("quantity"), Property("at", T.TIMESTAMP, required=True),
         Property("region_path", required=True)),
    ),
    NodeType(
        "ServiceOffer",
        (key(), *strings("kind", "title", "detail", "provider_id", "unit", "contact"), *integers("capacity"),
         *lists("openings"), *SCOPED, *SOURCED),
    ),
    # A wish to use a posted gift for another purpose, and who agreed to it.
    NodeType(
        "PurposeChange",
        (key(), Property("donation_id", required=True, indexed=True), *strings("state", "ground", "from_fund_id",
         "from_earmark_id", "to_fund_id", "to_earmark_id", "reason", "reference", "asked_by", "decided_by"),
         *integers("amount_fen"), Property("asked_at", T.TIMESTAMP, required=True), Property("decided_at",
         T.TIMESTAMP), Property("region_path", required=True), *VERSIONED),
    ),
    # A shop whose takings go wholly to one fund.
    NodeType(
        "CharityShop",
        (key(), Property("name", required=True), Property("organisation_id", required=True, indexed=True),
         *strings("fund_id", "address"), *SCOPED, *VERSIONED),
    ),
    # What a charity shop took on one day; the whole sum is a gift to its fund.
    NodeType(
        "ShopSale",
        (key(), Property("shop_id", required=True, indexed=True), *strings("fund_id", "donation_id", "recorded_by"),
         *integers("amount_fen", "item_count"), Property("sold_on", T.DATE, required=True), *SCOPED, *VERSIONED),
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
