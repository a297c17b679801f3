"""The five parties apart from volunteers: stations, workers, organisations, service points and offers."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from generator.chance import Chance, IntArray, picks
from generator.identities import credit_code, full_names, surnames, telephone_numbers
from generator.places import COUNTIES, Places, scatter
from generator.shipped import label, table

_WORKERS_PER_TOWN = (3, 6)
_CREDIT_KINDS = {
    "CHARITY_ORG": "51",
    "SOCIAL_ORG": "52",
    "CONSORTIUM": "52",
    "ENTERPRISE": "91",
    "INSTITUTION": "12",
    "TEAM": "51",
}
_MIX = {"SOCIAL_ORG": 0.16, "ENTERPRISE": 0.24, "INSTITUTION": 0.22, "TEAM": 0.38}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """
    Stations, workers, organisations, service points and offers, a row each.

    ``stations`` has number, name, kind, region, town_name, parent, place; ``workers`` number, name, station,
    town_code, level; ``organisations`` number, kind (label), kind_code, name, credit_code, region,
    county_code, place, public_raising, telephone.
    """

    stations: pl.DataFrame
    workers: pl.DataFrame
    organisations: pl.DataFrame
    points: pl.DataFrame
    offers: pl.DataFrame

    def of_kind(self, kind: str) -> pl.DataFrame:
        """Give the organisations of one kind."""
        return self.organisations.filter(pl.col("kind_code") == kind)


def _stations(places: Places) -> pl.DataFrame:
    """
    One tree: the consortium on top, a station in each town, a point in each village.

    The second county's own centre stands under the first's: the two work as one consortium. A node carries the
    signs of several networks.
    """
    words = table("organisations")
    frame = places.centres.frame

    def signs(level: str) -> str:
        return "、".join(label("network", code) for code in words["networks"][level])

    rows: list[tuple[object, ...]] = []
    root = f"ZD{COUNTIES[0]}"
    for county in COUNTIES:
        own = frame.filter(pl.col("county_code") == county)
        top = f"ZD{county}"
        above = None if top == root else root
        name = words["station_branch" if above else "station_top"].format(county=own["county"][0])
        rows.append((top, name, signs("top"), county, "", above, None, None))
        for (town_code, town), villages in own.group_by("town_code", "town", maintain_order=True):
            station = f"ZD{town_code}"
            place = (float(villages["longitude_deg"].mean()), float(villages["latitude_deg"].mean()))  # type: ignore[arg-type]  # never empty
            title = words["station_town"].format(town=town)
            rows.append((station, title, signs("town"), town_code, town, top, *place))
            rows += [
                (
                    f"ZD{code}",
                    words["station_village"].format(name=name),
                    signs("village"),
                    code,
                    town,
                    station,
                    lon,
                    lat,
                )
                for code, name, lon, lat in villages.select(
                    "code", "name", "longitude_deg", "latitude_deg"
                ).rows()
            ]
    columns = ["number", "name", "kind", "region", "town_name", "parent", "longitude_deg", "latitude_deg"]
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


def _workers(rng: np.random.Generator, places: Places) -> pl.DataFrame:
    towns = places.centres.frame["town_code"].unique(maintain_order=True).to_list()
    each = rng.integers(_WORKERS_PER_TOWN[0], _WORKERS_PER_TOWN[1] + 1, len(towns))
    town_of = np.repeat(np.arange(len(towns)), each)
    count = len(town_of)
    male = rng.random(count) < 0.25
    names = full_names(rng, surnames(rng, count), rng.integers(1975, 2003, count), male)
    levels = np.array(table("organisations")["worker_levels"])
    return pl.DataFrame(
        {
            "number": "SG" + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(5),
            "name": names,
            "town_code": pl.Series(towns).gather(town_of),
            "station": "ZD" + pl.Series(towns).gather(town_of),
            "region": pl.Series(towns).gather(town_of),
            "level": pl.Series(rng.choice(levels, count, p=[0.45, 0.3, 0.05, 0.2])).replace("", None),
            "telephone": telephone_numbers(70_000_000, count),
        }
    )


def _kinds(count: int) -> list[tuple[str, int]]:
    """Kind of each organisation with its position among its kind; federations and consortia come first."""
    kinds = [("CONSORTIUM", 0), ("CONSORTIUM", 1), ("CHARITY_ORG", 0), ("CHARITY_ORG", 1)]
    rest = count - len(kinds) - 2
    kinds += [("CHARITY_ORG", 2 + n) for n in range(max(2, rest // 40))]
    for kind, share in _MIX.items():
        kinds += [(kind, n) for n in range(max(4, round(rest * share)))]
    return kinds


def _organisation_name(kind: str, position: int, county: str, town: str) -> str:
    words = table("organisations")
    plain = county.rstrip(words["county_endings"])

    def part(key: str, step: int = 1) -> str:
        values: list[str] = words[key]
        return values[(position // step) % len(values)]

    serial = position // 12
    again: str = words["serial"].format(serial=serial + 1) if serial else ""
    names = {
        "CONSORTIUM": f"{county}{words['consortium']}",
        "CHARITY_ORG": f"{county}{part('foundation_words')}{again}{words['foundation']}",
        "SOCIAL_ORG": f"{plain}{part('social_words')}{again}{part('social_types', 3)}",
        "ENTERPRISE": f"{plain}{part('enterprise_words')}{again}{part('enterprise_types', 2)}",
        "INSTITUTION": f"{town}{again}{part('institution_types')}",
        "TEAM": f"{town}{part('team_words')}{again}{part('team_types', 2)}",
    }
    if kind == "CHARITY_ORG" and position < len(COUNTIES):
        return f"{county}{words['federation']}"
    return names[kind]


def _organisations(rng: np.random.Generator, places: Places, count: int) -> pl.DataFrame:
    frame = places.centres.frame
    counties = places.centres.county_index()
    kinds = _kinds(count)
    village = picks(rng, places.need_share, len(kinds))
    for row, (kind, position) in enumerate(kinds):
        if kind in {"CONSORTIUM", "CHARITY_ORG"} and position < len(COUNTIES):
            village[row] = int(np.flatnonzero(counties == position)[0])
    lon, lat = scatter(rng, village)
    located = frame.select("code", "town", "county", "county_code")[village]
    rows = [
        (
            f"JG{row + 1:05d}",
            kind,
            label("organisation_kind", kind),
            _organisation_name(kind, position, place["county"], place["town"]),
            credit_code(_CREDIT_KINDS[kind], place["county_code"], row + 1),
            place["code"],
            place["county"],
            place["county_code"],
            kind == "CHARITY_ORG" and position < len(COUNTIES),
        )
        for row, ((kind, position), place) in enumerate(
            zip(kinds, located.iter_rows(named=True), strict=True)
        )
    ]
    columns = [
        "number",
        "kind_code",
        "kind",
        "name",
        "credit_code",
        "region",
        "county",
        "county_code",
        "public_raising",
    ]
    named = pl.DataFrame(rows, schema=columns, orient="row")
    twice = pl.int_range(1, pl.len() + 1).over("name")
    return named.with_columns(
        pl.when(twice > 1)
        .then(pl.col("name") + "（" + twice.cast(pl.String) + "）")
        .otherwise(pl.col("name"))
        .alias("name"),
        pl.Series("village", village),
        pl.Series("longitude_deg", lon),
        pl.Series("latitude_deg", lat),
        telephone_numbers(80_000_000, len(rows)).alias("telephone"),
    )


def _points(rng: np.random.Generator, organisations: pl.DataFrame, count: int) -> pl.DataFrame:
    words = table("organisations")
    owners = organisations.filter(pl.col("kind_code").is_in(["SOCIAL_ORG", "INSTITUTION", "CONSORTIUM"]))
    owner = rng.integers(0, len(owners), count)
    kind = rng.integers(0, len(words["point_types"]), count)
    chosen = owners[owner]
    return pl.DataFrame(
        {
            "number": "FW" + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(5),
            "name": chosen["name"] + pl.Series(words["point_types"]).gather(kind),
            "organisation": chosen["number"],
            "services": pl.Series(words["point_services"]).gather(kind),
            "capacity": rng.choice([20, 30, 40, 60, 80, 120], count),
            "region": chosen["region"],
            "longitude_deg": chosen["longitude_deg"],
            "latitude_deg": chosen["latitude_deg"],
            "telephone": telephone_numbers(82_000_000, count),
        }
    )


_OFFER_KINDS = ("VENUE", "VENUE", "VENUE", "TRANSPORT", "CONSULTATION", "CONSULTATION")


def _offers(rng: np.random.Generator, organisations: pl.DataFrame, count: int) -> pl.DataFrame:
    owners = organisations.filter(pl.col("kind_code").is_in(["SOCIAL_ORG", "ENTERPRISE", "CHARITY_ORG"]))
    chosen = owners[rng.integers(0, len(owners), count)]
    kind: IntArray = rng.integers(0, len(_OFFER_KINDS), count)
    kinds = pl.Series([label("offer_kind", code) for code in _OFFER_KINDS])
    slots = np.array(table("organisations")["offer_hours"])
    return pl.DataFrame(
        {
            "number": "FG" + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(5),
            "kind": kinds.gather(kind),
            "title": pl.Series(table("organisations")["offer_titles"]).gather(kind),
            "hours": rng.choice(slots, count),
            "provider": chosen["number"],
            "capacity": rng.choice([2, 4, 6, 10, 20], count),
            "unit": pl.Series(table("organisations")["offer_units"]).gather(kind),
            "region": chosen["region"],
            "telephone": chosen["telephone"],
        }
    )


def build_parties(chance: Chance, places: Places) -> Parties:
    """Give stations, workers, organisations, service points and service offers of the city."""
    rng = chance.stream("organisations")
    count = chance.size.extent.organisations
    organisations = _organisations(rng, places, count)
    return Parties(
        stations=_stations(places),
        workers=_workers(rng, places),
        organisations=organisations,
        points=_points(rng, organisations, max(6, count // 5)),
        offers=_offers(rng, organisations, max(8, count // 3)),
    )
