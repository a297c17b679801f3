"""
Parameters of the model: for each level of each field its share among pairs of one person (m) and of two (u).

Shipped ones stand in ``tables/*.json``. Those of Chinese registers are counted on seeded sets; those of fields that
other registers have are stated by judgement, and are meant to be adapted to the files at hand.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from identity.linkage.comparisons import Comparison

Floats = NDArray[np.float64]

_FLOOR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldParameters:
    """Shares of the levels of one field, from the strongest level to ``else``."""

    m: tuple[float, ...]
    u: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """
    A model.

    Parameters
    ----------
    fields
        By field.
    name
        Which model it is, for reports.
    """

    fields: Mapping[str, FieldParameters]
    name: str

    def of(self, comparison: Comparison) -> FieldParameters:
        """Parameters of a comparison."""
        return self.fields[comparison.field]


@cache
def shipped() -> Parameters:
    """Give the shipped model."""
    kept = json.loads(files("identity.linkage").joinpath("tables", "parameters.json").read_text("utf-8"))
    return Parameters(
        name=str(kept["name"]),
        fields={
            field: FieldParameters(
                m=_normalised([pair[0] for pair in levels.values()]),
                u=_normalised([pair[1] for pair in levels.values()]),
            )
            for field, levels in kept["fields"].items()
        },
    )


def _normalised(shares: Sequence[float]) -> tuple[float, ...]:
    total = sum(shares)
    return tuple(max(share / total, _FLOOR) for share in shares)
