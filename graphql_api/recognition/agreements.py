"""Agreements with other regions, as the trust book has them."""

from datetime import UTC, datetime

import strawberry

from domain.errors import InvalidInputError, NotFoundError
from domain.time import aware_utc
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, cut
from graphql_api.context import Info
from identity.recognition.reasons import ClaimKind
from identity.recognition.terms import HoursClass, Relation, Terms, read_terms
from identity.trust.agreements import Agreement, AgreementState

LIST_NAME = "recognition_agreements"

strawberry.enum(AgreementState, name="AgreementState", description="Where a version of an agreement stands.")
strawberry.enum(Relation, name="CodeRelation", description="What a source's code is to the one here.")


@strawberry.type(name="Equivalence", description="What a code of the source stands for here.")
class EquivalenceNode:
    """A narrower notion grants the wider one, never the other way."""

    kind: ClaimKind
    source: str
    target: str
    relation: Relation
    needs_refresh: bool
    valid_months: int | None


@strawberry.type(name="AgreementTerms", description="How records are recognised under an agreement.")
class TermsNode:
    """Factors are exact, as 1/2."""

    kinds: list[ClaimKind]
    clocked_share: str
    manual_share: str
    automatic: bool = strawberry.field(description="Whether anything is recognised without a person.")
    review_days: int
    lifetime_cap_min: int | None
    equivalences: list[EquivalenceNode]


@strawberry.type(name="Agreement", description="One version of an agreement between two regions.")
class AgreementNode:
    """State follows from signatures, steps and the day."""

    name: str
    version: int
    state: AgreementState
    from_region: str = strawberry.field(description="Code of the region whose records are recognised.")
    to_region: str = strawberry.field(description="Code of the region that recognises them.")
    both_ways: bool
    valid_from: datetime
    valid_until: datetime
    signed_by: list[str] = strawberry.field(description="Codes of the regions that signed.")
    terms: TermsNode | None = strawberry.field(description="Null where they cannot be read.")


def _terms(agreement: Agreement) -> TermsNode | None:
    try:
        terms: Terms = read_terms(agreement.rules)
    except InvalidInputError:
        return None
    return TermsNode(
        kinds=sorted(terms.kinds),
        clocked_share=str(terms.factor(HoursClass.CLOCKED)),
        manual_share=str(terms.factor(HoursClass.MANUAL)),
        automatic=terms.automatic,
        review_days=terms.review_days,
        lifetime_cap_min=terms.lifetime_cap_min,
        equivalences=[
            EquivalenceNode(
                kind=each.kind,
                source=each.source,
                target=each.target,
                relation=each.relation,
                needs_refresh=each.needs_refresh,
                valid_months=each.valid_months,
            )
            for each in terms.equivalences
        ],
    )


def _agreement(agreement: Agreement, now: int) -> AgreementNode:
    since, until = agreement.term
    from_region, to_region = agreement.regions
    return AgreementNode(
        name=agreement.id,
        version=agreement.version,
        state=agreement.state_at(now),
        from_region=from_region,
        to_region=to_region,
        both_ways=agreement.both_ways,
        valid_from=datetime.fromtimestamp(since, UTC),
        valid_until=datetime.fromtimestamp(until, UTC),
        signed_by=sorted({each.region for each in agreement.signatures}),
        terms=_terms(agreement),
    )


async def _known(info: Info) -> tuple[Agreement, ...]:
    """Give the agreements of the book; an installation that has begun none has no agreement either."""
    try:
        return (await info.context.trust.book()).agreements
    except NotFoundError:
        return ()


@strawberry.type
class AgreementQueries:
    """Agreements."""

    @strawberry.field(description="Versions of agreements with other regions, by name.")
    async def recognition_agreements(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[AgreementNode]:
        """Give a page of agreements."""
        known = await _known(info)
        now = int(aware_utc(info.context.workspace.clock()).timestamp())

        def order(agreement: Agreement) -> tuple[str, str]:
            return agreement.id, f"{agreement.version:09}"

        return cut(
            info,
            first,
            after,
            sorted(known, key=order),
            lambda each: _agreement(each, now),
            list_name=LIST_NAME,
            order=order,
        )
