"""
Grants that foundations abroad have published: who gave, to whom, how much, for what.

A sum in another currency stays what it is. The grant is a gift of the funder with ``currency`` and
``foreign_amount`` in the smallest units and without ``amount_fen``: that is what a bank made of a gift, no bank
did, and a made-up rate would slip into sums of yuan. No fund is credited. What was asked for, awarded and paid are
figures that somebody printed, so they are lines of a statement of the recipient, told by the row they share with
the gift. Places abroad are no Chinese divisions: they stay words of the address, and region stays unsaid.
"""

from typing import cast

from domain.donations import minor_text
from importers.batches import node_id
from importers.institutions import ORGANISATION
from importers.issues import IssueCode
from importers.recipes.base import Making, Recipe, RowView
from importers.words import folded

_NO_PLACE = "–"


def grants(making: Making) -> None:
    """
    Make a Donation, both organisations and the printed figures of each row.

    Parameters of the mapping: ``statements`` lists the columns of figures that become lines. A grant to a person
    names nobody. A joint grant states its sum at its ``parent`` alone: its other rows give no gift, only a line that
    names the parent. An organisation is told by the number its publisher gives it, so a second spelling of its name
    becomes an alias.
    """
    names: dict[str, str] = {}
    columns = cast("list[str]", making.parameters["statements"])
    seen: set[str] = set()
    for row in making.rows():
        currency = making.values.table.mapping.columns["amount"].currency or ""
        if row.text("currency") != currency:
            making.refuse(row.number, "currency", IssueCode.UNKNOWN_CODE, row.text("currency"))
            continue
        shared = row.value("amount") == 0 and bool(row.text("parent"))
        if row.value("amount") <= 0 and not shared:
            making.refuse(row.number, "amount", IssueCode.NEGATIVE_AMOUNT, row.text("amount"))
            continue
        if row.text("number") in seen:
            making.refuse(row.number, "number", IssueCode.DUPLICATE_KEY, row.text("number"))
            continue
        seen.add(row.text("number"))
        funder = _organisation(making, row, "funder", "CHARITY_ORG", names)
        recipient = None
        if not row.text("individual") and row.text("recipient"):
            recipient = _organisation(making, row, "recipient", "SOCIAL_ORG", names)
        if shared:
            making.flag(row.number, "amount", IssueCode.QUANTITY_UNKNOWN, row.text("parent"))
            _part(making, row, recipient)
            continue
        _gift(making, row, funder, currency)
        for column in columns:
            if row.value(column) is not None:
                _line(making, row, column, recipient, currency)


def _organisation(making: Making, row: RowView, role: str, kind: str, names: dict[str, str]) -> str:
    name, number = row.text(role), row.text(f"{role}_number")
    identity = node_id("Organisation", making.values.table.mapping.namespace, (number or folded(name),))
    first = names.setdefault(identity, name)
    parts = [row.text(part) or _NO_PLACE for part in ("town", "area", "country")]
    return making.node(
        "Organisation",
        identity,
        row.number,
        kind=kind,
        name=first,
        aliases=[name] if folded(name) != folded(first) else None,
        address="; ".join(parts) if role == "recipient" else None,
    )


def _gift(making: Making, row: RowView, funder: str, currency: str) -> None:
    purpose = " · ".join(text for text in (row.text("programme"), row.text("purpose")) if text)
    gift = making.node(
        "Donation",
        node_id("Donation", making.values.table.mapping.namespace, (row.text("number"),)),
        row.number,
        kind="CASH",
        state="RECEIVED",
        donor_name=row.text("funder"),
        donor_kind=ORGANISATION,
        donor_id=funder,
        currency=currency,
        foreign_amount=row.value("amount"),
        given_on=row.value("awarded_on"),
        restriction_text=purpose or None,
        note=row.text("title") or None,
        reference=row.text("number"),
    )
    making.edge("GAVE", ("Organisation", "Donation"), funder, gift, row.number)


def _line(making: Making, row: RowView, column: str, recipient: str | None, currency: str) -> None:
    making.node(
        "StatementLine",
        making.place_id("StatementLine", row.number, column),
        row.number,
        organisation_id=recipient,
        title=f"{minor_text(currency, row.value(column))} {currency}",
        period=str(row.value("awarded_on") or "") or None,
        measure=column,
    )


def _part(making: Making, row: RowView, recipient: str | None) -> None:
    making.node(
        "StatementLine",
        making.place_id("StatementLine", row.number, "part"),
        row.number,
        organisation_id=recipient,
        title=row.text("parent"),
        period=str(row.value("awarded_on") or "") or None,
        measure="part",
    )


GRANTS = Recipe(
    grants,
    {
        "Donation.donor_name": "funder",
        "Donation.foreign_amount": "amount",
        "Donation.currency": "currency",
        "Donation.given_on": "awarded_on",
        "Donation.restriction_text": "purpose",
        "Donation.note": "title",
        "Donation.reference": "number",
        "Organisation.name": "recipient",
        "Organisation.address": "town",
        "StatementLine.title": "amount",
        "StatementLine.period": "awarded_on",
    },
)
