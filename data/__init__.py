"""
Tables that ship with the program: administrative divisions, and the catalogue of goods.

A leaf package: it reads its own files and imports none of ours. ``data/README.md`` names origins, licences.
"""

import csv
import gzip
import io
import json
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Division:
    """One NBS division: ``code`` has 2, 4, 6, 9 or 12 digits by its level."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CountyPoint:
    """
    Where a county lies, in degrees.

    ``centroid`` may fall outside a bent county; ``inside`` never does. Both are (longitude, latitude) of a
    map vendor's outline: a sketch, not a survey.
    """

    adcode: str
    name: str
    centroid: tuple[float, float]
    inside: tuple[float, float]


def _read(name: str) -> bytes:
    return gzip.decompress(files("data").joinpath("divisions", name).read_bytes())


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_read(name).decode("utf-8"))))


def _code_and_name(word: str) -> tuple[str, str]:
    name = word.lstrip("0123456789")
    return word.removesuffix(name), name


@dataclass(frozen=True, slots=True)
class FormerDivision:
    """
    A division of county level or above that is no more under this code and name.

    Years are those of the lists in which it first stood and no longer stood; None is before 1980.
    ``successors`` are (code, name) of what took its place, as far as the source says.
    """

    code: str
    name: str
    began: int | None
    ended: int
    successors: tuple[tuple[str, str], ...]


@cache
def divisions(system: str = "NBS") -> tuple[Division, ...]:
    """
    Give the nation's divisions from province to town, in code order.

    The statistics bureau's list (``NBS``) has 44,703 of them, that of civil affairs (``MCA``) 41,963.
    """
    return tuple(
        Division(row["code"], row["name"]) for row in _rows(f"{system.lower()}_nation_to_town.csv.gz")
    )


@cache
def former_divisions() -> tuple[FormerDivision, ...]:
    """Give divisions of county level and above that ended since 1980, in code order."""
    return tuple(
        FormerDivision(
            row["code"],
            row["name"],
            int(row["began"]) if row["began"] else None,
            int(row["ended"]),
            tuple(_code_and_name(word) for word in row["successors"].split()),
        )
        for row in _rows("former.csv.gz")
    )


@cache
def began() -> dict[str, int]:
    """Give the year of the list in which a present division first stood, for those that began after 1980."""
    return {row["code"]: int(row["began"]) for row in _rows("began.csv.gz")}


@cache
def traditional() -> dict[str, str]:
    """Give the simplified shape of the traditional characters that names of divisions are written in."""
    return {row["traditional"]: row["simplified"] for row in _characters("traditional.csv")}


@cache
def look_alikes() -> dict[str, str]:
    """Give the characters that each character of a name is mistaken for."""
    return {row["character"]: row["alikes"] for row in _characters("look_alikes.csv")}


@cache
def readings() -> dict[str, str]:
    """Give how common characters are read, in Latin letters without tones."""
    return {
        character: row["reading"] for row in _characters("readings.csv") for character in row["characters"]
    }


@cache
def place_words() -> dict[str, Any]:
    """Give the words by which places are read in text: kinds, peoples, roads, labels, zones, other names."""
    return tomllib.loads(files("data").joinpath("places.toml").read_text("utf-8"))


def _characters(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files("data").joinpath("characters", name).read_text("utf-8"))))


@cache
def villages() -> tuple[Division, ...]:
    """Give the villages and residents' committees of Shanghai, Suzhou, Ningbo and Wuhan, in code order."""
    return tuple(Division(row["code"], row["name"]) for row in _rows("nbs_villages.csv.gz"))


@cache
def county_points() -> dict[str, CountyPoint]:
    """Give the points of counties by six-digit code."""
    return {
        row["adcode"]: CountyPoint(
            row["adcode"],
            row["name"],
            (float(row["centroid_lng"]), float(row["centroid_lat"])),
            (float(row["inside_lng"]), float(row["inside_lat"])),
        )
        for row in _rows("county_points.csv.gz")
    }


@cache
def county_outlines() -> dict[str, dict[str, Any]]:
    """Give GeoJSON geometries of the counties of Suzhou, Shanghai, Ningbo and Wuhan by six-digit code."""
    collection: dict[str, Any] = json.loads(_read("county_outlines.geojson.gz"))
    return {feature["properties"]["adcode"]: feature["geometry"] for feature in collection["features"]}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the catalogue of goods; ``unit`` is what a need for it is counted in."""

    code: str
    zh: str
    en: str
    unit: str
    synonyms: tuple[str, ...]
    patterns: tuple[str, ...]


OTHER_ITEM = "OTHER"


@cache
def items() -> dict[str, Item]:
    """Give the catalogue of goods by code."""
    table = tomllib.loads(files("data").joinpath("items.toml").read_text("utf-8"))
    return {
        code: Item(
            code,
            entry["zh"],
            entry["en"],
            entry["unit"],
            tuple(entry["synonyms"]),
            tuple(entry.get("patterns", ())),
        )
        for code, entry in table.items()
    }


@cache
def words() -> dict[str, Any]:
    """Give the words by which tables of Chinese offices are read: totals, units, numerals, donors."""
    return tomllib.loads(files("data").joinpath("words.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class CivilYear:
    """Days of one year that are off although they are weekdays, and Saturdays and Sundays that are worked."""

    off: frozenset[date]
    worked: frozenset[date]


@cache
def civil_years() -> dict[int, CivilYear]:
    """Give the announced calendars of China by year."""
    text = files("data").joinpath("calendar", "cn_working_days.toml").read_text("utf-8")
    years: dict[int, CivilYear] = {}
    for year, entry in tomllib.loads(text).items():
        off: set[date] = set()
        for first, last in entry["off"]:
            start, end = date.fromisoformat(first), date.fromisoformat(last)
            off |= {start + timedelta(days=i) for i in range((end - start).days + 1)}
        worked = frozenset(date.fromisoformat(day) for day in entry["worked"])
        years[int(year)] = CivilYear(off=frozenset(off), worked=worked)
    return years


def is_working_day(day: date) -> bool:
    """Whether offices are open; in a year that was not announced yet, on Monday to Friday."""
    year = civil_years().get(day.year)
    if year is not None and (day in year.worked or day in year.off):
        return day in year.worked
    return day.weekday() < 5
