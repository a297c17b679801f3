"""
The ledger of funds: double entry in whole fen, per fund and per earmark inside it.

Each book (a fund's own money, or one earmark of it) has the accounts below and sums to zero: what came from
outside stands at or below zero on ``RECEIVED``, and where it is now stands on the others. An entry moves money
from one account to another of the same book and is never edited: a mistake is mended by its reversal. Money
goes between books in two entries of one transaction, out of one and into the other, so ``TRANSFERRED`` sums to
zero over all books.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain.errors import InvalidInputError
from domain.money import MOST_FEN


class FundAccount(StrEnum):
    """Accounts of a book: where money comes from, and where it stands."""

    RECEIVED = "RECEIVED"
    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    SPENT = "SPENT"
    RETURNED = "RETURNED"
    TRANSFERRED = "TRANSFERRED"


FREE_TO_SINK = frozenset({FundAccount.RECEIVED, FundAccount.TRANSFERRED})
"""Accounts that may stand below zero; no other ever does."""


class FundEntryKind(StrEnum):
    """What an entry says has happened."""

    OPEN = "OPEN"  # what another system had counted before the ledger began
    RECEIVE = "RECEIVE"
    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    DISBURSE = "DISBURSE"
    CLAW_BACK = "CLAW_BACK"
    REFUND = "REFUND"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    EXPEND = "EXPEND"  # a cost of running the charity or its activities, of no single need
    REVERSE = "REVERSE"


ROUTES: Mapping[FundEntryKind, tuple[FundAccount, FundAccount]] = MappingProxyType(
    {
        FundEntryKind.OPEN: (FundAccount.RECEIVED, FundAccount.AVAILABLE),
        FundEntryKind.RECEIVE: (FundAccount.RECEIVED, FundAccount.AVAILABLE),
        FundEntryKind.RESERVE: (FundAccount.AVAILABLE, FundAccount.RESERVED),
        FundEntryKind.RELEASE: (FundAccount.RESERVED, FundAccount.AVAILABLE),
        FundEntryKind.DISBURSE: (FundAccount.RESERVED, FundAccount.SPENT),
        FundEntryKind.CLAW_BACK: (FundAccount.SPENT, FundAccount.AVAILABLE),
        FundEntryKind.REFUND: (FundAccount.AVAILABLE, FundAccount.RETURNED),
        FundEntryKind.TRANSFER_OUT: (FundAccount.AVAILABLE, FundAccount.TRANSFERRED),
        FundEntryKind.TRANSFER_IN: (FundAccount.TRANSFERRED, FundAccount.AVAILABLE),
        FundEntryKind.EXPEND: (FundAccount.AVAILABLE, FundAccount.SPENT),
    }
)
"""From where to where each kind moves money; a reversal goes the way of its entry backwards."""


def book_id(fund_id: str, earmark_id: str | None) -> str:
    """Give the key of a book: a fund's own money, or that of one of its earmarks."""
    return fund_id if earmark_id is None else f"{fund_id}#{earmark_id}"


class EntrySource(StrEnum):
    """What kind of paper an entry goes back to."""

    IMPORT = "IMPORT"
    DONATION = "DONATION"
    SALE = "SALE"
    ALLOCATION = "ALLOCATION"
    TRANSFER = "TRANSFER"
    EXPENSE = "EXPENSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class FundPosting:
    """
    One entry to be posted.

    Parameters
    ----------
    earmark_id
        The earmark whose book it goes to; None is the fund's own money.
    amount_fen
        Above zero.
    source_kind, source_id
        The paper behind it; an entry of the same kind for the same paper is posted once.
    part
        Tells entries of one kind for one paper apart: the number of a part payment, of a top-up.
    reverses
        The entry that this one takes back.
    need_id
        The need that the money is for; what is known of it then is kept with the entry, for who later asks
        whether it lay inside the purpose.
    """

    fund_id: str
    earmark_id: str | None = None
    kind: FundEntryKind
    amount_fen: int
    source_kind: EntrySource
    source_id: str
    part: int = 0
    reason: str | None = None
    reverses: str | None = None
    need_id: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount_fen <= MOST_FEN:
            raise InvalidInputError(
                f"an entry moves between 1 and {MOST_FEN} fen", field="amount_fen", value=self.amount_fen
            )
        if (self.kind is FundEntryKind.REVERSE) != (self.reverses is not None):
            raise InvalidInputError("a reversal names the entry that it takes back", field="reverses")

    @property
    def paper(self) -> str:
        """
        The key of the entry, so that it is posted once whatever is repeated.

        A reversal's is made of the entry that it takes back, which nothing takes back a second time.
        """
        if self.reverses is not None:
            return f"{self.reverses}:{self.kind.value}"
        return f"{self.source_kind.value}:{self.source_id}:{self.kind.value}:{self.part}"
