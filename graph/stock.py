"""Goods in stock: as with funds, each change writes first and looks after."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import ConflictError, InvalidInputError, InvariantError, NotFoundError
from domain.funds import StockLineKind
from domain.needs import MOST_QUANTITY
from domain.provenance import MANUAL_SOURCE
from graph.columns import day_or_none, flag, integer, real_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import scope_organisations

RESERVE = Statement(
    "MATCH (n:InKindOffer {id: $id})"
    " SET n.reserved_quantity = coalesce(n.reserved_quantity, 0) + $quantity, n.version = n.version + 1"
    " RETURN n.quantity - n.reserved_quantity AS free, n.reserved_quantity AS reserved",
    Access.WRITE,
)
ISSUE = Statement(
    "MATCH (n:InKindOffer {id: $id}) SET n.reserved_quantity = n.reserved_quantity - $quantity,"
    " n.quantity = n.quantity - $quantity, n.version = n.version + 1"
    " RETURN n.quantity AS free, n.reserved_quantity AS reserved, n.region_path AS region_path",
    Access.WRITE,
)
PUT_BACK = Statement(
    "MATCH (n:InKindOffer {id: $id}) SET n.quantity = n.quantity + $quantity, n.version = n.version + 1"
    " RETURN n.region_path AS region_path",
    Access.WRITE,
)
EXPIRED = Statement(
    "MATCH (n:InKindOffer) WHERE n.expires <= $today AND n.quantity > coalesce(n.reserved_quantity, 0)"
    " AND n.id > $after RETURN n.id AS id ORDER BY id LIMIT $limit",
    Access.READ,
)


async def reserve_goods(tx: WriteTransaction, offer_id: str, quantity: int) -> None:
    """
    Set units of a stock line aside; a negative quantity releases them.

    Raises
    ------
    ConflictError
        The line has fewer free units.
    """
    found = await tx.run(RESERVE, id=offer_id, quantity=quantity)
    if not found or integer(found[0], "reserved") < 0:
        raise InvariantError("stock releases more than it reserved", offer=offer_id, quantity=quantity)
    free = integer(found[0], "free")
    if quantity > 0 and free < 0:
        raise ConflictError("the stock has fewer units", offer=offer_id, asked=quantity, free=free + quantity)


OFFER_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.item AS item, n.item_text AS item_text, n.specification AS specification,"
    " n.unit AS unit, n.quantity AS quantity, coalesce(n.reserved_quantity, 0) AS reserved_quantity,"
    " n.owner_id AS owner_id, n.donation_id AS donation_id, n.restricted_to AS restricted_to,"
    " n.expires AS expires, n.pickup AS pickup, n.region_id AS region_id, n.region_path AS region_path,"
    " n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg, n.place_made_up AS place_made_up,"
    " n.version AS version"
)
CREATE = Statement(
    """
    CREATE (:InKindOffer {id: $id, item: $item, item_text: $item_text, specification: $specification,
      unit: $unit, quantity: 0, reserved_quantity: 0, owner_id: $owner_id, donation_id: $donation_id,
      restricted_to: $restricted_to, expires: $expires, pickup: $pickup, region_id: $region_id,
      region_path: $region_path, longitude_deg: $longitude_deg, latitude_deg: $latitude_deg,
      place_made_up: false, version: 1, source_id: $source_id, source_row: 0, recorded_at: $at})
    """,
    Access.WRITE,
)
JOIN_OWNER = Statement(
    "MATCH (n:InKindOffer {id: $id}) MATCH (o:Organisation {id: $other})"
    " CREATE (o)-[:STOCKS {source_id: $source_id}]->(n)",
    Access.WRITE,
)
TAKE = Statement(
    "MATCH (n:InKindOffer {id: $id}) SET n.version = n.version + 1" + OFFER_COLUMNS, Access.WRITE
)
ADJUST = Statement(
    "MATCH (n:InKindOffer {id: $id}) WHERE n.owner_id IN $scope_organisations"
    " SET n.quantity = n.quantity + $quantity, n.version = n.version + 1" + OFFER_COLUMNS,
    Access.WRITE,
)
CREATE_LINE = Statement(
    """
    CREATE (:StockLine {id: $id, offer_id: $offer_id, kind: $kind, quantity: $quantity, reason: $reason,
      recorded_by: $recorded_by, at: $at, region_path: $region_path, need_id: $need_id,
      proposal_id: $proposal_id})
    """,
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """Goods of one kind in one place. ``expires`` is the first day on which they are no longer given out."""

    id: str
    item: str
    item_text: str | None
    specification: str | None
    unit: str
    quantity: int
    reserved_quantity: int
    owner_id: str | None
    donation_id: str | None
    restricted_to: str | None
    expires: date | None
    pickup: str | None
    region_id: str | None
    region_path: str
    longitude_deg: float | None
    latitude_deg: float | None
    place_made_up: bool = False
    version: int = 1

    @property
    def free_quantity(self) -> int:
        """What nothing is set aside from."""
        return self.quantity - self.reserved_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLineRow:
    """
    A change of a stock by a person's hand; ``quantity`` below zero takes away.

    ``need_id`` and ``proposal_id`` say to whom units went or from whom they came back.
    """

    id: str
    offer_id: str
    kind: StockLineKind
    quantity: int
    reason: str | None
    recorded_by: str
    at: datetime
    need_id: str | None = None
    proposal_id: str | None = None


def stock_of(record: Record) -> StockRow:
    """Give the row of a record of ``OFFER_COLUMNS``."""
    return StockRow(
        id=text(record, "id"),
        item=text(record, "item"),
        item_text=text_or_none(record, "item_text"),
        specification=text_or_none(record, "specification"),
        unit=text_or_none(record, "unit") or "",
        quantity=integer(record, "quantity"),
        reserved_quantity=integer(record, "reserved_quantity"),
        owner_id=text_or_none(record, "owner_id"),
        donation_id=text_or_none(record, "donation_id"),
        restricted_to=text_or_none(record, "restricted_to"),
        expires=day_or_none(record, "expires"),
        pickup=text_or_none(record, "pickup"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        longitude_deg=real_or_none(record, "longitude_deg"),
        latitude_deg=real_or_none(record, "latitude_deg"),
        place_made_up=flag(record, "place_made_up"),
        version=integer(record, "version"),
    )


async def create_stock(tx: WriteTransaction, row: StockRow, *, at: datetime) -> None:
    """Write a stock down, empty: what is in it comes by lines."""
    await tx.run(
        CREATE,
        id=row.id,
        item=row.item,
        item_text=row.item_text,
        specification=row.specification,
        unit=row.unit,
        owner_id=row.owner_id,
        donation_id=row.donation_id,
        restricted_to=row.restricted_to,
        expires=row.expires,
        pickup=row.pickup,
        region_id=row.region_id,
        region_path=row.region_path,
        longitude_deg=row.longitude_deg,
        latitude_deg=row.latitude_deg,
        source_id=MANUAL_SOURCE,
        at=at,
    )
    await tx.run(JOIN_OWNER, id=row.id, other=row.owner_id, source_id=MANUAL_SOURCE)


async def write_line(tx: WriteTransaction, actor: Actor, line: StockLineRow) -> StockRow:
    """
    Change a stock of the actor's organisations by a line, and give it as it stands then.

    Raises
    ------
    NotFoundError
        No organisation of theirs keeps it.
    ConflictError
        More would be taken than nothing is set aside from.
    InvalidInputError
        More than a stock holds.
    """
    found = await tx.run(
        ADJUST, id=line.offer_id, quantity=line.quantity, scope_organisations=scope_organisations(actor)
    )
    if not found:
        raise NotFoundError("no such stock", kind="stock", id=line.offer_id)
    row = stock_of(found[0])
    if row.free_quantity < 0 and line.quantity < 0:
        free = row.free_quantity - line.quantity
        raise ConflictError("the stock has fewer units", offer=row.id, asked=-line.quantity, free=free)
    if row.quantity > MOST_QUANTITY:
        raise InvalidInputError(f"quantity is above {MOST_QUANTITY}", field="quantity", value=row.quantity)
    await _create_line(tx, line, row.region_path)
    return row


async def _create_line(tx: WriteTransaction, line: StockLineRow, region_path: str) -> None:
    await tx.run(
        CREATE_LINE,
        id=line.id,
        offer_id=line.offer_id,
        kind=line.kind.value,
        quantity=line.quantity,
        reason=line.reason,
        recorded_by=line.recorded_by,
        at=line.at,
        region_path=region_path,
        need_id=line.need_id,
        proposal_id=line.proposal_id,
    )


async def issue_goods(tx: WriteTransaction, line: StockLineRow) -> None:
    """Let reserved units leave the stock for a need, by a line; ``line.quantity`` is below zero."""
    found = await tx.run(ISSUE, id=line.offer_id, quantity=-line.quantity)
    if not found or min(integer(found[0], "reserved"), integer(found[0], "free")) < 0:
        raise InvariantError(
            "stock issues more than it reserved", offer=line.offer_id, quantity=line.quantity
        )
    await _create_line(tx, line, text(found[0], "region_path"))


async def take_goods_back(tx: WriteTransaction, line: StockLineRow) -> None:
    """Put units that a need gave back on their shelf again, by a line."""
    found = await tx.run(PUT_BACK, id=line.offer_id, quantity=line.quantity)
    if not found:
        raise NotFoundError("no such stock", kind="stock", id=line.offer_id)
    await _create_line(tx, line, text(found[0], "region_path"))


async def write_off_expired(
    tx: WriteTransaction, offer_id: str, *, by: str, at: datetime, today: date
) -> int:
    """
    Take what is free of an expired stock off its shelf, by a line, and give how many units; 0 leaves it as it is.

    What is set aside for somebody stays until it is handed out or given free.
    """
    found = await tx.run(TAKE, id=offer_id)
    if not found:
        return 0
    row = stock_of(found[0])
    if row.expires is None or row.expires > today or row.free_quantity <= 0:
        return 0
    free = row.free_quantity
    await tx.run(PUT_BACK, id=offer_id, quantity=-free)
    line = StockLineRow(
        id=f"{offer_id}:expired:{row.version}",
        offer_id=offer_id,
        kind=StockLineKind.WRITTEN_OFF,
        quantity=-free,
        reason="expired",
        recorded_by=by,
        at=at,
    )
    await _create_line(tx, line, row.region_path)
    return free


async def expired_stock(tx: ReadTransaction, *, today: date, after: str, limit: int) -> list[str]:
    """Give a page of the stocks that are past their day and have free units, by id."""
    return [text(record, "id") for record in await tx.run(EXPIRED, today=today, after=after, limit=limit)]
