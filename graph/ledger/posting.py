"""
Posting: the only way that fen come to, move in, or leave a fund.

A unit that posts locks its funds first, in the order of their ids, so the books of one fund are written one after
another on every engine and what is read of them after holds. Statements do not grow with the postings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import PlatformError
from domain.ledger import FundAccount, FundEntryKind, FundPosting
from graph.columns import integer, text, text_or_none, texts
from graph.ledger.books import Book, Books, Cause, KnownEntry, refusal_or_entries
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import listed
from graph.unit_of_work import AuditedTransaction

# Locked without a change: postings do not compete with who edits what a fund is for.
_LOCK_FUNDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Fund {id: wanted}) SET n.version = n.version"
    " RETURN n.id AS fund_id, n.region_path AS region_path, n.closed_at AS closed_at",
    Access.WRITE,
)
_EARMARKS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Earmark {id: wanted})"
    " RETURN n.id AS earmark_id, n.fund_id AS fund_id, n.region_path AS region_path",
    Access.READ,
)
_BALANCES = Statement(
    "UNWIND $ids AS wanted MATCH (b:FundBalance {id: wanted})"
    " RETURN b.id AS id, b.balance_fen AS balance_fen, b.entries AS entries",
    Access.READ,
)
_ENTRIES = Statement(
    "UNWIND $ids AS wanted MATCH (n:FundEntry {id: wanted})"
    " RETURN n.id AS id, n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.kind AS kind, n.debit AS debit,"
    " n.credit AS credit, n.amount_fen AS amount_fen",
    Access.READ,
)


_CAUSES = Statement(
    """
    UNWIND $ids AS wanted MATCH (n:Need {id: wanted})
    OPTIONAL MATCH (h:Household {id: n.subject_id})
    RETURN n.id AS id, n.category AS category, n.situations AS situations, n.region_path AS region_path,
      n.subject_kind AS subject_kind, h.situations AS subject_situations
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingGroup:
    """Postings that stand or fall together, and whose act they are; None is the unit's own account."""

    postings: tuple[FundPosting, ...]
    actor_id: str | None = None


async def post(tx: AuditedTransaction, postings: Sequence[FundPosting]) -> list[str]:
    """
    Write entries with their balances, sums and audit events, and give their ids.

    They are entered in the order given, and no account but RECEIVED and TRANSFERRED stands below zero after
    any of them. A paper that was posted before is not posted again.

    Raises
    ------
    NotFoundError
        A fund is closed or unknown, an earmark is not one of its fund, a need or what is to be taken back is unknown.
    InsufficientFundsError
        A book has less free money.
    ConflictError
        Another account holds less, or a paper was posted otherwise.
    """
    (outcome,) = await post_each(tx, [PostingGroup(postings=tuple(postings))])
    if isinstance(outcome, PlatformError):
        raise outcome
    return outcome


async def post_each(
    tx: AuditedTransaction, groups: Sequence[PostingGroup]
) -> list[list[str] | PlatformError]:
    """
    Post several groups in one unit, one after another, each whole or not at all.

    Gives the ids of each group's entries, or why it was refused; a refused one leaves no trace.
    """
    postings = [posting for group in groups for posting in group.postings]
    wrote = tx.wrote
    papers = sorted({p.paper for p in postings} | {p.reverses for p in postings if p.reverses})
    entries = await _known(tx, papers)
    books = [] if all(p.paper in entries for p in postings) else await _lock(tx, postings)
    if books:  # another unit may have posted the same papers before the funds were locked
        entries = await _known(tx, papers)
    ledger = Books(books, entries, at=tx.at, causes=await _causes(tx, postings))
    outcomes = [refusal_or_entries(ledger, g.postings, g.actor_id or tx.actor_id) for g in groups]
    await write_books(tx, ledger)
    events = ledger.events()
    tx.events.extend(events)
    tx.wrote = wrote or bool(events)  # a lock alone is no change
    return outcomes


async def write_books(tx: WriteTransaction, ledger: Books) -> None:
    """
    Write the rows of a ledger.

    Raises
    ------
    ConflictError
        An entry was written meanwhile under the same paper.
    """
    # What stands there was read under the lock: nothing is looked up a second time.
    for label, frame in ledger.made().items():
        await tx.create_nodes(NODE_TYPE_BY_LABEL[label], frame)
    for label, frame in ledger.changed().items():
        await tx.update_nodes(NODE_TYPE_BY_LABEL[label], frame)


async def _known(tx: ReadTransaction, papers: Sequence[str]) -> dict[str, KnownEntry]:
    if not papers:
        return {}
    return {
        text(record, "id"): KnownEntry(
            id=text(record, "id"),
            fund_id=text(record, "fund_id"),
            earmark_id=text_or_none(record, "earmark_id"),
            kind=FundEntryKind(text(record, "kind")),
            debit=FundAccount(text(record, "debit")),
            credit=FundAccount(text(record, "credit")),
            amount_fen=integer(record, "amount_fen"),
        )
        for record in await tx.run(_ENTRIES, ids=list(papers))
    }


async def _causes(tx: ReadTransaction, postings: Sequence[FundPosting]) -> dict[str, Cause]:
    wanted = sorted({posting.need_id for posting in postings if posting.need_id is not None})
    if not wanted:
        return {}
    return {
        text(record, "id"): Cause(
            need_id=text(record, "id"),
            category=text_or_none(record, "category"),
            situations=tuple(sorted({*texts(record, "situations"), *texts(record, "subject_situations")})),
            region_path=text(record, "region_path"),
            subject_kind=text_or_none(record, "subject_kind"),
        )
        for record in await tx.run(_CAUSES, ids=wanted)
    }


async def _lock(tx: WriteTransaction, postings: Sequence[FundPosting]) -> list[Book]:
    """Take the funds of postings, and give the books that are open."""
    ids = sorted({posting.fund_id for posting in postings})
    earmarks = sorted({posting.earmark_id for posting in postings if posting.earmark_id is not None})
    funds = {
        text(record, "fund_id"): Book(
            fund_id=text(record, "fund_id"), earmark_id=None, region_path=text(record, "region_path")
        )
        for record in await tx.run(_LOCK_FUNDS, ids=listed(ids))
        if record["closed_at"] is None
    }
    books = {book.id: book for book in funds.values()}
    if earmarks:
        for record in await tx.run(_EARMARKS, ids=earmarks):
            book = Book(
                fund_id=text(record, "fund_id"),
                earmark_id=text(record, "earmark_id"),
                region_path=text(record, "region_path"),
            )
            if book.fund_id in funds:
                books[book.id] = book
    wanted = {book.balance_id(account): (book, account) for book in books.values() for account in FundAccount}
    for record in await tx.run(_BALANCES, ids=sorted(wanted)) if wanted else []:
        book, account = wanted[text(record, "id")]
        book.balances[account] = integer(record, "balance_fen")
        book.entries[account] = integer(record, "entries")
        book.stored.add(account)
    return list(books.values())
