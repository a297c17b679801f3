"""April 2020: open requests and offers of one month, in weekly rounds, three ways to share them out."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from benchmarks.held_equipment import WEEK, Gift, Offer, Request
from benchmarks.held_problem import planned, round_on

Miles = Mapping[tuple[str, str], float]
WAYS = ("joint", "oldest", "nearest")


def april(offers: Sequence[Offer], requests: Sequence[Request], miles: Miles) -> dict[str, Any]:
    """
    Share out every offer, then only those of the givers whose distances are published.

    Nobody's matches of this table are published: the joint plan stands beside two plain rules, both of which
    volunteers use. ``nearest`` needs distances.
    """
    near = {giver for giver, _ in miles}
    some = [offer for offer in offers if offer.giver in near]
    return {
        "all": _ways(offers, requests, miles, ("joint", "oldest")),
        "near": _ways(some, requests, miles, WAYS),
        "mean_miles_of_any_pair": statistics.fmean(miles.values()),
    }


def _ways(
    offers: Sequence[Offer], requests: Sequence[Request], miles: Miles, ways: Sequence[str]
) -> dict[str, Any]:
    return {way: _month(way, offers, requests, miles) for way in ways}


def _month(way: str, offers: Sequence[Offer], requests: Sequence[Request], miles: Miles) -> dict[str, Any]:
    first = min(offer.given_on for offer in offers)
    last = max(*(o.given_on for o in offers), *(r.asked_on for r in requests))
    asks = [replace(ask) for ask in requests]
    left = {offer.id: offer.quantity for offer in offers}
    gifts: list[Gift] = []
    violations, gap, rounds = 0, 0.0, 0
    day = first + WEEK
    while True:
        open_asks = [ask for ask in asks if ask.open and ask.asked_on < day]
        stock = [offer for offer in offers if left[offer.id] and offer.given_on < day]
        if way == "joint":
            found, wrong, missing = _joint(day, open_asks, stock, left)
            violations, gap = violations + wrong, max(gap, missing)
        else:
            found = _plain(open_asks, stock, left, miles if way == "nearest" else None)
        gifts += found
        rounds += 1
        if day > last:
            break
        day += WEEK
    used = sum(left[offer.id] < offer.quantity for offer in offers) / len(offers)
    return (
        _figures(gifts, offers, asks, miles)
        | {"offers_placed": used}
        | {
            "rounds": rounds,
            "audit_violations": violations,
            "largest_gap": gap,
        }
    )


def _joint(
    day: date, asks: Sequence[Request], stock: Sequence[Offer], left: dict[str, int]
) -> tuple[list[Gift], int, float]:
    """
    Run one round over all that is open, and take what it gives off both sides.

    Each asked item is a need of its own, as each match of these volunteers is one item.
    """
    stocked = {offer.item for offer in stock}
    by_item = {ask.need_item_id: ask for ask in asks if ask.item in stocked}
    by_offer = {offer.id: offer for offer in stock}
    problem = round_on(
        day,
        needs=[
            {"need_id": key, "subject_id": ask.house, "waiting_days": (day - ask.asked_on).days}
            for key, ask in by_item.items()
        ],
        need_items=[
            {
                "need_item_id": key,
                "need_id": key,
                "item": ask.item,
                "unit": "",
                "quantity": ask.open,
            }
            for key, ask in by_item.items()
        ],
        stock=[{"offer_id": o.id, "item": o.item, "unit": "", "quantity": left[o.id]} for o in stock],
    )
    plan, violations = planned(problem)
    gifts = [
        _give(by_item[line.need_item_id], by_offer[line.offer_id], line.quantity, left) for line in plan.goods
    ]
    return gifts, violations, plan.gap


def _plain(
    asks: Sequence[Request], stock: Sequence[Offer], left: dict[str, int], miles: Miles | None
) -> list[Gift]:
    """Go through the offers as they came; each serves the oldest, or the nearest, open requests of its goods."""
    waiting: dict[str, list[Request]] = defaultdict(list)
    for ask in asks:
        waiting[ask.item].append(ask)
    gifts: list[Gift] = []
    for offer in stock:
        queue = [ask for ask in waiting[offer.item] if ask.open]
        if miles is not None:
            queue.sort(key=lambda ask, giver=offer.giver: miles.get((giver, ask.house), float("inf")))
        for ask in queue:
            if not left[offer.id]:
                break
            gifts.append(_give(ask, offer, min(left[offer.id], ask.open), left))
    return gifts


def _give(ask: Request, offer: Offer, quantity: int, left: dict[str, int]) -> Gift:
    ask.open -= quantity
    left[offer.id] -= quantity
    return Gift(
        need_id=ask.need_item_id, item=ask.item, giver=offer.giver, house=ask.house, quantity=quantity
    )


def _figures(
    gifts: Sequence[Gift], offers: Sequence[Offer], asks: Sequence[Request], miles: Miles
) -> dict[str, Any]:
    given: Counter[str] = Counter()
    for gift in gifts:
        given[gift.need_id] += gift.quantity
    asked = {ask.need_item_id: ask.asked for ask in asks}
    pairs = {(gift.giver, gift.house) for gift in gifts}
    ways = sorted(miles[pair] for pair in pairs if pair in miles)
    offered = sum(offer.quantity for offer in offers)
    wanted = {ask.item for ask in asks}
    of_use = [offer for offer in offers if offer.item in wanted]
    return {
        "offers": len(offers),
        "offers_nobody_asked": len(offers) - len(of_use),
        "units_placed": sum(gift.quantity for gift in gifts) / offered,
        "asks": len(asks),
        "asks_touched": len(given),
        "asks_whole": sum(given[key] >= asked[key] for key in given),
        "covered": sum(min(1.0, given[key] / asked[key]) for key in given) / len(asks),
        "houses": len({gift.house for gift in gifts}),
        "all_houses": len({ask.house for ask in asks}),
        "handovers": len(pairs),
        "mean_miles": statistics.fmean(ways) if ways else None,
        "median_miles": statistics.median(ways) if ways else None,
    }
