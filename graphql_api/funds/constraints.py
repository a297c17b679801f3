"""What binds money, as sentences with their rule and its source."""

import strawberry

from domain.funds import ImprestTerms
from domain.giving import Restriction
from domain.needs import NeedCategory
from domain.people import parse_situation
from domain.provenance import Validity
from domain.purposes import Purpose
from domain.time import civil_date
from graph.programmes import ProgrammeRow
from graph.reads.earmarks import EarmarkRow
from graph.reads.funds import FundRow
from graphql_api.context import Info
from graphql_api.regions import region_key
from workflows.federation.sentences import BoundBook, restrictions, source_of, word_sentence


@strawberry.type(description="One thing that binds money.")
class ConstraintSentence:
    """A code, the rule behind it, and a sentence."""

    code: str
    rule: str = strawberry.field(description="The hard constraint, as HC-11.")
    source: str = strawberry.field(description="Where the rule comes from.")
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")


def bound_fund(row: FundRow) -> BoundBook:
    """Give what is asked about a fund's own money."""
    terms = None
    if row.float_fen is not None:
        terms = ImprestTerms(float_fen=row.float_fen, pay_first_fen=row.pay_first_fen or 0)
    return BoundBook(
        purpose=Purpose(
            restriction=Restriction(
                categories=frozenset(NeedCategory(code) for code in row.categories),
                situations=frozenset(parse_situation(code) for code in row.situations),
                regions=row.restricted_regions,
                validity=Validity(valid_from=row.valid_from, valid_to=row.valid_to),
            ),
            beneficiary_scope=row.beneficiary_scope,
            case_cap_fen=row.case_cap_fen or None,
        ),
        region_path=row.region_path,
        fund_type=row.type,
        terms=terms,
        siblings=len(row.siblings),
    )


def bound_earmark(row: EarmarkRow, fund: FundRow | None) -> BoundBook:
    """Give what is asked about an earmark: what its own walls and its fund's allow together."""
    return BoundBook(
        purpose=row.allows or row.earmark.purpose,
        region_path=row.earmark.region_path,
        fund_type=None if fund is None else fund.type,
        earmarked=True,
        siblings=len(row.earmark.siblings),
    )


def bound_programme(row: ProgrammeRow) -> BoundBook:
    """Give what is asked about a programme, whose money is earmarks of funds."""
    return BoundBook(
        purpose=row.purpose,
        region_path=row.region_path,
        earmarked=True,
        season=row.season,
        documents=row.documents,
    )


async def constraint_sentences(info: Info, book: BoundBook) -> list[ConstraintSentence]:
    """Give what binds a book today; places that the reader may not see stand as their paths."""
    context = info.context
    places: dict[str, str] = {}
    for path in book.purpose.restriction.regions:
        region = await context.load.regions.load(region_key(path))
        if region is not None:
            places[path] = region.name
    today = civil_date(context.workspace.clock())
    return [
        ConstraintSentence(
            code=each.code,
            rule=each.rule,
            source=source_of(each.rule, context.locale),
            message=word_sentence(each, context.locale, places),
        )
        for each in restrictions(book, today)
    ]
