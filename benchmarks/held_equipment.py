"""
Protective equipment, USA 2020: matches that volunteers made beside what rounds would have planned.

Every number of a day uses only what the publishers date before it. What was learned was learned on the earlier half
of the matches and is judged on the later half.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.held_problem import planned, round_on

TEST = "test_match"
_UNSAID_LOT = "批"
_SIZES = (100, 1_000, 10_000)
_PRIOR = 20
_GONE = frozenset({"no_supply", "no_contact_donor"})
WEEK = timedelta(days=7)
FRESH = timedelta(days=30)
"""An offer older than that is asked about again before it is planned with: chosen beforehand, not learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One ask of a house, and the giver whom volunteers found for it."""

    need_id: str
    house: str
    giver: str
    item: str
    quantity: int
    made_on: date
    ended_on: date
    delivered: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one giver said to have, from a day on."""

    id: str
    giver: str
    item: str
    unit: str
    quantity: int
    given_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """Units of one offer for one ask; ``age_days`` is how old the offer was, None where it is not known."""

    need_id: str
    item: str
    giver: str
    house: str
    quantity: int
    age_days: int | None = None


def item_of(code: str, word: str) -> str:
    """Goods that the catalogue does not know are alike only where the source calls them the same."""
    return word if code == "OTHER" else code


def offers_of(frame: pl.DataFrame) -> list[Offer]:
    """Offers by day, then by id."""
    found = [
        Offer(
            id=row["id"],
            giver=row["giver"],
            item=item_of(row["item"], row["item_text"]),
            unit=row["unit"],
            quantity=row["quantity"],
            given_on=row["given_on"],
        )
        for row in frame.iter_rows(named=True)
    ]
    return sorted(found, key=lambda offer: (offer.given_on, offer.id))


def matches_of(frame: pl.DataFrame) -> list[Match]:
    """
    Matches by day, without tests and those that never ended.

    An ask without a figure counts as the median of its item: volunteers set the figure of many a closed match to 0
    afterwards, so a figure of 0 would tell how the match ended.
    """
    frame = frame.filter(pl.col("ended_at").is_not_null() & ~pl.col("trust").str.ends_with(TEST))
    items = [item_of(*pair) for pair in frame.select("item", "item_text").iter_rows()]
    frame = frame.with_columns(item=pl.Series(items, dtype=pl.String))
    stated = frame.filter(pl.col("unit") != _UNSAID_LOT)
    usual = dict(stated.group_by("item").agg(pl.col("quantity").median()).iter_rows())
    found = [
        Match(
            need_id=row["need_id"],
            house=row["house"],
            giver=row["giver"],
            item=row["item"],
            quantity=int(usual.get(row["item"], 1)) if row["unit"] == _UNSAID_LOT else row["quantity"],
            made_on=row["made_at"].date(),
            ended_on=row["ended_at"].date(),
            delivered=row["trust"].startswith("delivered"),
            reason=row["trust"].partition(": ")[2],
        )
        for row in frame.iter_rows(named=True)
    ]
    return sorted(found, key=lambda match: (match.made_on, match.need_id))


@dataclass(frozen=True, slots=True)
class Record:
    """
    How often a match is delivered, by item and by how much its giver had offered, learned from finished matches.

    Each share leans on the coarser one with the weight of 20 matches. Places, distances and kinds of houses are not
    published for the matches, and the earlier matches bear the day of their offer, so neither way nor age can be
    learned.
    """

    base: float
    by_item: Mapping[str, float]
    by_size: Mapping[tuple[str, int], float]
    most: Mapping[str, int]
    """The most that one giver was recorded to have delivered of an item."""

    @classmethod
    def learn(cls, matches: Sequence[Match], size_of: Callable[[Match], int]) -> "Record":
        """Learn from matches that ended."""
        base = sum(match.delivered for match in matches) / len(matches)
        items: dict[str, list[bool]] = defaultdict(list)
        sizes: dict[tuple[str, int], list[bool]] = defaultdict(list)
        given: Counter[tuple[str, str]] = Counter()
        for match in matches:
            items[match.item].append(match.delivered)
            sizes[match.item, size_of(match)].append(match.delivered)
            given[match.giver, match.item] += match.quantity * match.delivered
        by_item = {item: _leaning(seen, base) for item, seen in items.items()}
        by_size = {key: _leaning(seen, by_item[key[0]]) for key, seen in sizes.items()}
        most: dict[str, int] = {}
        for (_, item), quantity in given.items():
            most[item] = max(most.get(item, 0), quantity)
        return cls(base, by_item, by_size, most)

    def expect(self, item: str, size: int) -> float:
        """Give the chance that a match of an item with a giver of this size is delivered."""
        return self.by_size.get((item, size), self.by_item.get(item, self.base))


def _leaning(seen: Sequence[bool], on: float) -> float:
    return (sum(seen) + _PRIOR * on) / (len(seen) + _PRIOR)


@dataclass(slots=True)
class Known:
    """Offers as volunteers could know them on a day."""

    offers: Sequence[Offer]
    matches: Sequence[Match]

    def size(self, giver: str, item: str, day: date) -> int:
        """Give the class of the largest offer of a giver so far; 0 where none is known."""
        largest = max(
            (o.quantity for o in self._of.get((giver, item), ()) if o.given_on <= day),
            default=0,
        )
        return 1 + sum(largest > bound for bound in _SIZES) if largest else 0

    @property
    def _of(self) -> dict[tuple[str, str], list[Offer]]:
        if not self._cache:
            for offer in self.offers:
                self._cache.setdefault((offer.giver, offer.item), []).append(offer)
        return self._cache

    _cache: dict[tuple[str, str], list[Offer]] = field(default_factory=lambda: {})

    def gift_of(self, match: Match) -> Gift:
        """Give what volunteers planned; the offer is the giver's last one of the goods by then."""
        days = [
            o.given_on for o in self._of.get((match.giver, match.item), ()) if o.given_on <= match.made_on
        ]
        return Gift(
            need_id=match.need_id,
            item=match.item,
            giver=match.giver,
            house=match.house,
            quantity=match.quantity,
            age_days=(match.made_on - max(days)).days if days else None,
        )

    def free(self, day: date) -> dict[str, int]:
        """
        Give what is left of each offer on a day, before its matches.

        Off are the volunteers' own earlier matches that were not yet closed, and the whole of a giver's goods once a
        match of them was closed because they were gone or nobody answered, on the day when that was written down.
        """
        taken: Counter[tuple[str, str]] = Counter()
        gone: dict[tuple[str, str], date] = {}
        for match in self.matches:
            if match.made_on >= day:
                continue
            key = (match.giver, match.item)
            if match.delivered or match.ended_on >= day:
                taken[key] += match.quantity
            elif match.reason in _GONE:
                gone[key] = max(gone.get(key, match.ended_on), match.ended_on)
        left: dict[str, int] = {}
        for offer in self.offers:
            key = (offer.giver, offer.item)
            if offer.given_on > day or (key in gone and offer.given_on <= gone[key]):
                continue
            used = min(offer.quantity, taken[key])
            taken[key] -= used
            if offer.quantity > used:
                left[offer.id] = offer.quantity - used
        return left


def later_half(matches: Sequence[Match]) -> tuple[list[Match], list[Match]]:
    """Part the matches at the median day on which they were made."""
    middle = statistics.median_low([match.made_on for match in matches])
    return [m for m in matches if m.made_on < middle], [m for m in matches if m.made_on >= middle]


def replay(matches: Sequence[Match], offers: Sequence[Offer]) -> dict[str, Any]:
    """Plan each day's asks of the later half anew, from the offers that stood open on that very day."""
    earlier, later = later_half(matches)
    known = Known(offers, matches)
    record = Record.learn(earlier, lambda m: known.size(m.giver, m.item, m.made_on))
    days = sorted({match.made_on for match in later})
    asks = {match.need_id: match for match in later}
    result: dict[str, Any] = {
        "matches": len(matches),
        "earlier": len(earlier),
        "later": len(later),
        "split": later[0].made_on.isoformat(),
        "rounds": len(days),
        "earlier_delivered": _share(m.delivered for m in earlier),
        "later_delivered": _share(m.delivered for m in later),
        "known_at_split": sum(m.ended_on < later[0].made_on for m in matches),
        "earlier_on_offer_day": _share(_on_offer_day(m, offers) for m in earlier),
    }
    result["brier"] = _brier(later, record, known)
    judged = _Judge(record, known, later)
    ways: dict[str, list[Gift]] = {"real": [known.gift_of(match) for match in later]}
    violations, beyond = 0, 0
    gaps: list[float] = []
    for day in days:
        today = [match for match in later if match.made_on == day]
        left = known.free(day)
        free_of: Counter[tuple[str, str]] = Counter()
        for offer in offers:
            free_of[offer.giver, offer.item] += left.get(offer.id, 0)
        for match in today:
            beyond += free_of[match.giver, match.item] < match.quantity
            free_of[match.giver, match.item] -= match.quantity
        for way, stock in (
            ("offered", left),
            ("careful", _capped(left, offers, record.most)),
            ("fresh", _capped(_since(left, offers, day - FRESH), offers, record.most)),
        ):
            gifts, wrong, gap = _round(day, today, offers, stock)
            ways.setdefault(way, []).extend(gifts)
            violations += wrong
            gaps.append(gap)
    result["beyond_offer"] = beyond / len(later)
    result["ways"] = {way: judged.of(gifts, asks, real=way == "real") for way, gifts in ways.items()}
    result["audit_violations"] = violations
    result["largest_gap"] = max(gaps)
    return result


def _on_offer_day(match: Match, offers: Sequence[Offer]) -> bool:
    days = [o.given_on for o in offers if o.giver == match.giver and o.item == match.item]
    return match.made_on in days


def _since(left: Mapping[str, int], offers: Iterable[Offer], first: date) -> dict[str, int]:
    return {offer.id: left[offer.id] for offer in offers if offer.id in left and offer.given_on >= first}


def _capped(left: Mapping[str, int], offers: Iterable[Offer], most: Mapping[str, int]) -> dict[str, int]:
    """Count of no giver's goods more than anybody was recorded to have delivered of them."""
    room: dict[tuple[str, str], int] = {}
    capped: dict[str, int] = {}
    for offer in offers:
        if offer.id not in left:
            continue
        key = (offer.giver, offer.item)
        free = room.setdefault(key, most.get(offer.item, 0) or left[offer.id])
        counted = min(left[offer.id], free)
        room[key] -= counted
        if counted:
            capped[offer.id] = counted
    return capped


def _round(
    day: date, asks: Sequence[Match], offers: Iterable[Offer], left: Mapping[str, int]
) -> tuple[list[Gift], int, float]:
    wanted = {ask.item for ask in asks}
    by_offer = {offer.id: offer for offer in offers if offer.id in left and offer.item in wanted}
    by_need = {ask.need_id: ask for ask in asks}
    problem = round_on(
        day,
        needs=[{"need_id": ask.need_id, "subject_id": ask.house} for ask in asks],
        need_items=[
            {
                "need_item_id": f"{ask.need_id}/1",
                "need_id": ask.need_id,
                "item": ask.item,
                "unit": "",
                "quantity": ask.quantity,
            }
            for ask in asks
        ],
        stock=[
            {"offer_id": key, "item": offer.item, "unit": "", "quantity": left[key]}
            for key, offer in by_offer.items()
        ],
    )
    plan, violations = planned(problem)
    gifts = [
        Gift(
            need_id=line.need_id,
            item=by_need[line.need_id].item,
            giver=by_offer[line.offer_id].giver,
            house=by_need[line.need_id].house,
            quantity=line.quantity,
            age_days=(day - by_offer[line.offer_id].given_on).days,
        )
        for line in plan.goods
    ]
    return gifts, violations, plan.gap


def _brier(later: Sequence[Match], record: Record, known: Known) -> dict[str, float]:
    """How well what was learned foretells the later half, beside always saying the earlier share."""
    said = [record.expect(m.item, known.size(m.giver, m.item, m.made_on)) for m in later]
    return {
        "expected": round(statistics.fmean(said), 4),
        "learned": round(
            statistics.fmean((p - m.delivered) ** 2 for p, m in zip(said, later, strict=True)), 4
        ),
        "constant": round(statistics.fmean((record.base - m.delivered) ** 2 for m in later), 4),
    }


@dataclass(slots=True)
class _Judge:
    """
    One yardstick for what people did and what was planned.

    ``expected`` goes by what the earlier half taught. ``likely`` and ``least`` use hindsight, for judging alone: a
    giver delivers as they did in the later half; one whom volunteers never tried then delivers as the mean giver
    did, or nothing.
    """

    record: Record
    known: Known
    later: Sequence[Match]

    def of(self, gifts: Sequence[Gift], asks: Mapping[str, Match], *, real: bool) -> dict[str, Any]:
        kept: dict[str, list[bool]] = defaultdict(list)
        for match in self.later:
            kept[match.giver].append(match.delivered)
        usual = statistics.fmean(sum(seen) / len(seen) for seen in kept.values())
        expected: Counter[str] = Counter()
        least: Counter[str] = Counter()
        likely: Counter[str] = Counter()
        covered: Counter[str] = Counter()
        for gift in gifts:
            ask = asks[gift.need_id]
            share = gift.quantity / ask.quantity
            covered[gift.need_id] += share
            chance = self.record.expect(gift.item, self.known.size(gift.giver, gift.item, ask.made_on))
            expected[gift.need_id] += share * chance
            seen = kept.get(gift.giver)
            least[gift.need_id] += share * (sum(seen) / len(seen) if seen else 0.0)
            likely[gift.need_id] += share * (sum(seen) / len(seen) if seen else usual)
        by_giver: Counter[str] = Counter()
        for gift in gifts:
            by_giver[gift.giver] += gift.quantity / asks[gift.need_id].quantity
        n = len(asks)
        units = sum(ask.quantity for ask in asks.values())
        return {
            "asks": n,
            "touched": len(covered),
            "whole": sum(share > 0.999999 for share in covered.values()),
            "covered": sum(covered.values()) / n,
            "units_planned": sum(gift.quantity for gift in gifts) / units,
            "expected": sum(expected.values()) / n,
            "least": sum(least.values()) / n,
            "likely": sum(likely.values()) / n,
            "likely_units": sum(likely[key] * ask.quantity for key, ask in asks.items()) / units,
            "untried": sum(g.giver not in kept for g in gifts) / max(len(gifts), 1),
            "recorded": _share(ask.delivered for ask in asks.values()) if real else None,
            "recorded_units": sum(a.quantity * a.delivered for a in asks.values()) / units if real else None,
            "median_age": statistics.median([g.age_days for g in gifts if g.age_days is not None]),
            "houses": len({gift.house for gift in gifts}),
            "givers": len(by_giver),
            "handovers": len({(gift.giver, gift.house, asks[gift.need_id].made_on) for gift in gifts}),
            "largest_giver": max(by_giver.values(), default=0.0) / max(sum(by_giver.values()), 1e-9),
        }


def _share(flags: Iterable[bool]) -> float:
    seen = list(flags)
    return sum(seen) / len(seen) if seen else 0.0


@dataclass(slots=True)
class Request:
    """One asked item of a house, and what of it is open."""

    need_item_id: str
    need_id: str
    house: str
    item: str
    asked: int
    asked_on: date
    open: int = 0


def requests_of(frame: pl.DataFrame) -> list[Request]:
    """Asked items by day, then by id."""
    found = [
        Request(
            need_item_id=row["need_item_id"],
            need_id=row["need_id"],
            house=row["house"],
            item=item_of(row["item"], row["item_text"]),
            asked=row["quantity"],
            asked_on=row["posted_at"].date(),
            open=row["quantity"],
        )
        for row in frame.iter_rows(named=True)
    ]
    return sorted(found, key=lambda ask: (ask.asked_on, ask.need_item_id))


def distances(path: Path) -> dict[tuple[str, str], float]:
    """Miles between a giver and a house: a table of pairs has no place in the graph, so it is read as it is."""
    return {(giver, house): miles for giver, house, miles in pl.read_csv(path).iter_rows()}
