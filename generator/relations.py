"""
Who is kin to whom, who works where, who manages which charity.

Among them are a few ties of at most three steps between those who manage a fund and a household that asks for
money: the matching must find them and keep the fund away (HC-13).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from generator.chance import Chance
from generator.giving import Giving
from generator.households import Population
from generator.needs import Needs
from generator.organisations import Parties
from generator.shipped import label, table

_KIN_SHARE = 0.02
_EMPLOYED_SHARE = 0.03
_KINDS = ("PARENT", "CHILD", "SIBLING", "IN_LAW", "GRANDCHILD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """
    Ties, a row each.

    ``kin`` has resident, other, kinship; ``posts`` of staff and ``managers`` organisation, resident, duty.
    ``planted`` counts the ties that were put there for HC-13.
    """

    kin: pl.DataFrame
    posts: pl.DataFrame
    managers: pl.DataFrame
    planted: int


def build_relations(
    chance: Chance, population: Population, parties: Parties, needs: Needs, giving: Giving
) -> Relations:
    """Give the ties between people and organisations."""
    rng = chance.stream("relations")
    residents = population.residents
    adults = residents.filter(pl.col("age_y").is_between(20, 64))["number"]
    kin = _kin(rng, residents)
    posts = _posts(rng, adults, parties)
    managers = _managers(rng, adults, parties)
    near_kin, near_posts = _planted(rng, population, needs, giving)
    return Relations(
        kin=pl.concat([kin, near_kin]).unique(["resident", "other"], keep="last", maintain_order=True),
        posts=pl.concat([posts, near_posts]).unique(
            ["organisation", "resident"], keep="last", maintain_order=True
        ),
        managers=managers,
        planted=len(near_kin) + len(near_posts),
    )


def _kin(rng: np.random.Generator, residents: pl.DataFrame) -> pl.DataFrame:
    count = round(len(residents) * _KIN_SHARE)
    pairs = rng.integers(0, len(residents), (count, 2))
    household = residents["household"].to_numpy()
    pairs = pairs[household[pairs[:, 0]] != household[pairs[:, 1]]]
    words = pl.Series([label("kinship", code) for code in _KINDS])
    return pl.DataFrame(
        {
            "resident": residents["number"].gather(pairs[:, 0]),
            "other": residents["number"].gather(pairs[:, 1]),
            "kinship": words.gather(rng.integers(0, len(_KINDS), len(pairs))),
        }
    ).unique(["resident", "other"], maintain_order=True)


def _posts(rng: np.random.Generator, adults: pl.Series, parties: Parties) -> pl.DataFrame:
    """Staff of firms, associations and institutions; charities employ only those of the planted ties."""
    employers = parties.organisations.filter(
        pl.col("kind_code").is_in(["ENTERPRISE", "SOCIAL_ORG", "INSTITUTION"])
    )
    count = max(5, round(len(adults) * _EMPLOYED_SHARE))
    staff = adults.gather(rng.choice(len(adults), size=count, replace=False))
    return pl.DataFrame(
        {
            "organisation": employers["number"].gather(rng.integers(0, len(employers), count)),
            "resident": staff,
            "duty": [table("organisations")["duties"][-1]] * count,
        }
    )


def _managers(rng: np.random.Generator, adults: pl.Series, parties: Parties) -> pl.DataFrame:
    """One head a charity, association or consortium."""
    led = parties.organisations.filter(pl.col("kind_code").is_in(["CHARITY_ORG", "SOCIAL_ORG", "CONSORTIUM"]))
    return pl.DataFrame(
        {
            "organisation": led["number"],
            "resident": adults.gather(rng.choice(len(adults), size=len(led), replace=len(led) > len(adults))),
            "duty": [table("organisations")["duties"][0]] * len(led),
        }
    )


def _planted(
    rng: np.random.Generator, population: Population, needs: Needs, giving: Giving
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tie funds to households that ask for money: a manager's kin, or somebody who works for the charity."""
    asking = needs.needs.filter("open", pl.col("gap_fen") > 0, pl.col("household").is_not_null())
    count = max(2, min(len(asking), len(giving.funds) // 4))
    chosen = asking[np.sort(rng.choice(len(asking), size=count, replace=False))]
    adults = population.residents.filter(pl.col("age_y") >= 18).unique(
        "household_number", maintain_order=True
    )
    members = chosen.join(adults.select("household_number", "number"), left_on="household",
                          right_on="household_number", how="inner", suffix="_member")  # fmt: skip
    fund = giving.funds[rng.integers(0, len(giving.funds), len(members))]
    manager = fund["managers"].str.split("、").list.first()
    by_kin = pl.Series(np.arange(len(members)) % 3 != 2)
    distinct = by_kin & (manager != members["number_member"])
    kin = pl.DataFrame({"resident": manager, "other": members["number_member"]}).with_columns(
        pl.lit(label("kinship", "SIBLING")).alias("kinship")
    )
    posts = pl.DataFrame(
        {"organisation": fund["organisation"], "resident": members["number_member"]}
    ).with_columns(pl.lit(table("organisations")["duties"][-1]).alias("duty"))
    return kin.filter(distinct), posts.filter(~by_kin)
