"""
The rule that turns scored pairs into decisions.

A model alone merges nobody. A pair is automatic where the model is sure *and* a second identifier agrees, and nothing
contradicts; two sound identity numbers that differ are a veto, whatever else agrees. What remains goes to a reviewer
or is rejected. ``general`` is for registers that hold no second identifier, where the model and the lack of a rival
decide.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from identity.linkage.parameters import Floats
from identity.linkage.records import LinkDecision


class RuleSet(StrEnum):
    """Which rules decide."""

    STRICT = "strict"
    GENERAL = "general"


class Reason(StrEnum):
    """Why a pair was decided as it was."""

    CORROBORATED = "corroborated"
    BEST_PARTNER = "best_partner"
    NO_CORROBORATION = "no_corroboration"
    PARTNER_TAKEN = "partner_taken"
    RIVAL = "rival"
    VETOED = "vetoed"
    BETTER_PARTNER = "better_partner"
    IMPROBABLE = "improbable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """
    Bounds of the rule; they belong to a version of an agreement.

    Parameters
    ----------
    auto
        Least probability of an automatic pair.
    review
        Least probability of a pair that a reviewer sees.
    rival_bits
        How far ahead of the next one an automatic pair must be, where both claim one record.
    kept
        Least probability of a rejected pair that is still reported.
    best
        Least probability of the best partner under ``general``, rivals counted.
    """

    auto: float = 0.90
    review: float = 0.005
    rival_bits: float = 3.0
    kept: float = 0.001
    best: float = 0.25


def _level(field: str, *labels: str) -> pl.Expr:
    return pl.col(f"level_{field}").is_in(labels).fill_null(value=False)


def _stated(field: str) -> pl.Expr:
    return pl.col(f"level_{field}").is_not_null()


def veto() -> pl.Expr:
    """Two complete numbers that are no slips of one another: both check characters hold, or both are keyed hashes."""
    complete = (pl.col("id_valid_l") & pl.col("id_valid_r")).fill_null(value=False)
    hashed = (pl.col("id_hash_l").is_not_null() & pl.col("id_hash_r").is_not_null()).fill_null(value=False)
    return _level("id", "else") & (complete | hashed)


def corroborations() -> dict[str, pl.Expr]:
    """Give the ways in which a second identifier bears a pair out, by name."""
    same = _level("name", "exact", "sounds", "sound_set")
    close = same | _level("name", "near", "partial")
    exact = _level("name", "exact")
    # twins have one telephone and one birthday, and their names may sound alike; letters tell no more than the sound
    spelt = exact | (same & ((pl.col("name_kind_l") == "latin") | (pl.col("name_kind_r") == "latin")))
    born = _level("birth", "exact")
    near_born = _level("birth", "exact", "near", "year_known", "lunar")
    year = near_born | _level("birth", "year")
    no_birth = ~_stated("birth")
    phone = _level("phone", "exact")
    private = phone & (pl.col("phone_holders") <= 2)
    phone_like = _level("phone", "exact", "near") | (_level("phone", "masked") & pl.col("phone_ends"))
    house = _level("address", "exact") & pl.col("address_house")
    # numbers that do not agree at all are a relative's, or another person's: nothing else makes up for them
    no_sex_against = ~_level("sex", "else")
    clear = no_sex_against & ~_level("id", "else", "damaged")
    partial = _level("name", "partial")
    masked = _level("id", "masked") & no_sex_against
    # the given name is hidden in one record, and in the other as well or in letters: nothing of it can be compared
    kinds = (pl.col("name_kind_l"), pl.col("name_kind_r"))
    unread = _level("name", "surname") & pl.any_horizontal(kind == "partial" for kind in kinds)
    unread &= pl.all_horizontal(kind.is_in(["partial", "latin"]) for kind in kinds)
    # what a household shares, and what most of a mask leaves of a number, does not tell twins and namesakes apart:
    # it bears a pair out only where there are none
    alone = pl.col("alone")
    return {
        "id": _level("id", "exact") & (close | (born & pl.col("birth_stated") & (phone_like | unread))),
        "id_near": _level("id", "near") & ((same & (year | no_birth | phone_like)) | (partial & born)),
        "id_masked": masked
        & pl.col("id_ends")
        & (
            (same & (year | phone_like))
            | (spelt & no_birth)
            | (partial & (near_born | (phone_like & no_birth)))
            | (unread & born)
        ),
        "id_last_2": masked
        & pl.col("id_last_2")
        & (
            (exact & near_born)
            | (partial & (born | (phone_like & (near_born | no_birth))))
            | (alone & same & near_born)
        ),
        "id_area": (_level("id", "masked") | ~_stated("id"))
        & pl.col("id_area")
        & no_sex_against
        & ~_level("address", "far", "else")
        & alone
        & spelt
        & (born | (_level("id", "masked") & pl.col("id_birth"))),
        "phone": clear & spelt & ((phone & year) | (private & no_birth & exact)),
        "phone_like": clear & phone_like & ((exact & near_born) | (spelt & born)),
        "phone_alone": clear
        & phone_like
        & alone
        & ((same & (near_born | no_birth)) | (partial & pl.col("name_last") & near_born)),
        "address": clear & house & ((exact & (near_born | no_birth)) | (spelt & born)),
    }


def _all_but_number() -> pl.Expr:
    """Everything but the number agrees: a number was issued anew, or is a relative's."""
    contact = (
        _level("phone", "exact", "near")
        | (_level("phone", "masked") & pl.col("phone_ends"))
        | (_level("address", "exact") & pl.col("address_house"))
    )
    named = _level("name", "exact", "sounds", "sound_set", "partial")
    strange = (pl.col("id_strange_l") | pl.col("id_strange_r")).fill_null(value=False)
    exact = _level("name", "exact")
    return (contact & ((named & _level("birth", "exact", "near")) | exact)) | (
        exact & _level("birth", "exact") & strange
    )


def _relatives() -> pl.Expr:
    """One household's telephone and address under other names: whoever they are, they are not one person."""
    other_name = _level("name", "surname", "else")
    numbered = _level("id", "exact", "near") | (_level("id", "masked") & pl.col("id_ends"))
    contact = _level("phone", "exact", "near", "masked") | _level("address", "exact")
    born = _level("birth", "exact", "near", "lunar", "year_known")
    nobody = _level("name", "else") & ~contact
    return other_name & ~numbered & (~born | nobody | _level("sex", "else"))


def judge(
    pairs: pl.DataFrame, rules: RuleSet, thresholds: Thresholds, *, one_to_one: bool, displace: bool
) -> pl.DataFrame:
    """
    Decide pairs.

    Parameters
    ----------
    pairs
        ``l``, ``r``, ``weight``, ``probability``, ``level_FIELD``, and what the rule reads of the records:
        ``id_valid_l`` …, ``id_strange_l`` …, ``name_kind_l`` …, ``id_ends``, ``id_last_2``, ``id_area``, ``id_birth``,
        ``phone_ends``, ``phone_holders``, ``address_house``, ``birth_stated``, ``name_last``, ``alone``.
    rules
        Which rules decide.
    thresholds
        Bounds.
    one_to_one
        Whether a record may have one automatic partner only.
    displace
        Whether a pair is rejected whose record has a better, automatic partner: for files without duplicates.

    Returns
    -------
    polars.DataFrame
        The pairs with ``decision``, ``reason``, ``veto`` and ``corroboration``, sorted by falling weight.
        ``probability`` is what the rule leaves of the model's: nothing of a vetoed pair, and shared with rivals where
        only one partner can be right.
    """
    ways = corroborations()
    found = pairs.with_columns(
        veto().alias("veto"),
        pl.concat_list(pl.when(way).then(pl.lit(name)) for name, way in ways.items())
        .list.drop_nulls()
        .alias("corroboration"),
    ).sort(["weight", "l", "r"], descending=[True, False, False])
    found = found.with_columns(
        pl.when(pl.col("veto") | _relatives()).then(0.0).otherwise("probability").alias("left")
    )
    shared = pl.Series("probability", _share_of_rivals(found) if displace else found["left"].to_numpy())
    if rules is RuleSet.GENERAL:
        if one_to_one:
            found = found.with_columns(pl.Series("probability", _share_of_rivals(found)))
        able = (pl.col("probability") >= thresholds.best) & ~pl.col("veto")
        review = (pl.col("probability") >= thresholds.review) & ~pl.col("veto")
    else:
        able = (
            (pl.col("probability") >= thresholds.auto)
            & ~pl.col("veto")
            & (pl.col("corroboration").list.len() > 0)
        )
        review = (
            pl.when(pl.col("veto"))
            .then(_all_but_number())
            .otherwise((pl.col("probability") >= thresholds.review) & ~_relatives())
        )
    flags = found.select(able.alias("able"), review.alias("review"))
    decided = _decided(found, flags, thresholds, rules, one_to_one=one_to_one, displace=displace)
    return found.drop("left").with_columns(shared, *decided)


def _decided(
    found: pl.DataFrame,
    flags: pl.DataFrame,
    thresholds: Thresholds,
    rules: RuleSet,
    *,
    one_to_one: bool,
    displace: bool,
) -> list[pl.Series]:
    """Take able pairs by falling weight, each record once; what they leave is reviewed or rejected."""
    left, right = found["l"].to_list(), found["r"].to_list()
    weights: list[float] = found["weight"].to_list()
    vetoed = found["veto"].to_list()
    able, review = flags["able"].to_list(), flags["review"].to_list()
    decisions = [str(LinkDecision.REJECT)] * len(found)
    reasons = [str(Reason.VETOED if v else Reason.IMPROBABLE) for v in vetoed]
    places = [place for place, one in enumerate(able) if one]
    rivals = _rivals(places, left, right, weights, thresholds.rival_bits) if one_to_one else set[int]()
    taken: dict[tuple[int, int], float] = {}
    best = Reason.CORROBORATED if rules is RuleSet.STRICT else Reason.BEST_PARTNER
    for place in places:
        a, b = (0, left[place]), (1, right[place])
        if place in rivals:
            decisions[place], reasons[place] = LinkDecision.REVIEW, Reason.RIVAL
        elif one_to_one and (a in taken or b in taken):
            decisions[place], reasons[place] = LinkDecision.REVIEW, Reason.PARTNER_TAKEN
        else:
            decisions[place], reasons[place] = LinkDecision.AUTO, best
            taken[a] = taken[b] = weights[place]
    for place, one in enumerate(review):
        if able[place] or not one:
            continue
        a, b = (0, left[place]), (1, right[place])
        if displace and (a in taken or b in taken):
            reasons[place] = Reason.BETTER_PARTNER
        else:
            decisions[place] = LinkDecision.REVIEW
            reasons[place] = Reason.VETOED if vetoed[place] else Reason.NO_CORROBORATION
    return [
        pl.Series("decision", [str(one) for one in decisions], dtype=pl.String),
        pl.Series("reason", [str(one) for one in reasons], dtype=pl.String),
    ]


def _rivals(
    places: list[int], left: list[int], right: list[int], weights: list[float], bits: float
) -> set[int]:
    """Give able pairs that claim one record with about the same weight: none of them can be told from the other."""
    claims: dict[tuple[int, int], list[int]] = {}
    for place in places:
        claims.setdefault((0, left[place]), []).append(place)
        claims.setdefault((1, right[place]), []).append(place)
    found: set[int] = set()
    for claim in claims.values():
        if len(claim) > 1:
            first, second = claim[0], claim[1]  # places run by falling weight
            if weights[first] - weights[second] < bits:
                found.update(place for place in claim if weights[first] - weights[place] < bits)
    return found


def _share_of_rivals(found: pl.DataFrame) -> Floats:
    """Give probabilities where each record has one partner at most: a pair's odds beside those of all its rivals."""
    p = np.clip(found["left"].to_numpy(), 0.0, 1 - 1e-12)
    odds = p / (1 - p)
    frame = found.select("l", "r").with_columns(pl.Series("odds", odds))
    totals = frame.select(
        pl.col("odds"),
        pl.col("odds").sum().over("l").alias("of_l"),
        pl.col("odds").sum().over("r").alias("of_r"),
    )
    both = (totals["of_l"] + totals["of_r"] - totals["odds"]).to_numpy()
    return odds / (1 + both)
