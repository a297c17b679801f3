"""What this region counts of a partner's credentials in a month, or has issued: stated, and signed."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.recognition import ReconciliationMonth
from domain.time import aware_utc
from graph.ports import ReadTransaction
from graph.recognition.months import month_in_reach
from graph.recognition.reconciling import counted_in, issued_within
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.jose.jwk import Signer
from identity.recognition.reconciling import Item, Side, Statement, StatementKind, month, sign_statement
from workflows.hours.records import DESK
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

CLERKS = (*DESK, Role.PLATFORM_ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionKey:
    """The key with which this region signs."""

    region: str
    key_id: str
    key: Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """
    A month, and what this region states of it.

    Parameters
    ----------
    text
        Signed; it names credentials and entries by numbers, and nobody.
    """

    month: ReconciliationMonth
    text: str


_ANSWERS = TypeAdapter(Stated)


async def state_side(ws: Workspace, actor: Actor, side: Side, signing: RegionKey) -> str:
    """
    State what was recognised of a partner's credentials in a month, or which of ours were out and hold; signed.

    Raises
    ------
    NotPermittedError
        The actor does not keep the desk or the installation.
    InvalidInputError
        Not a month.
    """
    actor.require(*CLERKS)
    return await UnitOfWork(ws.store, ws.clock).run(actor, lambda tx: _signed(tx, side, signing))


async def state_month(
    ws: Workspace, actor: Actor, month_id: str, signing: RegionKey, *, idempotency_key: str | None = None
) -> Outcome[Stated]:
    """
    State this region's side of a month that is open, as it stands now, for the partner.

    Raises
    ------
    NotPermittedError, NotFoundError
        The actor does not keep the desk or the installation; outside their scope.
    """
    actor.require(*CLERKS)

    async def work(tx: AuditedTransaction) -> Stated:
        opened = await month_in_reach(tx, actor, month_id)
        return Stated(month=opened, text=await _signed(tx, side_of(opened), signing))

    request = request_hash("state_month", month_id)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


def side_of(opened: ReconciliationMonth) -> Side:
    """Give what a month is about."""
    return Side(
        month=opened.month,
        agreement=opened.agreement_id,
        partner=opened.partner,
        issuer=opened.issuer,
        kind=StatementKind(opened.kind),
    )


async def _signed(tx: AuditedTransaction, side: Side, signing: RegionKey) -> str:
    lines = counted_lines if side.kind is StatementKind.RECOGNISED else _issued_lines
    statement = Statement(
        kind=side.kind,
        stated_by=signing.region,
        stated_to=side.partner,
        agreement=side.agreement,
        issuer=side.issuer,
        period=side.month,
        at=int(aware_utc(tx.at).timestamp()),
        items=await lines(tx, side),
    )
    tx.record(
        f"recognition.state_{side.kind.value}",
        side.agreement,
        detail={"period": side.month, "items": len(statement.items)},
    )
    return sign_statement(statement, signing.key, signing.key_id)


async def counted_lines(tx: ReadTransaction, side: Side) -> tuple[Item, ...]:
    """Give what counts here of an issuer's credentials, entry by entry."""
    since, until = month(side.month)
    rows = await counted_in(tx, issuer=side.issuer, agreement_id=side.agreement, since=since, until=until)
    return tuple(
        Item(credential=row.credential_id, subject=row.subject, minutes=row.minutes, holds=row.holds)
        for row in rows
    )


async def _issued_lines(tx: ReadTransaction, side: Side) -> tuple[Item, ...]:
    since, until = month(side.month)
    rows = await issued_within(tx, since=since, until=until)
    return tuple(Item(credential=row.id, minutes=row.minutes, holds=row.holds) for row in rows)
