"""
Linkage of two registers, of one with itself, and of new records with those that are known.

Nothing here merges anything: pairs with decisions and evidence come out, and who acts on them is the caller's affair.
"""

from dataclasses import dataclass, field

import polars as pl

from identity.linkage.records import LinkDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkResult:
    """
    Pairs with their decisions.

    Parameters
    ----------
    pairs
        Columns of ``PAIR_SCHEMA``, sorted by falling weight and ids.
    seconds
        Wall-clock seconds by phase.
    fields
        Fields that were compared.
    rules
        Name of the decision rules.
    """

    pairs: pl.DataFrame
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    fields: tuple[str, ...] = ()
    rules: str = ""

    def decided(self, decision: LinkDecision) -> pl.DataFrame:
        """Pairs of one decision."""
        return self.pairs.filter(pl.col("decision") == decision)
