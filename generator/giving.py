"""
Money and goods: funds behind walls of purpose, the donations they came from, stock in kind.

Scarcity is meant: free money covers 72 to 84 % of what open needs ask of charity, before walls of purpose and
ceilings a case bite; stock covers 60 to 110 % of each kind of goods.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import numpy as np
import polars as pl

from generator.chance import Chance, FloatArray, IntArray, picks, split_amount, zipf_weights
from generator.households import Population
from generator.identities import full_names, surnames
from generator.needs import Needs
from generator.organisations import Parties
from generator.places import COUNTIES, Places
from generator.shipped import label, table

COVERAGE = (0.72, 0.84)
"""Range of free money over the open gap."""

_FUND_PURPOSES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("MEDICAL", ("MEDICAL_COST",), ()),
    ("EDUCATION", ("EDUCATION",), ()),
    ("HOUSING", ("HOUSING", "DISABILITY"), ()),
    ("ELDER", (), ("LIVING_ALONE", "EMPTY_NEST", "ADVANCED_AGE", "DISABLED_FUNCTION", "ELDER_TEKUN")),
    ("CHILD", (), ("FAMILY_POVERTY", "ORPHAN", "DE_FACTO_UNATTENDED", "OWN_CONDITION", "LEFT_BEHIND_CHILD")),
    ("DISABILITY", ("DISABILITY", "MEDICAL_COST"), ("SEVERE_DISABILITY",)),
    ("EMERGENCY", ("LIVING_AID", "MEDICAL_COST"), ("DIBAO", "TEKUN", "EDGE", "RIGID")),
    ("WISH", ("EDUCATION", "LIVING_AID", "CULTURE_HEALTH"), ()),
    ("NEIGHBOUR", ("LIVING_AID", "HOUSING", "EMPLOYMENT"), ()),
    ("MIND", ("COUNSEL", "CULTURE_HEALTH", "CARE"), ()),
)
_CASE_CAPS_YUAN = (500, 2_000, 5_000, 10_000, 20_000)
_GENERAL_EVERY = 5  # each fifth fund has no purpose wall
_GENERAL_WEIGHT = 4.0
_LAST_DAYS = 730  # donations came in over two years
_DATED_SHARE = 0.12
_CLOSED_SHARE = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """
    ``funds`` and ``donations`` in fen; the donations of a fund sum to its ``received_fen`` exactly.

    ``stock`` holds goods in the units of the catalogue.
    """

    funds: pl.DataFrame
    donations: pl.DataFrame
    stock: pl.DataFrame


def build_giving(
    chance: Chance, *, places: Places, population: Population, parties: Parties, needs: Needs, as_of: date
) -> Giving:
    """Give funds, donations and stock in proportion to what is asked for."""
    rng = chance.stream("giving")
    funds = _funds(
        rng, chance, places=places, population=population, parties=parties, needs=needs, as_of=as_of
    )
    return Giving(
        funds=funds,
        donations=_donations(rng, funds, parties, chance.size.extent.donations, as_of),
        stock=_stock(rng, parties, needs, as_of),
    )


def _amounts(rng: np.random.Generator, general: list[bool], needs: Needs) -> tuple[IntArray, IntArray]:
    """Give (received, spent) of each fund: what is free covers a drawn share of the gap, in a heavy tail."""
    count = len(general)
    gap = max(needs.open_gap_fen, 100_000 * count)
    free = int(gap * rng.uniform(*COVERAGE)) // 100 * 100
    weights: FloatArray = rng.lognormal(0.0, 0.8, count) * np.where(general, _GENERAL_WEIGHT, 1.0)
    available = np.floor(weights / weights.sum() * free / 100).astype(np.int64) * 100
    available[0] += free - int(available.sum())
    spent = np.floor(available * rng.uniform(0.2, 2.5, count) / 100).astype(np.int64) * 100
    return available + spent, spent


def _funds(
    rng: np.random.Generator, chance: Chance, *, places: Places, population: Population, parties: Parties,
    needs: Needs, as_of: date,
) -> pl.DataFrame:  # fmt: skip
    count = chance.size.extent.funds
    general = [n % _GENERAL_EVERY == 0 for n in range(count)]
    received, spent = _amounts(rng, general, needs)
    charities = parties.of_kind("CHARITY_ORG")
    owner = np.where(
        rng.random(count) < 0.7, np.arange(count) % len(COUNTIES), rng.integers(0, len(charities), count)
    )
    adults = population.residents.filter(pl.col("age_y").is_between(30, 59))["number"]
    words = table("organisations")
    towns = places.centres.frame.unique("town_code", maintain_order=True)
    rows: list[dict[str, object]] = []
    for n in range(count):
        charity = charities.row(int(owner[n]), named=True)
        own_towns = towns.filter(pl.col("county_code") == charity["county_code"])
        managers = adults.gather(rng.choice(len(adults), size=int(rng.integers(1, 3)), replace=False))
        rows.append(
            {
                "number": f"JJ{n + 1:05d}",
                "organisation": charity["number"],
                "region": charity["region"][:6],
                "managers": "、".join(managers),
                "received_fen": int(received[n]),
                "spent_fen": int(spent[n]),
                **_purpose(
                    rng, n, general=general[n], county=charity["county"], towns=own_towns, words=words
                ),
                **_validity(rng, general[n], as_of),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.lit(0).alias("reserved_fen"))


def _purpose(
    rng: np.random.Generator,
    n: int,
    *,
    general: bool,
    county: str,
    towns: pl.DataFrame,
    words: dict[str, list[str]],
) -> dict[str, object]:
    """Give name, type and walls of one fund."""
    if general:
        return {
            "name": f"{county}{words['general_fund']}{n // _GENERAL_EVERY + 1:02d}",
            "type": label("fund_type", "GENERAL"),
            "categories": None, "situations": None, "restricted_regions": None, "case_cap_fen": None,
        }  # fmt: skip
    purpose = (n - n // _GENERAL_EVERY - 1) % len(_FUND_PURPOSES)
    _, categories, situations = _FUND_PURPOSES[purpose]
    kinds = ("SPECIAL", "TRUST", "ENTERPRISE", "PROGRAMME")
    kind = int(picks(rng, np.array([0.5, 0.1, 0.2, 0.2]), 1)[0])
    wall = rng.random()
    region = county if wall < 0.35 else None
    if wall < 0.1:
        region = f"{county}{towns['town'][int(rng.integers(0, len(towns)))]}"
    cap = int(rng.choice(_CASE_CAPS_YUAN)) * 100 if rng.random() < 0.6 else None
    return {
        "name": f"{county}{words['fund_words'][purpose]}{words['fund_types'][kind]}{n + 1:03d}",
        "type": label("fund_type", kinds[kind]),
        "categories": "、".join(label("category", c) for c in categories) or None,
        "situations": "、".join(label("situation", s) for s in situations) or None,
        "restricted_regions": region,
        "case_cap_fen": cap,
    }


def _validity(rng: np.random.Generator, general: bool, as_of: date) -> dict[str, date | None]:
    """Give the span in which a fund may pay: mostly open, some dated, a few closed or not yet begun."""
    draw = rng.random()
    if general or draw > _DATED_SHARE:
        return {"valid_from": None, "valid_to": None}
    if draw < _CLOSED_SHARE:
        start = as_of + timedelta(days=int(rng.integers(-500, 120)))
        return {"valid_from": start, "valid_to": max(start, as_of - timedelta(days=90)) + timedelta(days=60)}
    start = as_of - timedelta(days=int(rng.integers(30, 400)))
    return {"valid_from": start, "valid_to": as_of + timedelta(days=int(rng.integers(20, 600)))}


def _donations(
    rng: np.random.Generator, funds: pl.DataFrame, parties: Parties, count: int, as_of: date
) -> pl.DataFrame:
    """Cut what each fund received into donations of a heavy tail, from persons, firms and nobody named."""
    received = funds["received_fen"].to_numpy()
    shares = np.sqrt(received) * rng.uniform(0.5, 1.5, len(received))
    number_of = np.maximum(1, np.floor(shares / shares.sum() * count).astype(np.int64))
    number_of = np.minimum(number_of, np.maximum(1, received // 100))  # at least a yuan each
    parts = [
        split_amount(rng, total // 100, parts, sigma=1.6) * 100
        for total, parts in cast(
            "list[tuple[int, int]]", list(zip(received.tolist(), number_of.tolist(), strict=True))
        )
    ]
    amount = np.concatenate(parts)
    fund = np.repeat(np.arange(len(received)), number_of)
    total = len(amount)
    firms = parties.of_kind("ENTERPRISE")
    firm = picks(rng, zipf_weights(len(firms), 0.9), total)
    large = amount > np.quantile(amount, 0.8)
    by_firm = pl.Series(rng.random(total) < np.where(large, 0.75, 0.08))
    unnamed = pl.Series(rng.random(total) < 0.15)
    words = table("organisations")
    persons = full_names(rng, surnames(rng, total), rng.integers(1950, 2003, total), rng.random(total) < 0.5)
    donor = firms["name"].gather(firm).zip_with(by_firm, persons.set(unnamed, words["anonymous_donor"]))
    days = rng.integers(1, _LAST_DAYS, total).astype("timedelta64[D]")
    purpose = funds["categories"].gather(fund)
    asks = pl.Series(rng.random(total) < 0.3) & purpose.is_not_null()
    return pl.DataFrame(
        {
            "fund": funds["number"].gather(fund),
            "donor": donor,
            "firm": firms["number"].gather(firm).set(~by_firm, None),
            "kind": [label("donation_kind", "CASH")] * total,
            "state": [label("donation_state", "POSTED")] * total,
            "amount_fen": amount,
            "given_on": np.datetime64(as_of, "D") - days,
            "restriction": (words["restriction_note"] + purpose).set(~asks, None),
            "region": funds["region"].gather(fund),
        }
    ).sort("given_on", "fund", "amount_fen", "donor", maintain_order=True).with_columns(
        ("JZ" + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)).alias("number")
    )  # fmt: skip


def _stock(rng: np.random.Generator, parties: Parties, needs: Needs, as_of: date) -> pl.DataFrame:
    """Cut the stock of each kind of goods into lots of different owners, places and dates."""
    asked = needs.items.filter("open").group_by("item", maintain_order=True).agg(pl.col("quantity").sum())
    wanted: dict[str, int] = {str(item): int(quantity) for item, quantity in asked.rows()}
    goods: list[dict[str, Any]] = [*table("wishes")["items"], *table("wishes")["stocked"]]
    owners = parties.organisations.filter(
        pl.col("kind_code").is_in(["CHARITY_ORG", "ENTERPRISE", "SOCIAL_ORG"])
    )
    homes = needs.needs.filter("open", pl.col("household").is_not_null())["household"]
    rows: list[dict[str, object]] = []
    for entry in goods:
        need = wanted.get(entry["label"], 0)
        supply: int = max(1, round(max(need, 1) * float(rng.uniform(0.6, 1.1))))
        if "quantity" in entry:
            least, most = cast("tuple[int, int]", entry["quantity"])
            supply = max(supply, int(rng.integers(least, most)))
        lots = min(supply, 1 + int(rng.poisson(1 + math.sqrt(supply) / 6)))
        days = int(entry.get("expires_days", 0))
        for quantity in cast("list[int]", split_amount(rng, supply, lots, sigma=0.7).tolist()):
            owner = owners.row(int(rng.integers(0, len(owners))), named=True)
            left = int(rng.integers(-20, days)) if days else None
            rows.append(
                {
                    "number": f"WZ{len(rows) + 1:06d}",
                    "item": entry["label"],
                    "unit": entry["unit"],
                    "quantity": int(quantity),
                    "owner": owner["number"],
                    "restricted_to": homes[int(rng.integers(0, len(homes)))] if rng.random() < 0.02 else None,
                    "expires": as_of + timedelta(days=left) if left is not None else None,
                    "region": owner["region"],
                    "longitude_deg": owner["longitude_deg"],
                    "latitude_deg": owner["latitude_deg"],
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)
