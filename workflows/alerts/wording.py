"""Facts of evidence, and conditions, in words."""

from collections.abc import Iterable

from domain.alerts import Evidence
from domain.money import yuan_text
from locales import Locale, catalogue, text
from workflows.alerts.conditions import (
    AllOf,
    AnyOf,
    Condition,
    HasAge,
    HasAmount,
    HasCeased,
    HasFallen,
    HasMembers,
    HasRecords,
    HasSituation,
    NoneOf,
    Whose,
)

_OF_MONEY = frozenset({"amount", "fell"})


def fact_text(fact: Evidence, locale: Locale) -> str:
    """Word one fact for a person; what has no word of its own stands by its code."""
    value, line = (
        ("" if fen is None else yuan_text(fen)) if fact.kind in _OF_MONEY else fen
        for fen in (fact.value, fact.line)
    )
    names = fact.subject.split("+")
    return text(
        f"alerts.fact.{fact.kind}",
        locale,
        situation=_situations(names, locale),
        lists=_lists(names, locale),
        value=value,
        line=line,
        records=fact.records,
        on="" if fact.on is None else fact.on.isoformat(),
    )


def _situations(codes: Iterable[str], locale: Locale) -> str:
    return " / ".join(catalogue(locale).get(f"public.situation.{code}", code) for code in codes)


def _lists(names: Iterable[str], locale: Locale) -> str:
    return " + ".join(catalogue(locale).get(f"alerts.list.{name}", name) for name in names)


def _part(condition: Condition, locale: Locale) -> str:
    """Word a part; one that has several parts of its own stands in brackets."""
    said = condition_text(condition, locale)
    several = isinstance(condition, AllOf | AnyOf) and len(condition.parts) > 1
    return f"({said})" if several else said


def condition_text(condition: Condition, locale: Locale) -> str:
    """Word a condition for a person."""
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        joint = _say("and" if isinstance(condition, AllOf) else "or", locale)
        parts = joint.join(_part(part, locale) for part in condition.parts)
        return _say("none", locale, parts=parts) if isinstance(condition, NoneOf) else parts
    if isinstance(condition, HasSituation):
        held = _situations(condition.any_of, locale)
        return _say("situation", locale, situation=held, whose=_whose(condition.of, locale))
    if isinstance(condition, HasAge | HasMembers):
        return _bounds_text(condition, locale)
    return _records_text(condition, locale)


def _say(name: str, locale: Locale, **parameters: object) -> str:
    return text(f"alerts.condition.{name}", locale, **parameters)


def _whose(of: Whose, locale: Locale) -> str:
    return "" if of is Whose.PERSON else _say(f"of_{of.value}", locale)


def _bounds_text(condition: HasAge | HasMembers, locale: Locale) -> str:
    if isinstance(condition, HasAge):
        bounds = [("age_at_least", condition.at_least), ("age_below", condition.below)]
    else:
        bounds = [
            ("members_at_least", condition.at_least),
            ("members_at_most", condition.at_most),
            ("adults_at_most", condition.adults_at_most),
        ]
    said = (_say(name, locale, years=bound, count=bound) for name, bound in bounds if bound is not None)
    return _say("and", locale).join(said)


def _records_text(condition: HasRecords | HasAmount | HasCeased | HasFallen, locale: Locale) -> str:
    lists, days = _lists(condition.lists, locale), condition.within_days
    if isinstance(condition, HasFallen):
        return _say("fell", locale, lists=lists, days=days, percent=condition.percent)
    whose = _whose(condition.of, locale)
    if isinstance(condition, HasRecords):
        return _say("records", locale, lists=lists, count=condition.at_least, days=days, whose=whose)
    if isinstance(condition, HasCeased):
        return _say("ceased", locale, lists=lists, silent=condition.silent_days, days=days, whose=whose)
    lines = [
        _say("line", locale, yuan=f"{line.above_yuan:,}", situation=_situations(line.situations, locale))
        for line in condition.lines
    ]
    if condition.otherwise_yuan is not None:
        lines.append(_say("otherwise", locale, yuan=f"{condition.otherwise_yuan:,}"))
    return _say("amount", locale, lists=lists, days=days, lines=", ".join(lines), whose=whose)
