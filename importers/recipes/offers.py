"""Makers and what they can make a day."""

import re

from importers.issues import IssueCode
from importers.recipes.base import Making, Recipe
from importers.words import section

_ENTRY = re.compile(r"^(?P<what>.*?)\s+(?P<figure>\d+)$")
_FLAG = 1


def makers(making: Making) -> None:
    """
    Make an offer of production of each kind of goods that a maker lists.

    Parameters: ``capacities`` lists the columns with ``specification figure`` entries. The figure 1 says
    that the goods are made, not that one piece is: the capacity is unknown.
    """
    columns = [str(name) for name in making.parameters.get("capacities", [])]
    unit = str(section("units")["pieces"][0])
    for row in making.rows():
        name = row.text("name")
        region = making.region(row.text("province") + row.text("city"), row.text("address"))
        maker = making.organisation(
            name,
            "ENTERPRISE",
            row.number,
            stub=False,
            address=row.text("address") or None,
            contact=row.text("contact") or None,
            **region,
        )
        for column in columns:
            for position, entry in enumerate(row.value(column) or [], start=1):
                match = _ENTRY.match(entry)
                figure = int(match["figure"]) if match else None
                if figure is None or figure == _FLAG:
                    making.flag(row.number, column, IssueCode.QUANTITY_UNKNOWN, entry)
                offer = making.node(
                    "ServiceOffer",
                    making.place_id("ServiceOffer", row.number, column, str(position)),
                    row.number,
                    kind="PRODUCTION",
                    title=match["what"] if match else entry,
                    provider_id=maker,
                    capacity=figure if figure and figure > _FLAG else None,
                    unit=unit if figure and figure > _FLAG else None,
                    contact=row.text("contact") or None,
                    **region,
                )
                making.edge("PROVIDES", ("Organisation", "ServiceOffer"), maker, offer, row.number)


MAKERS = Recipe(
    makers,
    {"Organisation.name": "name", "Organisation.address": "address", "Organisation.contact": "contact"},
)
