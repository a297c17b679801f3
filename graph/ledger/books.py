"""
Books in memory: what postings make of balances, and the rows that say so.

A book's *sums* are what its node (``Fund`` for a fund's own money, ``Earmark`` for an earmark's) shows of it:
``received_fen``, ``reserved_fen``, ``spent_fen``, ``returned_fen`` and ``transferred_fen``, what came in less
what went out. A fund's sums leave its earmarks out: each node speaks for its own book.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import polars as pl

from domain.errors import (
    ConflictError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    PlatformError,
)
from domain.ledger import FREE_TO_SINK, ROUTES, FundAccount, FundEntryKind, FundPosting, book_id
from domain.money import MOST_FEN
from graph.audit import AuditEvent, canonical_json
from graph.frames import DTYPES
from graph.schema import NODE_TYPE_BY_LABEL

SUMS: Mapping[FundAccount, tuple[str, int]] = {
    FundAccount.RECEIVED: ("received_fen", -1),
    FundAccount.RESERVED: ("reserved_fen", 1),
    FundAccount.SPENT: ("spent_fen", 1),
    FundAccount.RETURNED: ("returned_fen", 1),
    FundAccount.TRANSFERRED: ("transferred_fen", -1),
}
"""The property of a book's node that shows an account, and its sign; what is available follows from them."""

POSTED = "fund.post"
"""What the audit chain calls an entry."""

_DIGESTED = (
    "id", "fund_id", "earmark_id", "sequence", "kind", "debit", "credit", "amount_fen", "source_kind",
    "source_id", "reason", "reverses", "actor_id", "at", "region_path", "need_id", "need_category",
    "need_situations", "need_region_path", "subject_kind",
)  # fmt: skip

SEPARATOR = ","
"""Between the situations of a need as its entry keeps them: a list would cost the engines a slower way in."""

Cell = str | int | datetime | None
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry as others are compared with it, and as a reversal takes it back."""

    id: str
    fund_id: str
    earmark_id: str | None
    kind: FundEntryKind
    debit: FundAccount
    credit: FundAccount
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A need as it is when money is moved for it: all that a purpose asks about."""

    need_id: str
    category: str | None
    situations: tuple[str, ...]
    region_path: str
    subject_kind: str | None


@dataclass(slots=True, kw_only=True)
class Book:
    """One book: fen on each account, and how many entries stand there; which of them are stored, and which moved."""

    fund_id: str
    earmark_id: str | None
    region_path: str
    balances: dict[FundAccount, int] = field(default_factory=dict[FundAccount, int])
    entries: dict[FundAccount, int] = field(default_factory=dict[FundAccount, int])
    stored: set[FundAccount] = field(default_factory=set[FundAccount])
    moved: set[FundAccount] = field(default_factory=set[FundAccount])

    @property
    def id(self) -> str:
        """Key of the book."""
        return book_id(self.fund_id, self.earmark_id)

    def balance_id(self, account: FundAccount) -> str:
        """Give the key of an account's balance."""
        return f"{self.id}:{account.value}"

    @property
    def last(self) -> int:
        """Sequence of the last entry; each stands on two accounts."""
        return sum(self.entries.values()) // 2

    def copied(self) -> "Book":
        """Give a book that may be changed without changing this one."""
        return Book(
            fund_id=self.fund_id,
            earmark_id=self.earmark_id,
            region_path=self.region_path,
            balances=dict(self.balances),
            entries=dict(self.entries),
            stored=set(self.stored),
            moved=set(self.moved),
        )

    def move(self, debit: FundAccount, credit: FundAccount, amount_fen: int) -> int:
        """
        Take an amount from one account to another and give the sequence of the entry.

        Raises
        ------
        InsufficientFundsError
            The book has less free money.
        ConflictError
            Another account holds less.
        InvalidInputError
            The book would hold more than a fund may.
        """
        held = self.balances.get(debit, 0)
        if held < amount_fen and debit not in FREE_TO_SINK:
            shown = {"fund": self.fund_id, "earmark": self.earmark_id, "asked_fen": amount_fen}
            if debit is FundAccount.AVAILABLE:
                raise InsufficientFundsError("the fund has less free money", **shown, free_fen=held)
            raise ConflictError(f"less stands on {debit}", **shown, held_fen=held)
        if max(abs(held - amount_fen), abs(self.balances.get(credit, 0) + amount_fen)) > MOST_FEN:
            raise InvalidInputError(f"a book holds at most {MOST_FEN} fen", fund=self.fund_id)
        for account, fen in ((debit, -amount_fen), (credit, amount_fen)):
            self.balances[account] = self.balances.get(account, 0) + fen
            self.entries[account] = self.entries.get(account, 0) + 1
            self.moved.add(account)
        return self.last

    def sums(self) -> Row:
        """Give what the book's node shows."""
        return {name: sign * self.balances.get(account, 0) for account, (name, sign) in SUMS.items()}


class Books:
    """
    Several books and the entries about them, as far as a unit of work needs them.

    Parameters
    ----------
    books
        Every open book, by key.
    entries
        Those that postings of the unit may repeat or take back, by id.
    at
        The moment of the entries to come.
    causes
        The needs that money is moved for, by id.
    """

    def __init__(
        self,
        books: Iterable[Book],
        entries: Mapping[str, KnownEntry],
        *,
        at: datetime,
        causes: Mapping[str, Cause] = MappingProxyType({}),
    ) -> None:
        self._books = {book.id: book for book in books}
        self._entries = dict(entries)
        self._at = at
        self._causes = causes
        self._touched: set[str] = set()
        self._rows: list[Row] = []

    def enter(self, postings: Sequence[FundPosting], *, actor_id: str) -> list[str]:
        """
        Enter all of some postings or, when one of them is refused, none.

        Raises
        ------
        NotFoundError
            A fund is closed or unknown, an earmark is not one of its fund, a need or what is to be taken back is
            unknown.
        InsufficientFundsError
            A book has less free money.
        ConflictError
            Another account holds less, or the paper was posted otherwise.
        """
        books = {key: self._books[key].copied() for p in postings if (key := _key(p)) in self._books}
        entries: dict[str, KnownEntry] = {}
        rows: list[Row] = []
        for posting in postings:
            entry = self._meant(posting, entries)
            known = entries.get(entry.id) or self._entries.get(entry.id)
            if known is not None:
                if known != entry:
                    raise ConflictError("the paper was posted otherwise", id=entry.id, fund=known.fund_id)
                continue
            if _key(posting) not in books:
                raise NotFoundError(
                    "no such open fund or earmark", kind="fund", id=_key(posting), paper=entry.id
                )
            if posting.need_id is not None and posting.need_id not in self._causes:
                raise NotFoundError("no such need", kind="need", id=posting.need_id)
            book = books[_key(posting)]
            sequence = book.move(entry.debit, entry.credit, entry.amount_fen)
            entries[entry.id] = entry
            rows.append(self._row(posting, entry, book, sequence, actor_id))
        self._books |= books
        self._entries |= entries
        self._rows += rows
        self._touched |= {book_id(e.fund_id, e.earmark_id) for e in entries.values()}
        return [posting.paper for posting in postings]

    def _meant(self, posting: FundPosting, entries: Mapping[str, KnownEntry]) -> KnownEntry:
        """Give the entry that a posting would make."""
        kind = posting.kind
        if posting.reverses is None:
            debit, credit = ROUTES[kind]
        else:
            undone = entries.get(posting.reverses) or self._entries.get(posting.reverses)
            if undone is None:
                raise NotFoundError("no such entry", kind="entry", id=posting.reverses)
            same = (undone.fund_id, undone.earmark_id, undone.amount_fen)
            if undone.kind is kind or same != (posting.fund_id, posting.earmark_id, posting.amount_fen):
                raise ConflictError("a reversal takes back the whole of an entry", id=posting.reverses)
            debit, credit = undone.credit, undone.debit
        return KnownEntry(
            id=posting.paper,
            fund_id=posting.fund_id,
            earmark_id=posting.earmark_id,
            kind=kind,
            debit=debit,
            credit=credit,
            amount_fen=posting.amount_fen,
        )

    def _row(self, posting: FundPosting, entry: KnownEntry, book: Book, sequence: int, actor_id: str) -> Row:
        row: Row = {
            "id": entry.id,
            "fund_id": entry.fund_id,
            "earmark_id": entry.earmark_id,
            "sequence": sequence,
            "kind": entry.kind.value,
            "debit": entry.debit.value,
            "credit": entry.credit.value,
            "amount_fen": entry.amount_fen,
            "source_kind": posting.source_kind.value,
            "source_id": posting.source_id,
            "reason": posting.reason,
            "reverses": posting.reverses,
            "actor_id": actor_id,
            "at": self._at,
            "region_path": book.region_path,
            **_columns(self._causes.get(posting.need_id or "")),
        }
        return {**row, "digest": digest_of(row)}

    def events(self) -> list[AuditEvent]:
        """Give what the audit chain is told: each entry with its digest."""
        return [
            AuditEvent(
                at=self._at,
                actor_id=str(row["actor_id"]),
                operation=POSTED,
                object_id=str(row["id"]),
                object_hash=str(row["digest"]),
            )
            for row in self._rows
        ]

    def made(self) -> dict[str, pl.DataFrame]:
        """Give the rows that are new, by label: entries, and balances of accounts that nothing had moved on."""
        balances = [_balance(book, account) for book, account in self._moved() if account not in book.stored]
        return _frames({"FundEntry": self._rows, "FundBalance": balances})

    def _moved(self) -> list[tuple[Book, FundAccount]]:
        books = [self._books[key] for key in sorted(self._touched)]
        return [(book, account) for book in books for account in sorted(book.moved)]

    def changed(self) -> dict[str, pl.DataFrame]:
        """Give the rows that are written over, by label: balances that moved, and the sums of their books."""
        touched = [self._books[key] for key in sorted(self._touched)]
        stored = [(book, account) for book, account in self._moved() if account in book.stored]
        names = ("id", "balance_fen", "entries")
        return _frames(
            {
                "FundBalance": [{name: _balance(*each)[name] for name in names} for each in stored],
                "Fund": [{"id": b.fund_id, **b.sums()} for b in touched if b.earmark_id is None],
                "Earmark": [{"id": b.earmark_id, **b.sums()} for b in touched if b.earmark_id is not None],
            }
        )


def digest_of(row: Mapping[str, Cell]) -> str:
    """SHA-256, in hex, of all that an entry says."""
    said = canonical_json({name: row[name] for name in _DIGESTED})
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def refusal_or_entries(
    books: Books, postings: Sequence[FundPosting], actor_id: str
) -> list[str] | PlatformError:
    """Enter postings, and give why not as a value where others of the unit are to stand."""
    try:
        return books.enter(postings, actor_id=actor_id)
    except PlatformError as refusal:
        return refusal


def _columns(cause: Cause | None) -> Row:
    if cause is None:
        return dict.fromkeys(
            ("need_id", "need_category", "need_situations", "need_region_path", "subject_kind")
        )
    return {
        "need_id": cause.need_id,
        "need_category": cause.category,
        "need_situations": SEPARATOR.join(cause.situations),
        "need_region_path": cause.region_path,
        "subject_kind": cause.subject_kind,
    }


def _key(posting: FundPosting) -> str:
    return book_id(posting.fund_id, posting.earmark_id)


def _balance(book: Book, account: FundAccount) -> Row:
    return {
        "id": book.balance_id(account),
        "fund_id": book.fund_id,
        "earmark_id": book.earmark_id,
        "account": account.value,
        "balance_fen": book.balances[account],
        "entries": book.entries[account],
    }


def _frames(rows: Mapping[str, list[Row]]) -> dict[str, pl.DataFrame]:
    return {label: _frame(label, made) for label, made in rows.items() if made}


def _frame(label: str, rows: list[Row]) -> pl.DataFrame:
    types = {p.name: DTYPES[p.type] for p in NODE_TYPE_BY_LABEL[label].properties}
    return pl.DataFrame(rows, schema={name: types[name] for name in rows[0]})
