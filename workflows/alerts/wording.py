"""Facts of evidence in words."""

from domain.alerts import Evidence
from domain.money import yuan_text
from locales import Locale, catalogue, text

_OF_MONEY = frozenset({"amount", "fell"})


def fact_text(fact: Evidence, locale: Locale) -> str:
    """Word one fact for a person; what has no word of its own stands by its code."""
    words = catalogue(locale)
    value, line = (
        ("" if fen is None else yuan_text(fen)) if fact.kind in _OF_MONEY else fen
        for fen in (fact.value, fact.line)
    )
    names = fact.subject.split("+")
    return text(
        f"alerts.fact.{fact.kind}",
        locale,
        situation=" / ".join(words.get(f"public.situation.{name}", name) for name in names),
        lists=" + ".join(words.get(f"alerts.list.{name}", name) for name in names),
        value=value,
        line=line,
        records=fact.records,
        on="" if fact.on is None else fact.on.isoformat(),
    )
