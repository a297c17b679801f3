"""
Reconciliation: a bank's or a charity's list held against the gifts that are kept.

Each row is matched to one gift and each gift to one row, by what says most: the row it was read from, the number of
the payment, then donor, amount and day; or to all the payments of its donor that come to its sum. What is left on
either side is listed, and the sums of all parts are proved to the fen. Nothing is written and nothing is put together:
a list that repeats a gift is flagged.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from domain.actors import Actor
from domain.errors import InvalidInputError
from domain.giving import DonationState
from domain.time import civil_date
from graph.reads.donations import DonationFilter, compared_donations
from importers.gift_lists import GiftRow, GiftSheet, read_gifts, rows_of
from importers.mapping import AUTO
from importers.words import folded
from workflows.dated import rules_on
from workflows.donations.duplicates import Likeness, donor_key, repeats_among
from workflows.donations.steps import OFFICE, RULES, DonationRules
from workflows.workspace import Workspace


class MatchedBy(StrEnum):
    """By what a row was matched to a gift, what says most first."""

    SOURCE = "SOURCE"
    REFERENCE = "REFERENCE"
    DAY = "DAY"
    WINDOW = "WINDOW"
    SUM = "SUM"
    UNNAMED = "UNNAMED"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGift:
    """What a gift that is kept is compared by."""

    id: str
    donor_name: str | None
    passed_on_for: str | None
    amount_fen: int
    given_on: date | None
    reference: str | None
    state: DonationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """
    A row and its gift, or the several payments of one donor that a list has put into one row.

    ``candidates`` counts the gifts that would have done as well.
    """

    row: GiftRow
    gifts: tuple[KeptGift, ...]
    by: MatchedBy
    candidates: int

    @property
    def gifts_fen(self) -> int:
        """Sum of its gifts."""
        return sum(gift.amount_fen for gift in self.gifts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A row that looks like an earlier one of the lists."""

    row: GiftRow
    like: GiftRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """
    Two sides held against each other.

    ``proofs`` names what must be equal to the fen, each with both figures.
    """

    sheets: tuple[GiftSheet, ...]
    matches: tuple[Match, ...]
    unmatched_rows: tuple[GiftRow, ...]
    unmatched_gifts: tuple[KeptGift, ...]
    repeats: tuple[Repeat, ...]

    @property
    def rows_fen(self) -> int:
        """Sum of all rows that could be read."""
        return sum(row.amount_fen for sheet in self.sheets for row in sheet.rows)

    @property
    def gifts_fen(self) -> int:
        """Sum of all gifts that were compared."""
        return sum(m.gifts_fen for m in self.matches) + sum(g.amount_fen for g in self.unmatched_gifts)

    @property
    def matched_fen(self) -> int:
        """Sum of the rows that have their gift."""
        return sum(match.row.amount_fen for match in self.matches)

    @property
    def proofs(self) -> dict[str, tuple[int, int]]:
        """What must be equal to the fen."""
        unmatched = sum(row.amount_fen for row in self.unmatched_rows)
        found = {
            "rows": (self.rows_fen, self.matched_fen + unmatched),
            "matches": (self.matched_fen, sum(match.gifts_fen for match in self.matches)),
            "gifts": (self.gifts_fen - self.matched_fen, sum(g.amount_fen for g in self.unmatched_gifts)),
        }
        for sheet in self.sheets:
            if sheet.fen_stated is not None:
                read = sum(row.amount_fen for row in sheet.rows)
                found[f"stated:{sheet.file}:{sheet.sheet}"] = (sheet.fen_stated, read)
        return found

    @property
    def holds(self) -> bool:
        """Whether every proof holds."""
        return all(one == other for one, other in self.proofs.values())

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left on either side, and no row was refused."""
        return not (self.unmatched_rows or self.unmatched_gifts or any(s.refused for s in self.sheets))


async def reconcile_files(
    ws: Workspace,
    actor: Actor,
    paths: Sequence[Path],
    *,
    narrowed: DonationFilter | None = None,
    mapping: str = AUTO,
    identity_key: bytes | None = None,
) -> Reconciliation:
    """
    Hold lists against the gifts to the actor's funds.

    Parameters
    ----------
    narrowed
        Which gifts are compared; without states, all but cancelled pledges.

    Raises
    ------
    UnreadableFileError, MappingError
        A file cannot be read, or is no list of gifts.
    NotPermittedError
        The actor handles no gifts.
    """
    actor.require(*OFFICE)
    if not paths:
        raise InvalidInputError("no list is named", field="files")
    today = civil_date(ws.clock())
    sheets = [
        sheet
        for path in paths
        for sheet in read_gifts(
            path, scope=actor.scope, day=today, mapping=mapping, identity_key=identity_key
        )
    ]
    frame = await ws.store.read(lambda tx: compared_donations(tx, actor, filter=narrowed or DonationFilter()))
    rules = rules_on(RULES, DonationRules, today, actor.scope.region_paths[0])
    gifts = [kept_gift(row) for row in frame.iter_rows(named=True)]
    if narrowed is None or not narrowed.states:
        gifts = [gift for gift in gifts if gift.state is not DonationState.CANCELLED]
    return reconcile(sheets, gifts, window_days=rules.duplicate_window_days.value)


def kept_gift(row: dict[str, Any]) -> KeptGift:
    """Give what a row of ``compared_donations`` is compared by."""
    return KeptGift(
        id=row["id"],
        donor_name=row["donor_name"],
        passed_on_for=row["passed_on_for"],
        amount_fen=row["amount_fen"] or 0,
        given_on=row["given_on"],
        reference=row["reference"],
        state=DonationState(row["state"]),
    )


def reconcile(sheets: Sequence[GiftSheet], gifts: Iterable[KeptGift], *, window_days: int) -> Reconciliation:
    """Match rows and gifts one to one; equal rows take equal gifts in the order of row and id."""
    rows = rows_of(sheets)
    pairing = _Pairing(rows, {gift.id: gift for gift in gifts})
    pairing.by_source()
    pairing.by_key(MatchedBy.REFERENCE, _reference)
    pairing.by_key(MatchedBy.DAY, _donor_and_day)
    pairing.by_window(window_days)
    pairing.by_sum(window_days)
    pairing.by_key(MatchedBy.UNNAMED, _unnamed)
    keyed = {f"{place:09d}": row for place, row in enumerate(rows)}
    repeats = repeats_among(((key, _likeness(row)) for key, row in keyed.items()), window_days)
    return Reconciliation(
        sheets=tuple(sheets),
        matches=tuple(sorted(pairing.matches, key=lambda m: (m.row.file, m.row.sheet, m.row.row))),
        unmatched_rows=tuple(pairing.rows.values()),
        unmatched_gifts=tuple(pairing.gifts.values()),
        repeats=tuple(Repeat(row=keyed[key], like=keyed[first]) for key, first in sorted(repeats.items())),
    )


Side = GiftRow | KeptGift


def _likeness(row: Side) -> Likeness:
    return Likeness(
        donor=donor_key(row.donor_name, row.passed_on_for),
        amount_fen=row.amount_fen,
        given_on=row.given_on,
        reference=row.reference,
    )


def _reference(side: Side) -> Hashable | None:
    return (folded(side.reference), side.amount_fen) if side.reference else None


def _donor(side: Side) -> Hashable | None:
    donor = donor_key(side.donor_name, side.passed_on_for)
    return (donor, side.amount_fen) if donor else None


def _donor_and_day(side: Side) -> Hashable | None:
    donor = _donor(side)
    return None if donor is None or side.given_on is None else (donor, side.given_on)


def _unnamed(side: Side) -> Hashable | None:
    named = donor_key(side.donor_name, side.passed_on_for)
    return None if named or side.given_on is None else (side.amount_fen, side.given_on)


class _Pairing:
    """What is not matched yet on either side, and the matches so far."""

    def __init__(self, rows: Sequence[GiftRow], gifts: Mapping[str, KeptGift]) -> None:
        self.rows = dict(enumerate(rows))
        self.gifts = dict(sorted(gifts.items()))
        self.matches: list[Match] = []

    def match(self, place: int, ids: Sequence[str], by: MatchedBy, candidates: int = 1) -> None:
        """Take a row and its gifts out of what is left."""
        gifts = tuple(self.gifts.pop(gift_id) for gift_id in ids)
        self.matches.append(Match(row=self.rows.pop(place), gifts=gifts, by=by, candidates=candidates))

    def by_source(self) -> None:
        """Match rows that were imported to the gifts they became, as long as the sums are still the same."""
        for place, row in list(self.rows.items()):
            gift = self.gifts.get(row.gift_id)
            if gift is not None and gift.amount_fen == row.amount_fen:
                self.match(place, [gift.id], MatchedBy.SOURCE)

    def by_key(self, by: MatchedBy, key: Callable[[Side], Hashable | None]) -> None:
        """Match rows and gifts of one key, in their order."""
        waiting = self._grouped(key)
        for place, row in list(self.rows.items()):
            alike = waiting.get(key(row)) or []
            fitting = [gift for gift in alike if self._may_be_one(row, gift)]
            if fitting:
                alike.remove(fitting[0])
                self.match(place, [fitting[0].id], by, len(fitting))

    def by_window(self, window_days: int) -> None:
        """Match rows to the gift of their donor and amount whose day is nearest, an unknown day last."""
        waiting = self._grouped(_donor)
        for place, row in sorted(self.rows.items(), key=lambda item: (item[1].given_on or date.max, item[0])):
            alike = waiting.get(_donor(row)) or []
            near = [
                (_days_apart(row, gift, window_days), gift.id, gift)
                for gift in alike
                if _days_apart(row, gift, window_days) <= window_days and self._may_be_one(row, gift)
            ]
            if near:
                _, gift_id, gift = min(near, key=lambda each: each[:2])
                alike.remove(gift)
                self.match(place, [gift_id], MatchedBy.WINDOW, len(near))

    def by_sum(self, window_days: int) -> None:
        """Match rows to all that is left of their donor's gifts, where these come to the row's sum together."""
        waiting: dict[str, list[KeptGift]] = {}
        for gift in self.gifts.values():
            if donor := donor_key(gift.donor_name, gift.passed_on_for):
                waiting.setdefault(donor, []).append(gift)
        for place, row in list(self.rows.items()):
            near = [
                gift
                for gift in waiting.get(donor_key(row.donor_name, row.passed_on_for), [])
                if gift.id in self.gifts
                and _days_apart(row, gift, window_days) <= window_days
                and self._may_be_one(row, gift)
            ]
            if len(near) > 1 and sum(gift.amount_fen for gift in near) == row.amount_fen:
                self.match(place, [gift.id for gift in near], MatchedBy.SUM)

    def _grouped(self, key: Callable[[Side], Hashable | None]) -> dict[Hashable | None, list[KeptGift]]:
        groups: dict[Hashable | None, list[KeptGift]] = {}
        for gift in self.gifts.values():
            found = key(gift)
            if found is not None:
                groups.setdefault(found, []).append(gift)
        return groups

    @staticmethod
    def _may_be_one(row: GiftRow, gift: KeptGift) -> bool:
        """Whether two numbers of payments do not say that these are two gifts."""
        if row.reference is None or gift.reference is None:
            return True
        return folded(row.reference) == folded(gift.reference)


def _days_apart(row: GiftRow, gift: KeptGift, unknown: int) -> int:
    if row.given_on is None or gift.given_on is None:
        return unknown
    return abs((row.given_on - gift.given_on).days)
