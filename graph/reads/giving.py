"""
The columns of a round's giving side: books, the age of their money, who gave it, and the years of charities.

Every statement is read as a frame. Books are those of funds in the round's region or in a division that holds it
(a city's fund serves its towns), always inside the actor's scope.
"""

from typing import LiteralString

from graph.ports import Access, Statement
from graph.scope import IN_SCOPE

_SUPPLY: LiteralString = (
    IN_SCOPE
    + " AND (n.region_path STARTS WITH $region_path OR $region_path STARTS WITH n.region_path)"
    + " AND n.closed_at IS NULL AND coalesce(n.state, 'OPEN') = 'OPEN'"
)

_SUMS: LiteralString = """
  b.received_fen AS received_fen, b.reserved_fen AS reserved_fen, b.spent_fen AS spent_fen,
  b.returned_fen AS returned_fen, b.transferred_fen AS transferred_fen, b.categories AS categories,
  b.situations AS situations, b.restricted_regions AS region_paths, b.valid_from AS valid_from,
  b.valid_to AS valid_to, b.beneficiary_scope AS beneficiary_scope, b.case_cap_fen AS case_cap_fen
"""
FUNDS = Statement(
    "MATCH (n:Fund) WHERE "
    + _SUPPLY
    + " WITH n, n AS b RETURN n.id AS fund_id, n.organisation_id AS organisation_id, n.type AS type,"
    + _SUMS,
    Access.READ,
)
EARMARKS = Statement(
    "MATCH (n:Fund) WHERE "
    + _SUPPLY
    + " MATCH (b:Earmark) WHERE b.fund_id = n.id RETURN n.id AS fund_id, b.id AS earmark_id,"
    + _SUMS,
    Access.READ,
)
# One book, whoever may see it: a gift outside any round is judged by the same walls, its earmark's and its fund's.
FUNDS_OF = Statement(
    "UNWIND $ids AS wanted MATCH (b:Fund {id: wanted})"
    " RETURN b.id AS fund_id, b.organisation_id AS organisation_id, b.type AS type," + _SUMS,
    Access.READ,
)
EARMARKS_OF = Statement(
    "UNWIND $ids AS wanted MATCH (b:Earmark {id: wanted}) MATCH (f:Fund {id: b.fund_id})"
    " RETURN f.id AS fund_id, f.organisation_id AS organisation_id, f.type AS type," + _SUMS,
    Access.READ,
)
# Money by the day it was given, of gifts that stand in a book.
GIVEN_BY_DAY = Statement(
    """
    MATCH (d:Donation) WHERE d.fund_id IN $fund_ids AND d.kind = 'CASH' AND d.state = 'POSTED'
      AND d.given_on IS NOT NULL
    RETURN d.fund_id AS fund_id, d.earmark_id AS earmark_id, d.given_on AS given_on,
      sum(d.amount_fen - coalesce(d.refunded_fen, 0)) AS given_fen
    """,
    Access.READ,
)
CHARITY_YEARS = Statement(
    """
    MATCH (y:CharityYear) WHERE y.organisation_id IN $organisation_ids AND y.year = $year
    RETURN y.organisation_id AS organisation_id, y.year AS year, y.payout_floor_fen AS payout_floor_fen,
      y.management_ceiling_fen AS management_ceiling_fen
    """,
    Access.READ,
)
# Promised money counts in the year in which it was promised until it is paid, then in the year of its payment.
PAID_OUT = Statement(
    """
    MATCH (a:Allocation) WHERE a.organisation_id IN $organisation_ids AND a.state IN $states
      AND coalesce(a.disbursed_at, a.reserved_at) >= $since AND coalesce(a.disbursed_at, a.reserved_at) < $until
    RETURN a.organisation_id AS organisation_id, sum(a.amount_fen) AS paid_fen
    """,
    Access.READ,
)
COSTS = Statement(
    """
    MATCH (e:Expense) WHERE e.organisation_id IN $organisation_ids AND e.spent_on >= $from_day
      AND e.spent_on < $to_day AND e.state = 'POSTED'
    RETURN e.organisation_id AS organisation_id, e.cost_class AS cost_class, sum(e.amount_fen) AS cost_fen
    """,
    Access.READ,
)
