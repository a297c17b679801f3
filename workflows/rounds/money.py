"""What a proposal of money posts to the books of its fund."""

from domain.ledger import EntrySource, FundEntryKind, FundPosting


def money_posting(
    kind: FundEntryKind,
    *,
    proposal_id: str,
    need_id: str,
    fund_id: str,
    earmark_id: str | None,
    amount_fen: int,
) -> FundPosting:
    """Give the entry of one step of a proposal's money: set aside, given back, or paid out, each once."""
    return FundPosting(
        fund_id=fund_id,
        earmark_id=earmark_id,
        kind=kind,
        amount_fen=amount_fen,
        source_kind=EntrySource.ALLOCATION,
        source_id=proposal_id,
        need_id=need_id,
    )
