"""The ledger of funds, and what becomes of money given to a need."""

from graph.schema.shared import SCOPED, VERSIONED, T, flags, integers, key, strings
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
LEDGER = (
    # A line of a fund's books: money leaves ``debit`` and comes to ``credit``. Written once, never edited. Its key
    # is its paper (``FundPosting.paper``), so that no engine takes the same one twice.
    NodeType(
        "FundEntry",
        (key(), Property("fund_id", required=True, indexed=True), *strings("earmark_id"), *integers("sequence"),
         *strings("kind", "debit", "credit"), *integers("amount_fen"), *strings("source_kind",
         "source_id", "reason", "reverses", "actor_id", "digest"),
         # the need that the money is for, as it was then
         *strings("need_id", "need_category", "need_situations", "need_region_path", "subject_kind"),
         Property("at", T.TIMESTAMP, required=True), Property("region_path", required=True)),
    ),
    # What the entries of one account sum to, kept beside them; ``zhulian ledger prove`` compares the two.
    NodeType(
        "FundBalance",
        (key(), Property("fund_id", required=True, indexed=True), *strings("earmark_id", "account"),
         *integers("balance_fen", "entries")),
    ),
    # One sum from one fund to one need, from its reservation to its public account.
    NodeType(
        "Allocation",
        (key(), Property("need_id", required=True, indexed=True), Property("fund_id", required=True, indexed=True),
         *strings("earmark_id", "proposal_id", "round_id", "subject_id", "organisation_id"), *integers("amount_fen",
         "clawed_back_fen", "approvals_wanted"), Property("state", required=True, indexed=True),
         *flags("related_party", "pay_first"),
         *strings("related_path", "requested_by", "released_reason", "disbursed_by", "payment_reference",
         "feedback_text", "policy_id"),
         *(Property(name, T.TIMESTAMP) for name in ("expires_at", "approved_at", "disbursed_at", "papers_due_at",
          "evidenced_at", "feedback_at", "disclosed_at")),
         Property("reserved_at", T.TIMESTAMP, required=True), *SCOPED, *VERSIONED),
    ),
    NodeType(
        "Approval",
        (key(), Property("allocation_id", required=True, indexed=True), *strings("decision", "approver_id",
         "approver_participant_id", "reason"), Property("at", T.TIMESTAMP, required=True),
         Property("region_path", required=True)),
    ),
    NodeType(
        "Evidence",
        (key(), Property("allocation_id", required=True, indexed=True), *strings("kind", "reference", "sha256",
         "recorded_by", "note"), *integers("amount_fen"), Property("at", T.TIMESTAMP, required=True),
         Property("region_path", required=True)),
    ),
    # A duty to make something public by a day.
    NodeType(
        "Disclosure",
        (key(), *strings("kind", "state", "organisation_id", "allocation_id", "fund_id", "published_by"),
         *integers("amount_fen", "year"), Property("due_on", T.DATE, required=True), Property("arose_on", T.DATE),
         Property("published_at", T.TIMESTAMP), *SCOPED, *VERSIONED),
    ),
    # What a charity publishes of a month or a year: the file itself, written once. ``heads`` says of each book up to
    # which entry it was read.
    NodeType(
        "DisclosurePack",
        (key(), Property("organisation_id", required=True, indexed=True), *strings("period_kind"),
         Property("first_day", T.DATE, required=True), Property("end_day", T.DATE, required=True),
         Property("state", required=True), *strings("content", "digest", "heads", "corrects_id", "reason",
         "generated_by", "published_by"), *integers("entries"),
         Property("generated_at", T.TIMESTAMP, required=True), Property("published_at", T.TIMESTAMP),
         Property("region_path", required=True), *VERSIONED),
    ),
    # What a charity's year is judged by: last year's income, net assets, and what it may spend on itself.
    NodeType(
        "CharityYear",
        (key(), Property("organisation_id", required=True, indexed=True), *integers("year", "income_last_year_fen",
         "net_assets_fen", "payout_floor_fen", "management_ceiling_fen"), *strings("charity_class", "recorded_by",
         "rules_id"), *flags("averaged"), Property("recorded_at", T.TIMESTAMP),
         Property("region_path", required=True), *VERSIONED),
    ),
    # A cost of running a charity or its activities.
    NodeType(
        "Expense",
        (key(), Property("organisation_id", required=True, indexed=True), *strings("fund_id", "earmark_id",
         "cost_class", "title", "recorded_by", "approved_by", "state", "reference", "reason", "entry_id"),
         *integers("amount_fen"), Property("spent_on", T.DATE, required=True), Property("recorded_at", T.TIMESTAMP),
         Property("decided_at", T.TIMESTAMP), Property("region_path", required=True), *VERSIONED),
    ),
)
