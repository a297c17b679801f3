"""Tables about divisions that are no plain lists: points by name, and the history of codes."""

from datetime import date

from domain.errors import InvalidInputError
from domain.identifiers import RegionCode, RegionSystem
from domain.provenance import Validity
from domain.regions import Region
from importers.issues import IssueCode
from importers.places import find_same_place, place_of
from importers.recipes.base import Making, Recipe


def points_by_name(making: Making) -> None:
    """Give counties found by province, city and county name a point, where they have none yet."""
    for row in making.rows():
        names = [row.text(column) for column in ("province", "city", "county")]
        path = "/".join(dict.fromkeys(name for name in names if name))
        code = find_same_place(path)
        if code is None:
            making.refuse(row.number, "county", IssueCode.UNKNOWN_REGION, path)
            continue
        place = place_of(code)
        making.node(
            "Region",
            place.code.id,
            row.number,
            stub=True,
            system=place.code.system.value,
            code=place.code.value,
            name=place.name,
            level=place.code.level.value,
            region_path=place.code.path,
            longitude_deg=row.value("longitude"),
            latitude_deg=row.value("latitude"),
        )


def code_history(making: Making) -> None:
    """
    Keep abolished codes as divisions that ended, and new ones as divisions that began.

    A code that stands in the present list is left as it is. Rows without a code change nothing that has a
    key.
    """
    for row in making.rows():
        year = row.value("year")
        codes = [_code(making, row.number, column, row.text(column)) for column in ("old_code", "new_code")]
        if codes == [None, None]:
            making.refuse(row.number, "old_code", IssueCode.MISSING_REQUIRED, row.text("kind"))
            continue
        day = date(year, 1, 1)
        if codes[0] is not None and codes[0] != codes[1]:
            _region(making, row.number, codes[0], row.text("old_name"), valid_to=day)
        if codes[1] is not None:
            began = day if codes[0] is None or codes[0] != codes[1] else None
            _region(making, row.number, codes[1], row.text("new_name"), valid_from=began)


def _code(making: Making, row: int, column: str, text: str) -> RegionCode | None:
    if not text:
        return None
    try:
        return RegionCode.parse(RegionSystem.MCA, text)
    except InvalidInputError:
        making.flag(row, column, IssueCode.UNKNOWN_REGION, text)
        return None


def _region(
    making: Making,
    row: int,
    code: RegionCode,
    name: str,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> None:
    region = Region(code=code, name=name, validity=Validity(valid_from=valid_from, valid_to=valid_to))
    making.node(
        "Region",
        region.id,
        row,
        stub=True,
        system=code.system.value,
        code=code.value,
        name=name or None,
        level=code.level.value,
        region_path=code.path,
        valid_from=valid_from,
        valid_to=valid_to,
    )


POINTS_BY_NAME = Recipe(
    points_by_name,
    {"Region.name": "county", "Region.longitude_deg": "longitude", "Region.latitude_deg": "latitude"},
)
CODE_HISTORY = Recipe(
    code_history, {"Region.code": "old_code", "Region.name": "old_name", "Region.valid_to": "year"}
)
