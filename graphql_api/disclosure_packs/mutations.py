"""Making and publishing packs, and naming donors in them."""

import strawberry

from domain.disclosure_packs import DisclosurePack
from domain.donations import Donation
from graphql_api.context import Info
from graphql_api.disclosure_packs.inputs import (
    GenerateDisclosurePackInput,
    NameDonorInput,
    PublishDisclosurePackInput,
)
from graphql_api.disclosure_packs.types import DISCLOSURE_PACK, disclosure_pack
from graphql_api.donations.types import donation
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from workflows.disclosures.naming import name_donor
from workflows.disclosures.packing import generate_pack, publish_disclosure_pack
from workflows.workspace import Outcome


@strawberry.type
class DisclosurePackMutations:
    """For a charity's own people."""

    @mutation(disclosure_pack, description="Make a draft of a month or a year out of the ledger.")
    async def generate_disclosure_pack(
        self, info: Info, input: GenerateDisclosurePackInput
    ) -> Outcome[DisclosurePack]:
        """Generate a pack."""
        organisation_id, period, corrects_id = input.read()
        return await generate_pack(
            info.context.workspace,
            info.context.actor,
            organisation_id,
            period,
            corrects_id=corrects_id,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )

    @mutation(disclosure_pack, description="Make a draft public; what it lists as open is public with it.")
    async def publish_disclosure_pack(
        self, info: Info, input: PublishDisclosurePackInput
    ) -> Outcome[DisclosurePack]:
        """Publish a pack."""
        return await publish_disclosure_pack(
            info.context.workspace,
            info.context.actor,
            key_of(input.pack_id, DISCLOSURE_PACK, "packId"),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(donation, description="Take down where a gift's donor agreed to be named in packs, or no more.")
    async def name_donor(self, info: Info, input: NameDonorInput) -> Outcome[Donation]:
        """Name a donor."""
        return await name_donor(
            info.context.workspace, info.context.actor, input.step(), reference=input.reference
        )
