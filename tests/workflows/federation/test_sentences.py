"""What binds money is said in both languages, with its rule and where the rule comes from."""

from datetime import date

import pytest

from domain.funds import ImprestTerms
from domain.giving import FundType, Restriction
from domain.needs import NeedCategory
from domain.people import parse_situation
from domain.provenance import Validity
from domain.purposes import BeneficiaryScope, Purpose, Season
from locales import Locale, text
from tests.builders import CITY
from workflows.allocations.signing import SignatureCheck
from workflows.federation.plan import PlanChange, StaleReason
from workflows.federation.sentences import BoundBook, restrictions, source_of, word_sentence

TODAY = date(2026, 3, 2)
WALL = Purpose(
    restriction=Restriction(
        categories=frozenset({NeedCategory.EDUCATION}),
        situations=frozenset({parse_situation("ORPHAN")}),
        regions=(CITY,),
        validity=Validity(valid_from=date(2026, 4, 1), valid_to=date(2026, 9, 1)),
    ),
    beneficiary_scope=BeneficiaryScope.HOUSEHOLDS,
    case_cap_fen=50_000,
)


def said(book: BoundBook, locale: Locale = Locale.EN) -> dict[str, str]:
    return {
        each.code: word_sentence(each, locale, {CITY: "Zhangjiagang"}) for each in restrictions(book, TODAY)
    }


def test_every_axis_of_a_purpose_is_a_sentence_of_its_own():
    found = said(BoundBook(purpose=WALL, region_path=CITY, fund_type=FundType.SPECIAL, siblings=2))
    assert found["REGIONS"] == "Pays only for needs in: Zhangjiagang."
    assert "500.00 yuan" in found["CASE_CAP"]
    assert "2026-04-01" in found["NOT_BEFORE"]
    assert "2026-09-01" in found["UNTIL"]
    assert found.keys() >= {"CATEGORIES", "SITUATIONS", "SCOPE", "SPECIAL", "SIBLINGS", "BALANCE"}
    assert "UNRESTRICTED" not in found


def test_a_purpose_that_is_over_says_where_what_is_left_goes():
    over = Purpose(restriction=Restriction(validity=Validity(valid_to=TODAY)))
    codes = {each.code: each.rule for each in restrictions(BoundBook(purpose=over, region_path=CITY), TODAY)}
    assert codes["OVER"] == "HC-14"
    assert "UNTIL" not in codes


@pytest.mark.parametrize("locale", list(Locale))
def test_every_sentence_is_worded_whole_and_names_its_source(locale):
    books = [
        BoundBook(purpose=WALL, region_path=CITY, fund_type=FundType.TRUST, earmarked=True, siblings=1),
        BoundBook(purpose=Purpose(), region_path=CITY, fund_type=FundType.SPECIAL),
        BoundBook(
            purpose=Purpose(restriction=Restriction(validity=Validity(valid_to=TODAY))),
            region_path=CITY,
            fund_type=FundType.IMPREST,
            terms=ImprestTerms(float_fen=100_000, pay_first_fen=10_000),
            season=Season(from_day=701, to_day=901),
            documents=("IDENTITY",),
        ),
    ]
    for sentence in (each for book in books for each in restrictions(book, TODAY)):
        worded = word_sentence(sentence, locale)
        assert not worded.startswith("federation."), sentence.code
        assert "\u2026" not in worded, worded
        assert "{" not in worded
        assert source_of(sentence.rule, locale), sentence.rule


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize(
    ("group", "members"), [("plan_change", PlanChange), ("stale", StaleReason), ("check", SignatureCheck)]
)
def test_every_member_has_its_word(locale, group, members):
    for member in members:
        key = f"federation.{group}.{member.value}"
        assert text(key, locale) != key
