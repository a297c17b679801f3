"""
The file that a charity publishes, as readers of it may rely on it: ``zhulian/disclosure-pack/1``.

Money is in fen, days are ISO 8601, moments have their offset. Nobody who was helped is in it: they are counted, and a
count of fewer than a crowd is not told.
"""

import hashlib
import json
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.allocations import DisclosureKind
from domain.disclosure_packs import PeriodKind
from domain.donations import DonorKind
from domain.errors import InvalidInputError
from domain.funds import CharityClass, StockLineKind
from domain.giving import FundType
from domain.ledger import FundAccount, FundEntryKind
from domain.needs import NeedCategory
from domain.purposes import BeneficiaryScope

SCHEMA = "zhulian/disclosure-pack/1"
"""Name and number of the format; a change that an older reader would misread has the next number."""

_SHA256 = r"^[0-9a-f]{64}$"


class Part(BaseModel):
    """A part of a pack; what it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Holder(Part):
    """Whose pack it is."""

    id: str
    name: str
    credit_code: str | None = Field(description="Unified social credit code (GB 32100).")


class Span(Part):
    """Of which days it tells."""

    kind: PeriodKind
    name: str = Field(description="2026-11 or 2026.")
    start: date
    end: date = Field(description="The first day after.")
    read_at: datetime = Field(description="When the ledger was read.")
    final: bool = Field(
        description="Whether the period was over then; otherwise it tells of what was so far."
    )


class Correction(Part):
    """The published pack that it takes the place of, and why."""

    pack_id: str
    digest: str = Field(pattern=_SHA256)
    reason: str


class Sums(Part):
    """What came, went and is there. closing = opening + received + transferred - spent - returned."""

    opening_fen: int = Field(description="Free and set aside when the period began.")
    received_fen: int
    transferred_fen: int = Field(description="From other books of the charity, less what went to them.")
    spent_fen: int = Field(description="Paid to needs and for costs, less what was taken back.")
    returned_fen: int = Field(description="Given back to donors.")
    closing_fen: int = Field(description="Free and set aside at the end.")
    reserved_fen: int = Field(description="Of the closing sum, what is set aside for needs.")


class Movement(Part):
    """Entries of one kind together: their fen left one account for another."""

    kind: FundEntryKind
    of: FundEntryKind | None = Field(description="What a reversal took back.")
    debit: FundAccount
    credit: FundAccount
    amount_fen: int


class BookLine(Part):
    """A fund's own money, or that of one of its earmarks."""

    fund_id: str
    fund_name: str
    fund_type: FundType
    earmark_id: str | None
    earmark_name: str | None = Field(description="Null of a gift's earmark whose donor is not named.")
    project: int = Field(description="Number of the project that it belongs to.")
    sums: Sums
    opening: dict[FundAccount, int] = Field(
        description="Fen on each account when the period began; zero together."
    )
    closing: dict[FundAccount, int]
    movements: tuple[Movement, ...]
    digest: str = Field(
        pattern=_SHA256, description="SHA-256 over the digests of its entries up to the end, in their order."
    )


class Count(Part):
    """How many; not told where it is above nothing and fewer than a crowd, or gives such a number away."""

    value: int | None
    fewer_than: int | None = None


class PurposeLine(Part):
    """What the money may be used for; an empty list allows all."""

    categories: tuple[NeedCategory, ...]
    situations: tuple[str, ...]
    regions: tuple[str, ...] = Field(description="Region paths.")
    scope: BeneficiaryScope
    first: date | None
    end: date | None = Field(description="The first day on which it may not be used any more.")


class Project(Part):
    """A programme, a gift with its own purpose, or a fund's own money: one entry each."""

    number: int
    kind: Literal["PROGRAMME", "EARMARK", "FUND"]
    id: str
    name: str | None
    funds: tuple[str, ...] = Field(description="Names of the funds whose money it uses.")
    purpose: PurposeLine
    sums: Sums
    to_needs_fen: int = Field(
        description="Of what was spent, paid to needs; the rest are costs, and what was counted before the ledger."
    )
    households: Count = Field(description="Households and persons that were paid for in the period.")
    institutions: Count
    goods_valued_fen: int = Field(description="Gifts in kind that came, as far as somebody valued them.")


class IncomeLine(Part):
    """Gifts by who gave them. SHOP is what charity shops sold, OPENED what was counted before the ledger."""

    giver: DonorKind | Literal["SHOP", "OPENED", "OTHER"]
    gifts: int
    amount_fen: int


class NamedGift(Part):
    """A gift whose donor agreed to be named."""

    donor: str
    given_on: date | None
    fund_id: str
    amount_fen: int


class Income(Part):
    """What came in; the lines come to what all books received."""

    lines: tuple[IncomeLine, ...]
    named: tuple[NamedGift, ...]
    total_fen: int


class StockChange(Part):
    """What changed in stock by people's hands."""

    item: str
    unit: str
    kind: StockLineKind
    quantity: int


class Goods(Part):
    """Gifts in kind, and what became of the stock."""

    gifts: int
    valued_fen: int
    unvalued: int
    stock: tuple[StockChange, ...]


class DutyLine(Part):
    """One thing that is to be told by a day; what stands open is told by this pack."""

    kind: DisclosureKind
    project: int | None
    amount_fen: int
    arose_on: date
    due_on: date
    published_on: date | None
    overdue: bool = Field(description="Open after its day when the pack was made.")


class Duties(Part):
    """What the charity has to tell (HC-18)."""

    items: tuple[DutyLine, ...] = Field(
        description="Related parties, major items and left-over money, one by one."
    )
    related_party_fen: int = Field(description="Paid where giver and receiver are joined, in the period.")
    related_list_due_on: date = Field(
        description="By when the year's list of related parties is to be public."
    )
    project_due: Count = Field(description="Payments whose project entry is still to be published.")
    project_published: Count
    project_overdue: Count


class Annual(Part):
    """
    What the charity's year is judged by (HC-17), from its first day to the end of the period.

    Shares are in basis points (hundredths of a percent), rounded down.
    """

    year: int
    end: date
    income_fen: int = Field(description="Received less given back; nothing counted before the ledger.")
    charitable_fen: int
    management_fen: int
    charity_class: CharityClass | None = Field(
        default=None, description="Null where nobody wrote the year down."
    )
    income_last_year_fen: int | None = None
    net_assets_fen: int | None = None
    payout_floor_fen: int | None = None
    payout_bp: int | None = Field(
        default=None, description="Charitable spending, of what the floor is a share of."
    )
    floor_bp: int | None = None
    to_spend_fen: int | None = None
    management_ceiling_fen: int | None = None
    management_bp: int | None = Field(
        default=None, description="Management, of all that was spent in the year."
    )
    ceiling_bp: int | None = None
    management_exempt: bool | None = None
    source: str | None = Field(default=None, description="Where the figures stand.")


class Control(Part):
    """Two figures that were found on two ways and are equal."""

    name: str
    pack_fen: int
    ledger_fen: int


class LedgerTie(Part):
    """What ties the pack to the ledger."""

    entries: int = Field(description="Entries up to the end.")
    entries_in_period: int
    accounts: dict[FundAccount, int] = Field(description="Fen on each account at the end, over all books.")
    digest: str = Field(
        pattern=_SHA256, description="SHA-256 over the digests of all entries up to the end, book by book."
    )
    audit_sequence: int = Field(description="Where the audit chain stood.")
    audit_hash: str
    controls: tuple[Control, ...]


class Pack(Part):
    """The whole file."""

    format: Literal["zhulian/disclosure-pack/1"] = SCHEMA
    id: str
    organisation: Holder
    period: Span
    corrects: Correction | None
    totals: Sums
    projects: tuple[Project, ...]
    books: tuple[BookLine, ...]
    income: Income
    goods: Goods
    duties: Duties
    annual: Annual
    ledger: LedgerTie


def written(pack: Pack) -> tuple[str, str]:
    """
    Give the file of a pack, and its digest.

    The file is canonical JSON (keys sorted, no blanks) with ``digest`` beside the rest: SHA-256 of the same without it.
    """
    content = pack.model_dump(mode="json")
    digest = digest_of(content)
    return canonical({**content, "digest": digest}), digest


def canonical(content: dict[str, Any]) -> str:
    """Give the one JSON text of a mapping."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(content: dict[str, Any]) -> str:
    """Give the SHA-256, in hex, of a pack's content without its digest."""
    said = {name: value for name, value in content.items() if name != "digest"}
    return hashlib.sha256(canonical(said).encode("utf-8", "surrogatepass")).hexdigest()


def read_pack(text: str) -> tuple[Pack, str, str]:
    """
    Read the file of a pack: the pack, the digest that it says, and the digest that it has.

    Raises
    ------
    InvalidInputError
        It is no such file.
    """
    try:
        content = json.loads(text)
        if not isinstance(content, dict):
            raise InvalidInputError("not the file of a pack", field="file")
        said = content.pop("digest", "")
        return Pack.model_validate(content), str(said), digest_of(content)
    except (ValueError, ValidationError, RecursionError) as error:
        raise InvalidInputError("not the file of a pack", field="file", value=str(error)[:200]) from error
