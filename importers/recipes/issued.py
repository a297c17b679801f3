"""Goods handed out, and lines of published accounts."""

import re

from importers.goods import Goods
from importers.institutions import kind_of
from importers.issues import IssueCode
from importers.mapping import ColumnKind
from importers.recipes.base import Making, Recipe, RowView
from importers.recipes.gifts import stated_goods
from importers.values import read_date, read_quantity
from importers.words import narrow

_SHARE = re.compile(r"^(?P<name>.*?[^\d.])(?P<share>\d+(?:\.\d+)?\D{0,2})$")


def goods_issues(making: Making) -> None:
    """
    Make a GoodsIssue of each kind of goods that a row hands to each receiver.

    Where a row names several receivers the quantity is nobody's until each line states its own share.
    """
    issued_on = _issue_date(making)
    shared = making.values.table.shared.get("quantity", frozenset())
    for row in making.rows():
        receivers = _receivers(making, row)
        goods = stated_goods(making, row, row.number in shared)
        if len(receivers) > 1:
            making.flag(row.number, "receiver", IssueCode.QUANTITY_SHARED, row.text("receiver"))
        for place, (receiver, share) in enumerate(receivers):
            for position, one in enumerate(goods):
                alone = len(receivers) == 1
                quantity = one.quantity if alone else (share if len(goods) == 1 else None)
                value = row.value("value") if alone and position == 0 else None
                _issue(
                    making,
                    row,
                    receiver,
                    one,
                    quantity=quantity,
                    value_fen=value,
                    issued_on=issued_on,
                    place=f"{place}/{position}",
                )


def _receivers(making: Making, row: RowView) -> list[tuple[str, int | None]]:
    """Names of the receivers, one a line, with the share that a line may end with."""
    found: list[tuple[str, int | None]] = []
    for line in row.text("receiver").splitlines():
        text = narrow(line)
        if not text:
            continue
        match = _SHARE.match(text)
        if match is None:
            found.append((text, None))
            continue
        value, _ = read_quantity(match["share"])
        found.append((match["name"], value[0] if value else None))
        if value is None:
            making.flag(row.number, "receiver", IssueCode.UNREADABLE_QUANTITY, line)
    return found


def _issue_date(making: Making) -> object:
    """Take the first date that stands above the header, if the table is dated there."""
    for word in making.values.table.title.split():
        value, _ = read_date(word)
        if value is not None:
            return value
    return None


def _issue(
    making: Making,
    row: RowView,
    receiver: str,
    goods: Goods,
    *,
    quantity: int | None,
    value_fen: int | None,
    issued_on: object,
    place: str,
) -> None:
    region = making.region(receiver)
    kind = kind_of(receiver)
    house = making.organisation(
        receiver, kind if kind in {"AUTHORITY", "SOCIAL_ORG"} else "INSTITUTION", row.number, **region
    )
    issue = making.node(
        "GoodsIssue",
        making.place_id("GoodsIssue", row.number, place),
        row.number,
        receiver_id=house,
        receiver_name=receiver,
        donor_name=row.value("donor"),
        item=goods.item,
        item_text=goods.text,
        specification=row.text("specification") or None,
        unit=goods.unit,
        quantity=quantity,
        value_fen=value_fen,
        issued_on=issued_on,
        **region,
    )
    making.edge("ISSUED_TO", ("GoodsIssue", "Organisation"), issue, house, row.number)


def statement_lines(making: Making) -> None:
    """
    Make a StatementLine of each figure of a row: what somebody printed, never added to a fund.

    Money columns give fen. Counts have no amount: the figure stands in the title. ``period`` names the row.
    """
    columns = making.values.table.mapping.columns
    organisation = making.word("organisation")
    owner = making.organisation_id(organisation) if organisation else None
    for row in making.rows():
        found = 0
        for name, column in columns.items():
            value = row.value(name)
            if value is None or column.kind not in {ColumnKind.MONEY, ColumnKind.INTEGER}:
                continue
            found += 1
            position = making.values.table.match.columns[name]
            header = making.values.table.match.headers[position]
            making.node(
                "StatementLine",
                making.place_id("StatementLine", row.number, name),
                row.number,
                organisation_id=owner,
                title=header if column.kind is ColumnKind.MONEY else f"{header}: {value}",
                period=row.text("period"),
                measure=name,
                amount_fen=value if column.kind is ColumnKind.MONEY else None,
                **making.region(),
            )
        if not found:
            making.flag(row.number, "period", IssueCode.NOTHING_ASKED, row.text("period"))
    if organisation:
        making.organisation(
            organisation, "CHARITY_ORG", making.values.table.match.first_row, **making.region()
        )


GOODS_ISSUES = Recipe(
    goods_issues,
    {
        "GoodsIssue.receiver_name": "receiver",
        "GoodsIssue.donor_name": "donor",
        "GoodsIssue.item": "item",
        "GoodsIssue.item_text": "item",
        "GoodsIssue.specification": "specification",
        "GoodsIssue.quantity": "quantity",
        "GoodsIssue.unit": "unit",
        "GoodsIssue.value_fen": "value",
        "Organisation.name": "receiver",
    },
)
STATEMENT_LINES = Recipe(statement_lines, {"StatementLine.period": "period"})
