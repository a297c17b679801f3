"""Months that are settled with other regions: opened once, and answered by the partner's statement."""

from collections.abc import Sequence
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.recognition import MonthState, ReconciliationMonth
from graph.columns import day, moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_paths

COLUMNS: LiteralString = """
RETURN n.id AS id, n.agreement_id AS agreement_id, n.partner AS partner, n.issuer AS issuer, n.month AS month,
  n.kind AS kind, n.state AS state, n.reconciliation_id AS reconciliation_id, n.opened_at AS opened_at,
  n.due_on AS due_on, n.region_path AS region_path
"""
KNOWN = Statement("MATCH (n:ReconciliationMonth) WHERE n.id IN $ids RETURN n.id AS id", Access.READ)
IN_REACH = Statement("MATCH (n:ReconciliationMonth {id: $id}) WHERE " + IN_SCOPE + COLUMNS, Access.READ)
CREATE = Statement(
    """
    CREATE (:ReconciliationMonth {id: $id, agreement_id: $agreement_id, partner: $partner, issuer: $issuer,
      month: $month, kind: $kind, state: 'WAITING', opened_at: $opened_at, due_on: $due_on,
      region_path: $region_path})
    """,
    Access.WRITE,
)
ANSWER = Statement(
    "MATCH (n:ReconciliationMonth {id: $id}) SET n.state = 'ANSWERED', n.reconciliation_id = $reconciliation_id",
    Access.WRITE,
)
LAST_HELD = Statement(
    "MATCH (n:Reconciliation) WHERE n.agreement_id = $agreement_id AND n.issuer = $issuer AND n.period = $month"
    " AND n.direction = $direction RETURN n.id AS id ORDER BY n.made_at DESC, id LIMIT 1",
    Access.READ,
)


def month_of(record: Record) -> ReconciliationMonth:
    """Give a month as it is stored."""
    return ReconciliationMonth(
        id=text(record, "id"),
        agreement_id=text(record, "agreement_id"),
        partner=text(record, "partner"),
        issuer=text(record, "issuer"),
        month=text(record, "month"),
        kind=text(record, "kind"),
        state=MonthState(text(record, "state")),
        reconciliation_id=text_or_none(record, "reconciliation_id"),
        opened_at=moment(record, "opened_at"),
        due_on=day(record, "due_on"),
        region_path=text(record, "region_path"),
    )


async def months_known(tx: ReadTransaction, ids: Sequence[str]) -> set[str]:
    """Give which of the months are open or were."""
    return {text(row, "id") for row in await tx.run(KNOWN, ids=listed(list(ids)))}


async def month_in_reach(tx: ReadTransaction, actor: Actor, month_id: str) -> ReconciliationMonth:
    """
    Give a month.

    Raises
    ------
    NotFoundError
        Outside the actor's scope.
    """
    found = await tx.run(IN_REACH, id=month_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such month", kind="reconciliation_month", id=month_id)
    return month_of(found[0])


async def create_month(tx: WriteTransaction, month: ReconciliationMonth) -> None:
    """
    Open a month.

    Raises
    ------
    ConflictError
        Another process did meanwhile.
    """
    await tx.run(
        CREATE,
        id=month.id,
        agreement_id=month.agreement_id,
        partner=month.partner,
        issuer=month.issuer,
        month=month.month,
        kind=month.kind,
        opened_at=month.opened_at,
        due_on=month.due_on,
        region_path=month.region_path,
    )


async def answer_month(tx: WriteTransaction, month_id: str, reconciliation_id: str) -> None:
    """Write down that the partner's statement has come; a month that nobody opened stays so."""
    await tx.run(ANSWER, id=month_id, reconciliation_id=reconciliation_id)


async def last_held(tx: ReadTransaction, month: ReconciliationMonth, direction: str) -> str | None:
    """Give the partner's statement that was held against ours last, where it came before the month was opened."""
    found = await tx.run(
        LAST_HELD,
        agreement_id=month.agreement_id,
        issuer=month.issuer,
        month=month.month,
        direction=direction,
    )
    return text(found[0], "id") if found else None
