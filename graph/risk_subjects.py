"""What groups and alerts hold of one resident: forgotten with them, and carried along when a register names them."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import listed

# What is child protection's is neither told nor forgotten at the wish of who asks about the person (HC-25).
_OF: LiteralString = "n.resident_id IN $ids AND n.child = false"
OPEN = Statement(
    "MATCH (n:Alert) WHERE " + _OF + " AND n.state <> 'DECIDED' RETURN n.id AS id LIMIT 1", Access.READ
)
FORGET = (
    Statement("MATCH (n:Alert) WHERE " + _OF + " DETACH DELETE n", Access.WRITE),
    Statement("MATCH (n:RiskMembership) WHERE " + _OF + " DETACH DELETE n", Access.WRITE),
)
CARRY = (
    Statement(
        "MATCH (n:Alert) WHERE n.resident_id = $id MATCH (r:Resident {id: $to}) SET n.resident_id = r.id,"
        " n.household_id = r.household_id, n.region_id = r.region_id, n.region_path = r.region_path,"
        " n.version = n.version + 1",
        Access.WRITE,
    ),
    Statement(
        "MATCH (n:RiskMembership) WHERE n.resident_id = $id MATCH (r:Resident {id: $to}) SET n.resident_id = r.id,"
        " n.household_id = r.household_id, n.region_id = r.region_id, n.region_path = r.region_path",
        Access.WRITE,
    ),
)


async def waits_for_decision(tx: ReadTransaction, resident_ids: Sequence[str]) -> bool:
    """Whether somebody still has to look after one of the residents because of an alert."""
    return bool(await tx.run(OPEN, ids=listed(list(resident_ids))))


async def forget_risk(tx: WriteTransaction, resident_ids: Sequence[str]) -> None:
    """Take away alerts of residents and the groups that they are and were in; child protection's stay."""
    for statement in FORGET:
        await tx.run(statement, ids=listed(list(resident_ids)))


async def carry_risk(tx: WriteTransaction, successors: Mapping[str, str]) -> None:
    """Let alerts and groups of residents be those of the residents who they are in a register, and stand there."""
    for old, new in sorted(successors.items()):
        for statement in CARRY:
            await tx.run(statement, id=old, to=new)
