"""Templates with what they may use: texts, money, times and charts."""

import math
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined

from domain.money import yuan_text
from domain.time import CIVIL_ZONE, aware_utc
from graphql_api.report import charts
from graphql_api.report.model import Line
from locales import Locale, text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("graphql_api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named: dict[str, object] = {
        "bar": charts.bar,
        "ring": charts.ring,
        "gauge": charts.gauge,
        "part": charts.Part,
    }
    filters: dict[str, Callable[..., object]] = {
        "yuan": yuan_text,
        "percent": percent,
        "at_most": at_most,
        "count": _count,
        "points": _points,
        "parts": _parts,
        "group": _in_eights,
    }
    cast("dict[str, object]", environment.globals).update(named)
    cast("dict[str, Callable[..., object]]", environment.filters).update(filters)
    return environment


def percent(share: float, digits: int = 1) -> str:
    """
    Write a fraction in percent.

    Something is never shown as nothing, nor less than all as all.

    Examples
    --------
    >>> percent(0.579), percent(0.00001), percent(0.99999), percent(1.0)
    ('57.9%', '<0.1%', '>99.9%', '100%')
    """
    smallest = 10.0**-digits
    if 0 < share * 100 < smallest / 2:
        return f"<{smallest:.{digits}f}%"
    if 100 - smallest / 2 < share * 100 < 100:
        return f">{100 - smallest:.{digits}f}%"
    return f"{share:.0%}" if share in (0, 1) else f"{share:.{digits}%}"


def at_most(share: float) -> str:
    """
    Write a fraction in percent, rounded up to hundredths, as a promise that it is no more.

    Examples
    --------
    >>> at_most(0.0000023), at_most(0.005), at_most(0.0)
    ('0.01%', '0.50%', '0%')
    """
    return f"{math.ceil(share * 10_000 - 1e-9) / 10_000:.2%}" if share > 0 else "0%"


def _count(number: int) -> str:
    return f"{number:,}"


def _points(points: float) -> str:
    """Whole points where they are whole, hundredths otherwise."""
    return f"{points:,.0f}" if points == round(points) else f"{points:,.2f}"


def _in_eights(digest: str) -> str:
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def _parts(line: Line) -> list[charts.Part]:
    whole = max(line.needs, 1)
    return [
        charts.Part(share=line.fulfilled / whole, css="full"),
        charts.Part(share=line.partly / whole, css="some"),
    ]


def _moment(locale: Locale) -> Callable[[datetime], str]:
    pattern = text("report.moment", locale)
    return lambda moment: aware_utc(moment).astimezone(CIVIL_ZONE).strftime(pattern)


def render(template: str, locale: Locale, **values: object) -> str:
    """Fill a template in one language."""

    def worded(key: str, **parameters: object) -> str:
        return text(key, locale, **parameters)

    other = Locale.EN if locale is Locale.ZH_CN else Locale.ZH_CN
    return (
        _environment()
        .get_template(template)
        .render(t=worded, locale=locale.value, other=other.value, moment=_moment(locale), **values)
    )
