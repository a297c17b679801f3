"""The held cases as a page of the docs, in both languages, from the figures that were kept."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from locales import Locale, text

KEPT = Path(__file__).parents[1] / "docs" / "benchmarks" / "held-cases.json"

Kept = Mapping[str, Any]
Say = Callable[..., str]

_COUNTS = frozenset(
    {
        "whole",
        "houses",
        "givers",
        "handovers",
        "asks_touched",
        "asks_whole",
        "median_age",
        "mean_miles",
        "median_miles",
    }
)
_EQUIPMENT = (
    "whole", "covered", "recorded", "recorded_units", "expected", "likely", "likely_units", "least", "untried",
    "median_age", "houses", "givers", "handovers", "largest_giver",
)  # fmt: skip
_APRIL = ("offers_placed", "units_placed", "asks_touched", "asks_whole", "covered", "houses", "handovers")
_MILES = ("mean_miles", "median_miles")


def page(kept: Kept, locale: Locale = Locale.EN) -> str:
    """Give the body of the page, without its heading."""
    say: Say = partial(_said, locale)
    parts = (_imported, _equipment, _april, _grants)
    return _intro(kept, say) + "".join(part(kept, say) for part in parts)


def kept_page(locale: Locale) -> str:
    """Give the whole page from the figures that were kept."""
    note = text("docs.generated", locale, source="`docs/benchmarks/held-cases.json`")
    body = page(json.loads(KEPT.read_text("utf-8")), locale)
    return f"# {text('held.page.title', locale)}\n\n<!-- {note} -->\n\n{body}"


def _said(locale: Locale, name: str, **values: object) -> str:
    return text(f"held.{name}", locale, **values)


def _intro(kept: Kept, say: Say) -> str:
    return (
        say(
            "page.intro",
            violations=kept["audit_violations"],
            rounds=f"{kept['rounds']:,}",
            cpu=f"{kept['cpu_s']:,.0f}",
            peak=f"{kept['peak_mib']:,}",
            machine=kept["machine"],
        )
        + "\n"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _imported(kept: Kept, say: Say) -> str:
    columns = ("file", "read", "loaded", "refused", "flagged", "control")
    rows = [
        [
            f"`{one['file']}`",
            *(f"{one[name]:,}" for name in columns[1:5]),
            "–" if one["control"] is None else f"{_pounds(one['control'])} GBP",
        ]
        for one in kept["imported"]
    ]
    head = [say(f"page.{name}") for name in columns]
    return f"\n## {say('page.imported')}\n\n{say('page.imported_intro')}\n{_table(head, rows)}"


def _equipment(kept: Kept, say: Say) -> str:
    case = kept["equipment"]
    ways = case["ways"]
    out = f"\n## {say('equipment.title')}\n\n{say('equipment.intro', **_plain(case))}\n"
    out += _side_by_side(ways, _EQUIPMENT, "equipment", say)
    plan = ways["offered"]
    figures = {
        "earlier": f"{case['earlier_delivered']:.1%}",
        "later": f"{case['later_delivered']:.1%}",
        "expected": f"{case['brier']['expected']:.1%}",
        "learned": f"{case['brier']['learned']:.3f}",
        "constant": f"{case['brier']['constant']:.3f}",
        "earlier_on_offer_day": f"{case['earlier_on_offer_day']:.0%}",
        "known_at_split": case["known_at_split"],
        "beyond_offer": f"{case['beyond_offer']:.0%}",
        "largest_plan": f"{plan['largest_giver']:.0%}",
        "largest_real": f"{ways['real']['largest_giver']:.0%}",
        "handovers_plan": f"{plan['handovers']:,}",
        "handovers_real": f"{ways['real']['handovers']:,}",
    }
    for name in ("teaching", "hindsight", "unfair", "shows"):
        out += f"\n{say(f'equipment.text.{name}', **figures)}\n"
    return out


def _april(kept: Kept, say: Say) -> str:
    case = kept["april"]
    joint = case["all"]["joint"]
    out = f"\n## {say('april.title')}\n\n"
    out += say(
        "april.intro",
        offers=f"{joint['offers']:,}",
        asks=f"{joint['asks']:,}",
        houses=f"{joint['all_houses']:,}",
        matches=case["matches_on_record"],
        near=case["near"]["joint"]["offers"],
    )
    out += f"\n\n### {say('april.all')}\n" + _side_by_side(case["all"], _APRIL, "april", say)
    out += f"\n### {say('april.near')}\n" + _side_by_side(case["near"], (*_APRIL, *_MILES), "april", say)
    near = case["near"]
    return out + "\n{}\n".format(
        say(
            "april.text.reading",
            chance=f"{case['mean_miles_of_any_pair']:,.0f}",
            joint=f"{near['joint']['mean_miles']:,.0f}",
            nearest=f"{near['nearest']['mean_miles']:,.0f}",
            nobody=joint["offers_nobody_asked"],
        )
    )


def _side_by_side(ways: Kept, rows: Sequence[str], section: str, say: Say) -> str:
    head = [say(f"{section}.measure"), *(say(f"{section}.way.{way}") for way in ways)]
    return _table(
        head,
        [[say(f"{section}.row.{row}"), *(_cell(row, way.get(row)) for way in ways.values())] for row in rows],
    )


def _cell(row: str, figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.0f}" if row in _COUNTS else f"{figure:.1%}"


def _grants(kept: Kept, say: Say) -> str:
    case = kept["grants"]
    columns = ("file", "count", "funders", "awarded", "stated", "areas", "top")
    rows = [
        [
            f"`{name}`",
            f"{one['grants']:,}",
            f"{one['funders']:,}",
            _pounds(one["awarded"]),
            f"{one['applied_stated']:,}",
            f"{one['areas']:,}" if one["areas"] else "–",
            f"{one['top']:.0%}",
        ]
        for name, one in case["files"].items()
    ]
    out = f"\n## {say('grants.title')}\n\n{say('grants.intro')}\n"
    out += _table([say(f"grants.{name}") for name in columns], rows)
    asked = case["applied"]
    figures = _plain(asked) | {
        "asked": _pounds(asked["asked"]),
        "awarded": _pounds(asked["awarded"]),
        "planned": _pounds(asked["planned"]),
        "over": _pounds(asked["over_asked"]),
    }
    out += f"\n### {say('grants.applied_title')}\n\n{say('grants.applied', **figures)}\n"
    columns = (
        "year", "given", "really_grants", "plan_grants", "list_grants", "plan_areas", "list_areas", "plan_top",
        "list_top", "left",
    )  # fmt: skip
    rows = [
        [
            f"{one['funder']}, {one['year']}",
            _pounds(one["budget"]),
            *(f"{one[way]['grants']:,}" for way in ("really", "plan", "list")),
            *(f"{one[way]['areas'] or '–'} / {one['really']['areas'] or '–'}" for way in ("plan", "list")),
            *(f"{one[way]['top']:.0%}" for way in ("plan", "list")),
            _pounds(one["budget"] - one["plan"]["given"]),
        ]
        for one in case["less"]
    ]
    out += f"\n### {say('grants.less_title')}\n\n{say('grants.less')}\n"
    return out + _table([say(f"grants.{name}") for name in columns], rows)


def _plain(case: Kept) -> dict[str, str]:
    return {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in case.items()}


def _pounds(pence: int) -> str:
    return f"{pence / 100:,.0f}"
