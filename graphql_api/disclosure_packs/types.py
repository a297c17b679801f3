"""Packs as clients see them."""

from datetime import date, datetime
from urllib.parse import quote

import strawberry

from domain.disclosure_packs import DisclosurePack, PackState, PeriodKind
from graphql_api.connections import Node, loaded
from graphql_api.context import Info
from graphql_api.funds.types import OrganisationNode, load_organisation
from graphql_api.ids import encode_id
from graphql_api.scalars import Money, money
from workflows.disclosures.pack import Sums, read_pack

DISCLOSURE_PACK = "DisclosurePack"


@strawberry.type(name="PackPeriod", description="A civil month or year.")
class PackPeriodNode:
    """Half-open."""

    kind: PeriodKind
    name: str = strawberry.field(description="As it is asked for: 2026-11 or 2026.")
    start: date
    end: date = strawberry.field(description="The first day after.")


@strawberry.type(
    name="PackSums", description="closing = opening + received + transferred - spent - returned."
)
class PackSumsNode:
    """What came, went and is there over all books."""

    opening: Money
    received: Money
    transferred: Money
    spent: Money
    returned: Money
    closing: Money
    reserved: Money = strawberry.field(description="Of the closing sum, what is set aside.")


def pack_sums(sums: Sums) -> PackSumsNode:
    """Give sums as clients see them."""
    return PackSumsNode(
        **{name.removesuffix("_fen"): money(getattr(sums, name)) for name in Sums.model_fields}
    )


def path_of(organisation_id: str, pack_id: str, ending: str) -> str:
    """Give the path of a published file on this service."""
    return f"/disclosures/{quote(organisation_id, safe='')}/{quote(pack_id, safe='')}.{ending}"


@strawberry.type(
    name=DISCLOSURE_PACK, description="What a charity tells of a month or a year; never changed."
)
class DisclosurePackNode(Node):
    """A draft until a second person publishes it; a later pack corrects it."""

    state: PackState
    period: PackPeriodNode
    digest: str = strawberry.field(description="SHA-256 of the file, which the audit chain tells too.")
    content: str = strawberry.field(description="The file: JSON, amounts in fen.")
    entries: int = strawberry.field(description="Entries of the ledger up to the end.")
    reason: str | None = strawberry.field(description="Why it takes the place of an earlier one.")
    corrects_id: strawberry.ID | None
    generated_by: str
    generated_at: datetime
    published_by: str | None
    published_at: datetime | None
    json_path: str | None = strawberry.field(description="Where everybody reads it, once it is public.")
    xlsx_path: str | None = strawberry.field(description="The same as a workbook.")
    version: int = strawberry.field(description="Sent back as expectedVersion.")
    organisation_key: strawberry.Private[str]
    text: strawberry.Private[str]

    @strawberry.field(description="Sums over all books.")
    def totals(self) -> PackSumsNode:
        """Give the totals of the file."""
        pack, _, _ = read_pack(self.text)
        return pack_sums(pack.totals)

    @strawberry.field(description="Whose it is, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give the charity."""
        return await load_organisation(info, self.organisation_key)


def disclosure_pack(row: DisclosurePack) -> DisclosurePackNode:
    """Give a pack as clients see it."""
    public = row.state is PackState.PUBLISHED
    return DisclosurePackNode(
        id=encode_id(DISCLOSURE_PACK, row.id),
        state=row.state,
        period=PackPeriodNode(
            kind=row.period.kind, name=row.period.name, start=row.period.start, end=row.period.end
        ),
        digest=row.digest,
        content=row.content,
        entries=row.entries,
        reason=row.reason,
        corrects_id=None if row.corrects_id is None else encode_id(DISCLOSURE_PACK, row.corrects_id),
        generated_by=row.generated_by,
        generated_at=row.generated_at,
        published_by=row.published_by,
        published_at=row.published_at,
        json_path=path_of(row.organisation_id, row.id, "json") if public else None,
        xlsx_path=path_of(row.organisation_id, row.id, "xlsx") if public else None,
        version=row.version,
        organisation_key=row.organisation_id,
        text=row.content,
    )


async def load_disclosure_pack(info: Info, key: str | None) -> DisclosurePackNode | None:
    """Give the pack of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.disclosure_packs, key, disclosure_pack)
