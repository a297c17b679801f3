"""Why a need was matched or not, as a code, its parameters and a sentence."""

from collections.abc import Mapping

import strawberry

from graphql_api.errors import ErrorParameter
from locales import Locale
from matching.plan import Reason
from matching.wording import word


@strawberry.type(name="Reason", description="Why, in a form for programs and a sentence for people.")
class ReasonNode:
    """A code of the catalogue of reasons."""

    code: str
    rule: str | None = strawberry.field(description="The hard rule that decided, as HC-05.")
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")
    params: list[ErrorParameter]


def reason(code: str, stored: Mapping[str, str | int], locale: Locale) -> ReasonNode:
    """Give a stored reason as clients see it."""
    found = stored_reason(code, stored)
    return ReasonNode(
        code=code,
        rule=found.rule,
        message=word(found, locale),
        params=[
            ErrorParameter(name=name, value=str(value)) for name, value in sorted(found.parameters.items())
        ],
    )


def stored_reason(code: str, stored: Mapping[str, str | int]) -> Reason:
    """Read a reason as it is stored: its rule stands among the parameters."""
    parameters = {name: value for name, value in stored.items() if name != "rule"}
    rule = stored.get("rule")
    return Reason(code=code, rule=None if rule is None else str(rule), parameters=parameters)
