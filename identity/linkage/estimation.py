"""
Parameters fitted to the files at hand, without any truth.

Chance agreement (u) is counted on random pairs. Agreement of one person's records (m) and the share of such pairs
come by expectation maximisation over the candidate pairs: that blocking chose them changes the likelihood of both
kinds by a constant only, so nothing has to be left out. Shipped parameters count as observations of their own, which
keeps small files and fields that nobody states from running away.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from identity.linkage.comparisons import Comparison
from identity.linkage.parameters import FieldParameters, Floats, Parameters

_M_WEIGHT = 60.0
_U_WEIGHT = 0.1
_ROUNDS = 40
_CHANGE = 1e-4
_LARGEST_SAMPLE = 600_000

Ints = NDArray[np.int64]


def level_places(scored: pl.DataFrame, comparison: Comparison) -> Ints:
    """Give the place of the level of each pair in the comparison, -1 where a record states nothing."""
    gamma = scored[f"gamma_{comparison.field}"].to_numpy().astype(np.int64)
    return np.where(gamma < 0, -1, len(comparison.levels) - gamma)


def frequency_bits(scored: pl.DataFrame, comparison: Comparison, places: Ints) -> Floats:
    """Give for each pair the bits of a chance agreement on its very value; not a number where levels say them."""
    bits = np.full(len(scored), np.nan)
    for place, level in enumerate(comparison.levels):
        if level.frequency:
            here = places == place
            share = scored[f"tf_{level.frequency}"].to_numpy()[here]
            bits[here] = np.log2(np.where(np.isnan(share.astype(np.float64)), 1.0, share.astype(np.float64)))
    return bits


class Evidence:
    """Levels of scored pairs, ready to be weighed under any parameters."""

    def __init__(self, scored: pl.DataFrame, comparisons: Sequence[Comparison]) -> None:
        self.comparisons = comparisons
        self.places = [level_places(scored, comparison) for comparison in comparisons]
        self._bits = [
            frequency_bits(scored, comparison, places)
            for comparison, places in zip(comparisons, self.places, strict=True)
        ]
        self.size = len(scored)

    def weights(self, parameters: Parameters) -> Floats:
        """Give the match weight of each pair in bits, as Splink does with these parameters."""
        total = np.zeros(self.size)
        for comparison, places, bits in zip(self.comparisons, self.places, self._bits, strict=True):
            shares = parameters.of(comparison)
            m = np.log2(np.array([*shares.m, 1.0]))
            u = np.log2(np.array([*shares.u, 1.0]))
            total += m[places] - np.where(np.isnan(bits), u[places], bits)
        return total


def chance_shares(random: Evidence, parameters: Parameters) -> Parameters:
    """Give the parameters with u counted on random pairs."""
    fields = dict(parameters.fields)
    for comparison, places in zip(random.comparisons, random.places, strict=True):
        stated = places[places >= 0]
        if not len(stated):
            continue
        before = parameters.of(comparison)
        counts = np.bincount(stated, minlength=len(before.u)).astype(float)
        weight = _U_WEIGHT * len(stated)
        u = (counts + weight * np.array(before.u)) / (len(stated) + weight)
        fields[comparison.field] = FieldParameters(m=before.m, u=tuple(u))
    return Parameters(fields=fields, name=f"{parameters.name}+adapted")


def prior_bits(weights: Floats, possible: int, start: float) -> float:
    """
    Give the prior odds in bits at which expected matches and prior agree.

    Parameters
    ----------
    weights
        Of the candidate pairs, in bits.
    possible
        Pairs that there could be at all, candidates or not.
    start
        First guess of the number of matches.
    """
    expected = max(start, 1.0)
    for _ in range(_ROUNDS):
        bits = _odds_bits(expected, possible)
        found = float(_probability(weights + bits).sum())
        found = min(max(found, 1.0), possible / 2)
        if abs(found - expected) < _CHANGE * expected:
            break
        expected = found
    return _odds_bits(expected, possible)


def fit(candidates: Evidence, parameters: Parameters, possible: int, start: float) -> Parameters:
    """Give the parameters with m fitted to candidate pairs by expectation maximisation."""
    fitted = parameters
    expected = max(start, 1.0)
    for _ in range(_ROUNDS):
        chances = _probability(candidates.weights(fitted) + _odds_bits(expected, possible))
        fields = dict(fitted.fields)
        change = 0.0
        for comparison, places in zip(candidates.comparisons, candidates.places, strict=True):
            base, now = parameters.of(comparison), fitted.of(comparison)
            stated = places >= 0
            counts = np.bincount(places[stated], weights=chances[stated], minlength=len(base.m))
            m = (counts + _M_WEIGHT * np.array(base.m)) / (counts.sum() + _M_WEIGHT)
            change = max(change, float(np.abs(m - np.array(now.m)).max()))
            fields[comparison.field] = FieldParameters(m=tuple(m), u=now.u)
        fitted = Parameters(fields=fields, name=fitted.name)
        expected = min(max(float(chances.sum()), 1.0), possible / 2)
        if change < _CHANGE:
            break
    return fitted


def sample_of(size: int, seed: int) -> Ints | None:
    """Give the rows of a seeded sample of candidate pairs; None where all of them are few enough."""
    if size <= _LARGEST_SAMPLE:
        return None
    return np.sort(np.random.default_rng(seed).choice(size, _LARGEST_SAMPLE, replace=False))


def probabilities(weights: Floats, prior: float) -> Floats:
    """Give match probabilities from weights and prior odds, both in bits."""
    return _probability(weights + prior)


def _odds_bits(expected: float, possible: int) -> float:
    return float(np.log2(expected / max(possible - expected, 1.0)))


def _probability(bits: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp2(-np.clip(bits, -500, 500)))
