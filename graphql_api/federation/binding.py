"""What binds in a round, as sentences with their price."""

from collections.abc import Mapping

import strawberry

from graphql_api.context import Info
from graphql_api.explanations import charity_years, shadow_prices
from graphql_api.scalars import BigInt
from workflows.federation.sentences import bound_needs, source_of, word_bound


@strawberry.type(
    description="One thing that binds in a round: what more of it is worth, or whom it keeps out."
)
class BindingConstraint:
    """A sentence, the rule behind it, and its shadow price where it has one."""

    code: str = strawberry.field(description="MONEY, GOODS, VOLUNTEER, CHARITY_YEAR, or a reason's code.")
    rule: str | None = strawberry.field(description="The hard constraint, as HC-12.")
    source: str = strawberry.field(description="Where the rule comes from; empty where it has none.")
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")
    price: BigInt | None = strawberry.field(
        description="Points of the objective that one more is worth; micropoints a yuan for CHARITY_YEAR."
    )
    needs: int | None = strawberry.field(description="Needs that it kept from being met.")


_RULES = {"MONEY": "HC-12"}


async def binding_constraints(info: Info, summary: Mapping[str, object]) -> list[BindingConstraint]:
    """Give what binds: shadow prices most worth first, charities' years, then reasons by their needs."""
    locale = info.context.locale
    found: list[BindingConstraint] = []
    for price in await shadow_prices(info.context, summary):
        rule = _RULES.get(price.kind)
        found.append(
            BindingConstraint(
                code=price.kind,
                rule=rule,
                source="" if rule is None else source_of(rule, locale),
                message=price.message,
                price=price.highest if price.gain is None else price.gain,
                needs=None,
            )
        )
    found += [
        BindingConstraint(
            code="CHARITY_YEAR",
            rule="HC-17",
            source=source_of("HC-17", locale),
            message=year.message,
            price=BigInt(max(year.payout_price, year.management_price)),
            needs=None,
        )
        for year in await charity_years(info, summary)
        if year.payout_price or year.management_price
    ]
    found += [
        BindingConstraint(
            code=bound.code,
            rule=bound.rule,
            source="" if bound.rule is None else source_of(bound.rule, locale),
            message=word_bound(bound, locale),
            price=None,
            needs=bound.needs,
        )
        for bound in bound_needs(summary)
    ]
    return found
