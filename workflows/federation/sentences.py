"""
What binds money, as sentences: the purpose of a book, what its fund is in law, and the rules that every gift keeps.

Each sentence has the code of its kind, the hard constraint behind it, and where that constraint comes from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from domain.funds import ImprestTerms
from domain.giving import FundType
from domain.money import yuan_text
from domain.purposes import BeneficiaryScope, Purpose, Season
from locales import Locale, text
from matching.policy import policy_on
from matching.rules import ALL_RULES
from workflows.allocations.tiers import allocation_rules
from workflows.funds.fund_rules import fund_rules

_LABELS = {rule.id: rule.label_key for rule in ALL_RULES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """
    One thing that binds.

    Parameters
    ----------
    rule
        The hard constraint, as HC-11.
    parameters
        Codes, days and sums, worded by ``word_sentence``.
    """

    code: str
    rule: str
    parameters: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundBook:
    """What is asked about: a fund's own money, an earmark's, or a programme's, with what the fund is in law."""

    purpose: Purpose
    region_path: str
    fund_type: FundType | None = None
    earmarked: bool = False
    terms: ImprestTerms | None = None
    season: Season | None = None
    documents: tuple[str, ...] = ()
    siblings: int = 0


def restrictions(book: BoundBook, today: date) -> list[Sentence]:
    """Give everything that binds a book on a day: its own walls first, then its kind's, then everybody's."""
    return [*_purpose(book, today), *_kind(book, today), *_everybody(book, today)]


def _purpose(book: BoundBook, today: date) -> Iterable[Sentence]:
    own, scope = book.purpose.restriction, book.purpose.beneficiary_scope
    if not own.is_restricted and scope is BeneficiaryScope.ANYONE:
        yield Sentence(code="UNRESTRICTED", rule="HC-11")
    if own.categories:
        yield Sentence(code="CATEGORIES", rule="HC-11", parameters={"categories": sorted(own.categories)})
    if own.situations:
        codes = sorted(situation.value for situation in own.situations)
        yield Sentence(code="SITUATIONS", rule="HC-11", parameters={"situations": codes})
    if own.regions:
        yield Sentence(code="REGIONS", rule="HC-11", parameters={"regions": sorted(own.regions)})
    if scope is not BeneficiaryScope.ANYONE:
        rule = "HC-16" if book.fund_type is FundType.TRUST else "HC-11"
        yield Sentence(code="SCOPE", rule=rule, parameters={"scope": scope})
    span = own.validity
    if span.valid_from is not None and span.valid_from > today:
        yield Sentence(code="NOT_BEFORE", rule="HC-11", parameters={"day": span.valid_from})
    if span.valid_to is not None:
        over = span.valid_to <= today
        code, rule = ("OVER", "HC-14") if over else ("UNTIL", "HC-11")
        yield Sentence(code=code, rule=rule, parameters={"day": span.valid_to})
    if book.purpose.case_cap_fen is not None:
        yield Sentence(code="CASE_CAP", rule="HC-11", parameters={"fen": book.purpose.case_cap_fen})
    if book.season is not None:
        season = book.season.in_year(today.year)
        days = {"from_day": season.valid_from, "to_day": season.valid_to}
        yield Sentence(code="SEASON", rule="HC-11", parameters=days)
    if book.documents:
        yield Sentence(code="DOCUMENTS", rule="HC-06", parameters={"documents": list(book.documents)})


def _kind(book: BoundBook, today: date) -> Iterable[Sentence]:
    approvals = allocation_rules(today, book.region_path)
    funds = fund_rules(today, book.region_path)
    if book.fund_type is FundType.SPECIAL:
        people = approvals.special_fund_approvals.value
        yield Sentence(code="SPECIAL", rule="HC-15", parameters={"people": people})
    if book.fund_type is FundType.TRUST:
        yield Sentence(code="TRUST", rule="HC-16")
    if book.terms is not None:
        terms = {"float_fen": book.terms.float_fen, "pay_first_fen": book.terms.pay_first_fen}
        yield Sentence(code="IMPREST", rule="HC-12", parameters=terms)
    if book.earmarked or book.fund_type in funds.no_management_from:
        yield Sentence(code="NO_MANAGEMENT", rule="HC-04")
    if book.siblings:
        yield Sentence(code="SIBLINGS", rule="HC-14", parameters={"funds": book.siblings})


def _everybody(book: BoundBook, today: date) -> Iterable[Sentence]:
    rules = allocation_rules(today, book.region_path)
    yield Sentence(code="BALANCE", rule="HC-12")
    yield Sentence(code="RELATED", rule="HC-13")
    limits = policy_on(today).ceilings_in(book.region_path)
    if limits.total is not None:
        yield Sentence(code="HOUSEHOLD", rule="HC-19", parameters={"fen": limits.total.value})
    for kind, limit in sorted(limits.by_kind.items()):
        yield Sentence(code="HOUSEHOLD_KIND", rule="HC-19", parameters={"kind": kind, "fen": limit.value})
    yield Sentence(code="AID_FIRST", rule="HC-20")
    yield Sentence(
        code="DISCLOSURE",
        rule="HC-18",
        parameters={"days": rules.disclosure.related_party_days.value},
    )
    for tier in rules.tiers:
        code = "APPROVALS_SENIOR" if tier.senior else "APPROVALS"
        yield Sentence(code=code, rule="HC-29", parameters={"fen": tier.from_fen, "people": tier.approvals})


def word_sentence(
    sentence: Sentence, locale: Locale = Locale.ZH_CN, places: Mapping[str, str] | None = None
) -> str:
    """
    Put it into words.

    Parameters
    ----------
    places
        Names of divisions by path; one without a name stands for itself.
    """
    said: dict[str, object] = {}
    for name, value in sentence.parameters.items():
        said[name] = _said(name, value, locale, places or {})
    return text(f"federation.sentence.{sentence.code}", locale, **said)


_TABLES = {
    "categories": "report.category",
    "situations": "public.situation",
    "documents": "funds.document",
    "scope": "funds.beneficiary_scope",
    "kind": "reasons.ceiling",
}


def _said(name: str, value: object, locale: Locale, places: Mapping[str, str]) -> object:
    if name.endswith("fen"):
        return yuan_text(cast("int", value))
    if isinstance(value, date):
        return value.isoformat()
    if name == "regions":
        return _joined([places.get(path, path) for path in cast("Sequence[str]", value)], locale)
    if name in _TABLES:
        codes = [value] if isinstance(value, str) else cast("Sequence[str]", value)
        return _joined([text(f"{_TABLES[name]}.{code}", locale) for code in codes], locale)
    return value


def _joined(parts: Sequence[str], locale: Locale) -> str:
    return ("、" if locale is Locale.ZH_CN else ", ").join(parts)


def source_of(rule: str, locale: Locale = Locale.ZH_CN) -> str:
    """Give where a hard constraint comes from; empty where no source is kept."""
    key = f"federation.source.{rule}"
    said = text(key, locale)
    return "" if said == key else said


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundNeeds:
    """How many needs of a round one reason kept from being met, and by which hard constraint."""

    code: str
    rule: str | None
    needs: int


def bound_needs(summary: Mapping[str, object]) -> list[BoundNeeds]:
    """Give what bound in a round, by its report: most needs first."""
    return [
        BoundNeeds(
            code=str(entry["code"]),
            rule=None if entry["rule"] is None else str(entry["rule"]),
            needs=int(cast("int", entry["needs"])),
        )
        for entry in cast("list[Mapping[str, object]]", summary.get("unmet", []))
    ]


def word_bound(bound: BoundNeeds, locale: Locale = Locale.ZH_CN) -> str:
    """Say how many needs a constraint kept from being met."""
    reason = text(f"report.reason.{bound.code}", locale)
    if bound.rule is None or bound.rule not in _LABELS:
        return text("federation.bound.REASON", locale, needs=bound.needs, reason=reason)
    label = text(_LABELS[bound.rule], locale)
    return text(
        "federation.bound.RULE", locale, needs=bound.needs, reason=reason, rule=bound.rule, label=label
    )
