"""
Earmarks as use cases write them: parts of a fund with purposes of their own.

Their sums belong to the ledger; here they are only created, found, listed and locked.
"""

from collections.abc import Sequence
from typing import LiteralString

from domain.errors import NotFoundError
from domain.giving import EarmarkKind
from domain.purposes import Earmark
from graph.columns import integer, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.purpose_columns import PURPOSE_COLUMNS, SET_PURPOSE, purpose_columns, purpose_of
from graph.scope import listed

EARMARK_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.fund_id AS fund_id, n.kind AS kind, n.name AS name, n.region_path AS region_path,"
    " n.programme_id AS programme_id, n.donation_id AS donation_id, n.wording AS wording,"
    " n.siblings AS siblings, n.version AS version," + PURPOSE_COLUMNS
)
CREATE = Statement(
    """
    CREATE (n:Earmark {id: $id, fund_id: $fund_id, kind: $kind, name: $name, region_path: $region_path,
      programme_id: $programme_id, donation_id: $donation_id, wording: $wording, siblings: $siblings,
      received_fen: 0, reserved_fen: 0, spent_fen: 0, returned_fen: 0, transferred_fen: 0, version: 1})
    SET """
    + SET_PURPOSE,
    Access.WRITE,
)
LOCK = Statement("MATCH (n:Earmark {id: $id}) SET n.version = n.version + 1" + EARMARK_COLUMNS, Access.WRITE)
BY_IDS = Statement("UNWIND $ids AS wanted MATCH (n:Earmark {id: wanted})" + EARMARK_COLUMNS, Access.READ)
OF_FUNDS = Statement(
    "MATCH (n:Earmark) WHERE n.fund_id IN $fund_ids" + EARMARK_COLUMNS + " ORDER BY fund_id, id", Access.READ
)
FUND_PURPOSE = Statement(
    "MATCH (n:Fund {id: $id}) RETURN n.region_path AS region_path," + PURPOSE_COLUMNS, Access.READ
)
WRITE_PURPOSE = Statement("MATCH (n:Earmark {id: $id}) SET " + SET_PURPOSE, Access.WRITE)


def earmark_of(record: Record) -> Earmark:
    """Give the earmark of a record of ``EARMARK_COLUMNS``."""
    return Earmark(
        id=text(record, "id"),
        fund_id=text(record, "fund_id"),
        kind=EarmarkKind(text(record, "kind")),
        name=text(record, "name"),
        purpose=purpose_of(record),
        region_path=text(record, "region_path"),
        programme_id=text_or_none(record, "programme_id"),
        donation_id=text_or_none(record, "donation_id"),
        wording=text_or_none(record, "wording"),
        siblings=texts(record, "siblings"),
        version=integer(record, "version"),
    )


async def create_earmark(tx: WriteTransaction, earmark: Earmark) -> None:
    """
    Set a part of a fund apart, empty: money comes to it by the ledger.

    Raises
    ------
    NotFoundError
        There is no such fund.
    InvalidInputError
        Its purpose reaches beyond the fund's (HC-11).
    ConflictError
        Its id is taken.
    """
    found = await tx.run(FUND_PURPOSE, id=earmark.fund_id)
    if not found:
        raise NotFoundError("no such fund", kind="fund", id=earmark.fund_id)
    earmark.purpose.inside(purpose_of(found[0]))
    await tx.run(
        CREATE,
        id=earmark.id,
        fund_id=earmark.fund_id,
        kind=earmark.kind.value,
        name=earmark.name.strip(),
        region_path=earmark.region_path,
        programme_id=earmark.programme_id,
        donation_id=earmark.donation_id,
        wording=earmark.wording,
        siblings=list(earmark.siblings),
        **purpose_columns(earmark.purpose),
    )


async def find_earmarks(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, Earmark]:
    """Give the earmarks among ``ids``."""
    records = await tx.run(BY_IDS, ids=listed(list(set(ids))))
    return {text(record, "id"): earmark_of(record) for record in records}


async def earmark_as_it_is(tx: ReadTransaction, earmark_id: str) -> Earmark:
    """
    Give an earmark.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await find_earmarks(tx, [earmark_id])
    if earmark_id not in found:
        raise NotFoundError("no such earmark", kind="earmark", id=earmark_id)
    return found[earmark_id]


async def earmarks_of_funds(tx: ReadTransaction, fund_ids: Sequence[str]) -> list[Earmark]:
    """Give the earmarks of funds, by fund and id."""
    return [earmark_of(record) for record in await tx.run(OF_FUNDS, fund_ids=listed(list(set(fund_ids))))]


async def lock_earmark(tx: WriteTransaction, earmark_id: str) -> Earmark:
    """
    Take an earmark for changing; ``version`` is the new one. Its fund is taken first where both are.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await tx.run(LOCK, id=earmark_id)
    if not found:
        raise NotFoundError("no such earmark", kind="earmark", id=earmark_id)
    return earmark_of(found[0])


async def write_earmark_purpose(tx: WriteTransaction, earmark: Earmark) -> None:
    """Give a locked earmark the purpose that it is handed with."""
    await tx.run(WRITE_PURPOSE, id=earmark.id, **purpose_columns(earmark.purpose))
