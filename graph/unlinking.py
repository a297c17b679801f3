"""
What passes over rows made of imported rows, as taking an import back reads and removes it.

Links that a rule made, questions that nobody has answered, persons known from lists alone, moves that a register
showed, groups at risk and alerts that nobody has decided all follow from what files say, so they go with it. What a
person decided is work that depends on a row.
"""

from typing import LiteralString

import polars as pl

from domain.alerts import OPEN_ALERTS
from domain.linking import OPEN_REVIEWS, ReviewState
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import listed

_BY_RULE: LiteralString = "n.resident_id IS NOT NULL AND n.link_rule IS NOT NULL AND n.link_rule <> 'REVIEW'"
_ROWS_PER_PAGE = 100_000

HOLDING: dict[tuple[str, str], Statement | None] = {
    ("DepartmentRecord", "resident_id"): Statement(
        "MATCH (n:DepartmentRecord) WHERE n.resident_id IS NOT NULL AND (n.link_rule IS NULL OR"
        " n.link_rule = 'REVIEW') AND n.id > $after RETURN n.id AS id, n.resident_id AS other ORDER BY id LIMIT $rows",
        Access.READ,
    ),
    **{
        ("LinkReview", end): Statement(
            "MATCH (n:LinkReview) WHERE n.state IN ['ACCEPTED', 'REJECTED'] AND n.id > $after RETURN n.id AS id, n."
            + end
            + " AS other ORDER BY id LIMIT $rows",
            Access.READ,
        )
        for end in ("row_id", "person_id")
    },
    **{
        ("MembershipChange", end): Statement(
            "MATCH (n:MembershipChange) WHERE NOT n.source_id IN $sources AND n.id > $after RETURN n.id AS id, n."
            + end
            + " AS other ORDER BY id LIMIT $rows",
            Access.READ,
        )
        for end in ("household_id", "resident_id")
    },
    **{
        ("Alert", end): Statement(
            "MATCH (n:Alert) WHERE n.state = 'DECIDED' AND n.id > $after RETURN n.id AS id, n."
            + end
            + " AS other ORDER BY id LIMIT $rows",
            Access.READ,
        )
        for end in ("household_id", "resident_id")
    },
    **{("RiskMembership", end): None for end in ("household_id", "resident_id")},
}
"""
By label and property, the references of these that hold what they name, or None where none does; those left out
follow from files.
"""

_RULE_LINKS = Statement(
    "MATCH (n:DepartmentRecord) WHERE "
    + _BY_RULE
    + " AND n.id > $after RETURN n.id AS id, n.resident_id AS person,"
    " n.link_rule AS rule ORDER BY id LIMIT $rows",
    Access.READ,
)
_NEWCOMERS = Statement(
    "MATCH (n:Resident) WHERE n.unregistered = true AND n.id > $after RETURN n.id AS id, n.source_id AS source"
    " ORDER BY id LIMIT $rows",
    Access.READ,
)
_UNDECIDED = Statement(
    "MATCH (n:LinkReview) WHERE n.state IN $states AND n.id > $after RETURN n.id AS id, n.row_id AS row,"
    " n.person_id AS person ORDER BY id LIMIT $rows",
    Access.READ,
)
_MOVES = Statement(
    "MATCH (n:MembershipChange) WHERE n.source_id IN $sources AND n.id > $after RETURN n.id AS id, n.kind AS kind,"
    " n.household_id AS household, n.resident_id AS resident ORDER BY id LIMIT $rows",
    Access.READ,
)
_UNDECIDED_ALERTS = Statement(
    "MATCH (n:Alert) WHERE n.state IN $states AND n.id > $after RETURN n.id AS id, n.resident_id AS resident,"
    " n.household_id AS household, n.child AS child ORDER BY id LIMIT $rows",
    Access.READ,
)
_MEMBERS = Statement(
    "MATCH (n:RiskMembership) WHERE n.id > $after RETURN n.id AS id, n.resident_id AS resident ORDER BY id"
    " LIMIT $rows",
    Access.READ,
)
UNLINK = Statement(
    "UNWIND $ids AS wanted MATCH (n:DepartmentRecord {id: wanted}) WHERE "
    + _BY_RULE
    + " SET n.resident_id = NULL, n.link_rule = NULL",
    Access.WRITE,
)
DELETE_REVIEWS = Statement(
    "UNWIND $ids AS wanted MATCH (n:LinkReview {id: wanted}) DETACH DELETE n", Access.WRITE
)
DELETE_MOVES = Statement(
    "UNWIND $ids AS wanted MATCH (n:MembershipChange {id: wanted}) DETACH DELETE n", Access.WRITE
)
DELETE_ALERTS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Alert {id: wanted}) WHERE n.state <> 'DECIDED' DETACH DELETE n",
    Access.WRITE,
)
DELETE_MEMBERS = Statement(
    "UNWIND $ids AS wanted MATCH (n:RiskMembership {id: wanted}) DETACH DELETE n", Access.WRITE
)
REOPEN_MEMBERSHIP = Statement(
    "MATCH (r:Resident {id: $resident})-[m:MEMBER_OF]->(h:Household {id: $household}) SET m.valid_to = NULL",
    Access.WRITE,
)


async def pages_of(tx: ReadTransaction, statement: Statement, **parameters: list[str]) -> pl.DataFrame:
    """Read all of a statement that gives ``id`` and takes ``after`` and ``rows``; empty without columns."""
    pages: list[pl.DataFrame] = []
    after = ""
    while True:
        page = await tx.frame(statement, after=after, rows=_ROWS_PER_PAGE, **parameters)
        if page.is_empty():
            return pl.concat(pages, how="vertical_relaxed") if pages else pl.DataFrame()
        pages.append(page)
        after = str(page["id"][-1])


async def _told(tx: ReadTransaction, statement: Statement, *names: str, **given: list[str]) -> pl.DataFrame:
    frame = await pages_of(tx, statement, **given)
    wanted = ("id", *names)
    if not frame.width:
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
    return frame.select(pl.col(name).cast(pl.String) for name in wanted)


async def rule_links(tx: ReadTransaction) -> pl.DataFrame:
    """Give ``id``, ``person``, ``rule`` of rows that a rule linked, in order of ids."""
    return await _told(tx, _RULE_LINKS, "person", "rule")


async def newcomers(tx: ReadTransaction) -> pl.DataFrame:
    """Give ``id``, ``source`` of persons that no register names."""
    return await _told(tx, _NEWCOMERS, "source")


async def undecided_reviews(tx: ReadTransaction) -> pl.DataFrame:
    """Give ``id``, ``row``, ``person`` of questions about people and organisations that nobody has answered."""
    states = listed([*(state.value for state in OPEN_REVIEWS), ReviewState.LAPSED.value])
    return await _told(tx, _UNDECIDED, "row", "person", states=states)


async def moves_shown_by(tx: ReadTransaction, sources: list[str]) -> pl.DataFrame:
    """Give ``id``, ``kind``, ``household``, ``resident`` of moves that tables showed."""
    return await _told(tx, _MOVES, "kind", "household", "resident", sources=listed(sources))


async def undecided_alerts(tx: ReadTransaction) -> pl.DataFrame:
    """Give ``id``, ``resident``, ``household``, ``child`` (as text) of alerts that nobody has decided."""
    states = listed([state.value for state in OPEN_ALERTS])
    return await _told(tx, _UNDECIDED_ALERTS, "resident", "household", "child", states=states)


async def members_of_groups(tx: ReadTransaction) -> pl.DataFrame:
    """Give ``id``, ``resident`` of those who are or were in a group at risk."""
    return await _told(tx, _MEMBERS, "resident")
