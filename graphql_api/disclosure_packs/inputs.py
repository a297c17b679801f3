"""What clients say of packs, and of donors who agree to be named."""

import strawberry

from domain.disclosure_packs import Period
from graphql_api.disclosure_packs.types import DISCLOSURE_PACK
from graphql_api.donations.types import DONATION
from graphql_api.funds.types import ORGANISATION
from graphql_api.ids import key_of
from workflows.donations.steps import GiftStep


@strawberry.input(description="Makes a draft of a charity's month or year out of its ledger.")
class GenerateDisclosurePackInput:
    """Whose, of when; a period that has a published pack names it, and says why it is corrected."""

    idempotency_key: str
    organisation_id: strawberry.ID
    period: str = strawberry.field(description="2026-11 or 2026.")
    corrects_id: strawberry.ID | None = None
    reason: str | None = None

    def read(self) -> tuple[str, Period, str | None]:
        """
        Give whose pack, of which period, in whose place.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        corrects = self.corrects_id
        return (
            key_of(self.organisation_id, ORGANISATION, "organisationId"),
            Period.named(self.period),
            None if corrects is None else key_of(corrects, DISCLOSURE_PACK, "correctsId"),
        )


@strawberry.input(description="Makes a draft public, as somebody else than who made it.")
class PublishDisclosurePackInput:
    """Which pack, as read."""

    idempotency_key: str
    pack_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Takes down where a donor agreed to be named, or that they agree no longer.")
class NameDonorInput:
    """Whose gift, as read."""

    idempotency_key: str
    donation_id: strawberry.ID
    expected_version: int
    reference: str | None = strawberry.field(
        default=None, description="Where the agreement is written down; without it nobody is named."
    )

    def step(self) -> GiftStep:
        """
        Give the workflow's step.

        Raises
        ------
        InvalidInputError
            Not the id of a gift.
        """
        return GiftStep(
            donation_id=key_of(self.donation_id, DONATION, "donationId"),
            expected_version=self.expected_version,
            idempotency_key=self.idempotency_key,
        )
