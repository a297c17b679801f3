"""
Grants of British foundations as decisions: same money, same applicants, another way to choose.

Only winners are published, so whom a foundation left out nobody can know. What can be asked: where an application
states its sum, does the money that was awarded cover it; and who would have been served had there been less money.
Sums are pence: the matcher counts smallest units and does not care of which currency, so long as a round has one.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from benchmarks.held_problem import ANYWHERE, planned, round_on

_TOP = 10
_LEAST_GRANTS = 20
_HALF = 2
_NO_PLACE = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One award; sums in pence, None where nobody printed them."""

    number: str
    file: str
    funder: str
    recipient: str
    area: str
    awarded_on: date
    awarded: int
    applied: int | None
    disbursed: int | None


def grants_of(gifts: pl.DataFrame, figures: pl.DataFrame) -> list[Grant]:
    """Join each gift with the figures printed in its row, in order of day and number."""
    printed: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    for row in figures.iter_rows(named=True):
        here = printed[row["source_id"], row["source_row"]]
        here[row["measure"]] = row["title"]
        here["recipient"], here["address"] = row["recipient"], row["address"]
    found: list[Grant] = []
    for row in gifts.iter_rows(named=True):
        here = printed[row["source_id"], row["source_row"]]
        area = (here.get("address") or "").split("; ")
        found.append(
            Grant(
                number=row["number"],
                file=row["file"],
                funder=row["funder"],
                recipient=here.get("recipient") or f"person {row['number']}",
                area=area[1].casefold() if len(area) == 3 else _NO_PLACE,
                awarded_on=row["awarded_on"],
                awarded=row["awarded"],
                applied=_pence(here.get("applied")),
                disbursed=_pence(here.get("disbursed")),
            )
        )
    return sorted(found, key=lambda grant: (grant.awarded_on, grant.number))


def _pence(text: str | None) -> int | None:
    return None if text is None else int(Decimal(text.split()[0].replace(",", "")) * 100)


def grants(gifts: pl.DataFrame, figures: pl.DataFrame) -> dict[str, Any]:
    """Describe the decisions, then plan again what can be planned again."""
    found = grants_of(gifts, figures)
    files = sorted({grant.file for grant in found})
    years: dict[tuple[str, int], list[Grant]] = defaultdict(list)
    for grant in found:
        years[grant.funder, grant.awarded_on.year].append(grant)
    return {
        "files": {name: _described([grant for grant in found if grant.file == name]) for name in files},
        "applied": _applied(years),
        "less": [_less(funder, year, some) for (funder, year), some in sorted(years.items()) if _fits(some)],
    }


def _described(some: Sequence[Grant]) -> dict[str, Any]:
    return {
        "grants": len(some),
        "funders": len({grant.funder for grant in some}),
        "awarded": sum(grant.awarded for grant in some),
        "applied_stated": sum(grant.applied is not None for grant in some),
        "disbursed": sum(grant.disbursed or 0 for grant in some),
        "areas": len({grant.area for grant in some} - {_NO_PLACE}),
        "area_unknown": sum(grant.area == _NO_PLACE for grant in some),
        "top": _top(Counter({grant.number: grant.awarded for grant in some})),
    }


def _top(money: Counter[str]) -> float:
    """Share of the ten largest in all that was given."""
    return sum(sum_ for _, sum_ in money.most_common(_TOP)) / max(sum(money.values()), 1)


def _fits(some: Sequence[Grant]) -> bool:
    return len(some) >= _LEAST_GRANTS


def _applied(years: dict[tuple[str, int], list[Grant]]) -> dict[str, Any]:
    """Plan each funder-year's stated applications with the money that these very applications were awarded."""
    total: Counter[str] = Counter()
    for (funder, year), some in sorted(years.items()):
        asking = [grant for grant in some if grant.applied]
        if not asking:
            continue
        budget = sum(grant.awarded for grant in asking)
        given, violations, _ = _round(funder, year, asking, budget, ask=lambda grant: grant.applied or 0)
        total.update(
            {
                "funder_years": 1,
                "applications": len(asking),
                "asked": sum(grant.applied or 0 for grant in asking),
                "awarded": budget,
                "planned": sum(given.values()),
                "awarded_whole": sum(grant.awarded >= (grant.applied or 0) for grant in asking),
                "planned_whole": sum(given[grant.number] >= (grant.applied or 0) for grant in asking),
                "awarded_more": sum(grant.awarded > (grant.applied or 0) for grant in asking),
                "over_asked": sum(max(grant.awarded - (grant.applied or 0), 0) for grant in asking),
                "audit_violations": violations,
            }
        )
    return dict(total)


def _less(funder: str, year: int, some: Sequence[Grant]) -> dict[str, Any]:
    """Half of the money, the same winners: who is served whole by the plan, and by going down the list."""
    budget = sum(grant.awarded for grant in some) // _HALF
    planned_money, violations, gap = _round(funder, year, some, budget, ask=lambda grant: grant.awarded)
    listed: Counter[str] = Counter()
    left = budget
    for grant in some:
        if grant.awarded <= left:
            listed[grant.number] = grant.awarded
            left -= grant.awarded
    return {
        "funder": funder,
        "year": year,
        "budget": budget,
        "really": _shape(some, Counter({grant.number: grant.awarded for grant in some})),
        "plan": _shape(some, planned_money),
        "list": _shape(some, listed),
        "audit_violations": violations,
        "gap": gap,
    }


def _shape(some: Sequence[Grant], money: Counter[str]) -> dict[str, Any]:
    whole = [grant for grant in some if money[grant.number] >= grant.awarded]
    return {
        "given": sum(money.values()),
        "grants": len(whole),
        "recipients": len({grant.recipient for grant in whole}),
        "areas": len({grant.area for grant in whole} - {_NO_PLACE}),
        "top": _top(money),
    }


def _round(
    funder: str, year: int, some: Iterable[Grant], budget: int, *, ask: Callable[[Grant], int]
) -> tuple[Counter[str], int, float]:
    """Run one round of a funder's year: whole or nothing, one free fund, areas as communities."""
    some = list(some)
    day = max(grant.awarded_on for grant in some)
    problem = round_on(
        day,
        needs=[
            {
                "need_id": grant.number,
                "kind": "CASH",
                "subject_id": grant.recipient,
                "community": f"{ANYWHERE}{grant.area}/",
                "amount_fen": ask(grant),
                "gap_fen": ask(grant),
                "partial_allowed": False,
                "posted_by": grant.recipient,
                "verified_by": funder,
            }
            for grant in some
        ],
        funds=[{"fund_id": f"{funder} {year}", "organisation_id": funder, "budget_fen": budget}],
    )
    plan, violations = planned(problem)
    given: Counter[str] = Counter()
    for line in plan.money:
        given[line.need_id] += line.amount_fen
    return given, violations, plan.gap
