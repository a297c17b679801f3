"""
A bank's list of gifts, taken down whole: what is kept already is found, what is new is recorded.

It is told apart as reconciliation tells: by the number of the payment, then by donor, amount and day. Nothing is put
together; a new gift that looks like another one is flagged and waits for a person, as each recorded one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.donations import Donation, check_amount
from domain.errors import InvalidInputError
from domain.giving import DonationSource, DonationState
from domain.time import civil_date
from graph.donations import fund_holder
from graph.reads.donations import DonationFilter, compared_donations, donations_by_ids
from graph.unit_of_work import AuditedTransaction
from importers.gift_lists import GiftRow, GiftSheet
from workflows.donations.reconciling import Reconciliation, kept_gift, reconcile
from workflows.donations.recording import NewGift, read_donor, take_down
from workflows.donations.steps import OFFICE, rules_for
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

MOST_LINES = 500


class LineOutcome(StrEnum):
    """What became of a line."""

    RECORDED = "RECORDED"
    FLAGGED = "FLAGGED"  # recorded, and may be a second record of another gift
    KNOWN = "KNOWN"  # the gift was kept already
    SPLIT = "SPLIT"  # several gifts that were kept already come to it


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftLine:
    """What became of one line of a list, by its place, and the gift that it is now."""

    outcome: LineOutcome
    gift: Donation


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftList:
    """
    A list as it was taken down.

    ``list_fen`` is its sum, and equals ``known_fen + recorded_fen``.
    """

    lines: tuple[GiftLine, ...]
    list_fen: int
    known_fen: int
    recorded_fen: int


_LISTS = TypeAdapter(GiftList)


async def record_gift_list(
    ws: Workspace,
    actor: Actor,
    lines: Sequence[NewGift],
    *,
    stated_fen: int,
    idempotency_key: str,
) -> Outcome[GiftList]:
    """
    Take down what is new of a list, all of it or nothing.

    Parameters
    ----------
    lines
        As they stand in the list, all to one fund.
    stated_fen
        What the list says that it comes to.

    Raises
    ------
    InvalidInputError
        The lines do not come to what the list says, there is none or too many, or one of them is no gift.
    NotFoundError, NotPermittedError, ConflictError
        As for ``record_donation``.
    """
    actor.require(*OFFICE)
    if not 1 <= len(lines) <= MOST_LINES or len({line.fund_id for line in lines}) != 1:
        raise InvalidInputError(f"a list has 1 to {MOST_LINES} lines to one fund", field="lines")
    total = sum(check_amount(line.amount_fen) for line in lines)
    if total != stated_fen:
        raise InvalidInputError(
            "the lines do not come to what the list says", field="statedTotal", value=stated_fen, lines=total
        )
    if any(line.channel is DonationSource.SHOP for line in lines):
        raise InvalidInputError("what a shop takes is recorded as its day's sale", field="channel")
    ids = [ws.new_id() for _ in lines]

    async def work(tx: AuditedTransaction) -> GiftList:
        held = await _held_against(tx, actor, lines)
        known = {int(match.row.row): match for match in held.matches}
        gifts = await donations_by_ids(tx, actor, [gift.id for match in held.matches for gift in match.gifts])
        made: list[GiftLine] = []
        for place, line in enumerate(lines):
            match = known.get(place)
            if match is not None:
                outcome = LineOutcome.KNOWN if len(match.gifts) == 1 else LineOutcome.SPLIT
                made.append(GiftLine(outcome=outcome, gift=gifts[match.gifts[0].id]))
                continue
            gift = await take_down(ws, tx, actor, line, DonationState.RECEIVED, ids[place])
            flagged = gift.duplicate_of is not None
            outcome = LineOutcome.FLAGGED if flagged else LineOutcome.RECORDED
            made.append(GiftLine(outcome=outcome, gift=gift))
        known_fen = held.matched_fen
        tx.record(
            "donation.record_list",
            lines[0].fund_id,
            detail={"lines": len(lines), "list_fen": total, "known_fen": known_fen},
        )
        return GiftList(
            lines=tuple(made), list_fen=total, known_fen=known_fen, recorded_fen=total - known_fen
        )

    request = request_hash("record_gift_list", tuple(lines), stated_fen)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_LISTS, work=work)


async def _held_against(tx: AuditedTransaction, actor: Actor, lines: Sequence[NewGift]) -> Reconciliation:
    """Hold the lines against the gifts that the fund's charity keeps."""
    holder = await fund_holder(tx, actor, lines[0].fund_id)
    frame = await compared_donations(tx, actor, filter=DonationFilter(fund_id=holder.id))
    gifts = [kept_gift(row) for row in frame.iter_rows(named=True)]
    today = civil_date(tx.at)
    rows: list[GiftRow] = []
    for place, line in enumerate(lines):
        name, _, behind = read_donor(line.donor)
        rows.append(
            GiftRow(
                gift_id="",
                file="list",
                sheet="list",
                row=place,
                donor_name=name,
                passed_on_for=behind,
                amount_fen=line.amount_fen,
                given_on=line.given_on or today,
                reference=line.reference,
            )
        )
    sheet = GiftSheet(
        file="list", sheet="list", rows=tuple(rows), refused=(), rows_stated=None, fen_stated=None
    )
    return reconcile(
        [sheet],
        (gift for gift in gifts if gift.state is not DonationState.CANCELLED),
        window_days=rules_for(tx, holder.region_path).duplicate_window_days.value,
    )
