"""
Which pairs are looked at: those that share one of many keys.

Every rule catches what others miss: one damaged field leaves the pairs that the rest of the record finds. A block
that is too large for what it says, such as a very common name alone, is left to the rules that know more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from identity.linkage.comparisons import Comparison

_LARGE_BLOCK = 900
"""Pairs in one block above which its key alone tells too little."""

_SMALL_RULE = 50_000
"""Pairs of a rule up to which none of its blocks is too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingRule:
    """
    Keys that two records share.

    Parameters
    ----------
    name
        For reports.
    left, right
        Expressions of the key; where ``right`` is empty it is as ``left``, and otherwise the rule holds both ways.
    fields
        Fields that must be compared for the rule to be used.
    always
        Whether large blocks are kept.
    """

    name: str
    left: tuple[pl.Expr, ...]
    right: tuple[pl.Expr, ...] = ()
    fields: tuple[str, ...] = ()
    always: bool = False


@dataclass(slots=True)
class Blocked:
    """Candidate pairs as row numbers, and how many each rule brought that no rule before it had."""

    pairs: pl.DataFrame
    brought: dict[str, int] = field(default_factory=dict[str, int])
    large: dict[str, int] = field(default_factory=dict[str, int])


def _c(name: str) -> pl.Expr:
    return pl.col(name)


def _head(name: str, size: int) -> pl.Expr:
    return pl.col(name).str.slice(0, size)


def _tail(name: str, size: int) -> pl.Expr:
    return pl.col(name).str.tail(size)


def _visible(head: int, tail: int) -> pl.Expr:
    """Ends of a number, whole or masked, where both of them can be seen."""
    text = pl.coalesce("id_text", pl.when(pl.col("id_mask").str.len_chars() == 18).then("id_mask"))
    ends = pl.concat_str(text.str.slice(0, head), text.str.tail(tail)) if tail else text.str.slice(0, head)
    return pl.when((text.str.len_chars() >= 15) & ~ends.str.contains("_")).then(ends)


_PARTIAL = pl.when(pl.col("name_kind") == "partial").then("name_surname")
_ROMAN = pl.when(pl.col("name_kind") == "latin").then("name_letters")
BORN = pl.when(~pl.col("birth").str.ends_with("0101")).then(pl.col("birth"))
"""Birthday, where it is not the first of January, which stands for a day that nobody knew."""

PHONE_ENDS = pl.when(pl.coalesce("phone", "phone_mask").str.contains(r"^\d{3}[\d_]{4}\d{4}$")).then(
    pl.concat_str(
        pl.coalesce(_head("phone", 3), _head("phone_mask", 3)), pl.coalesce(_tail("phone", 4), _tail("phone_mask", 4))
    )
)  # fmt: skip
"""First three and last four digits of a telephone, whole or masked."""

_IDENTIFIERS = (
    BlockingRule(name="id", left=(_c("id_text"),), fields=("id",)),
    BlockingRule(name="id_hash", left=(_c("id_hash"),), fields=("id",)),
    BlockingRule(name="phone", left=(_c("phone"),), fields=("phone",)),
    BlockingRule(name="email", left=(_c("email"),), fields=("email",)),
)

HAN = (
    *_IDENTIFIERS,
    BlockingRule(name="name", left=(_c("name_key"),)),
    BlockingRule(name="sounds", left=(_c("name_sound_set"),)),
    BlockingRule(name="name+year", left=(_c("name_key"), _c("birth_year")), fields=("birth",), always=True),
    BlockingRule(name="sounds+year", left=(_c("name_sound_set"), _c("birth_year")), fields=("birth",), always=True),
    BlockingRule(name="letters", left=(_ROMAN,), right=(_c("name_letters"),)),
    BlockingRule(name="dialect", left=(_c("name_dialect"), _c("birth_year"))),
    BlockingRule(name="reading", left=(_c("name_other"),), right=(_c("name_sound_set"),)),
    BlockingRule(name="birth", left=(BORN,), fields=("birth",), always=True),
    BlockingRule(name="birth+surname", left=(_c("birth"), _c("name_surname")), fields=("birth",), always=True),
    BlockingRule(name="birth+given", left=(_c("birth"), _c("name_given")), fields=("birth",)),
    BlockingRule(name="partial+year+sex", left=(_PARTIAL, _c("birth_year"), _c("sex")),
                 right=(_c("name_surname"), _c("birth_year"), _c("sex")), fields=("birth",)),
    BlockingRule(name="id_ends", left=(_visible(6, 4),), fields=("id",), always=True),
    BlockingRule(name="id_ends_3_4+year", left=(_visible(3, 4), _c("birth_year")), fields=("id",), always=True),
    BlockingRule(name="id_ends_3_4+surname", left=(_visible(3, 4), _c("name_surname")), fields=("id",)),
    BlockingRule(name="id_ends_6_2", left=(_visible(6, 2), _c("birth_year")), fields=("id",)),
    BlockingRule(name="id_area_birth", left=(_visible(14, 0),), fields=("id",)),
    BlockingRule(name="id_last_8", left=(_tail("id_text", 8),), fields=("id",)),
    BlockingRule(name="phone_ends+surname", left=(PHONE_ENDS, _c("name_surname")), fields=("phone",), always=True),
    BlockingRule(name="phone_ends+year", left=(PHONE_ENDS, _c("birth_year")), fields=("phone",), always=True),
    BlockingRule(name="address", left=(_c("address_tail"),), fields=("address",)),
)  # fmt: skip
"""Rules for registers of Chinese names."""

_PAIR = pl.concat_str(pl.min_horizontal("given", "family"), pl.lit(" "), pl.max_horizontal("given", "family"))
_SHORT = pl.concat_str(_head("given", 3), pl.lit(" "), _head("family", 3))
_SWAPPED = pl.concat_str(_head("family", 3), pl.lit(" "), _head("given", 3))

LATIN = (
    *_IDENTIFIERS,
    BlockingRule(name="names", left=(_PAIR,)),
    BlockingRule(name="names+year", left=(_PAIR, _c("birth_year")), fields=("birth",), always=True),
    BlockingRule(name="name_heads", left=(_SHORT,)),
    BlockingRule(name="name_heads_swapped", left=(_SHORT,), right=(_SWAPPED,)),
    BlockingRule(name="birth", left=(BORN,), fields=("birth",), always=True),
    BlockingRule(name="birth+initials", left=(_c("birth"), _c("initials")), fields=("birth",), always=True),
    BlockingRule(name="family+year", left=(_c("family"), _c("birth_year")), fields=("birth",)),
    BlockingRule(name="given+year", left=(_c("given"), _c("birth_year")), fields=("birth",)),
    BlockingRule(name="given+swapped+year", left=(_c("given"), _c("birth_year")),
                 right=(_c("family"), _c("birth_year")), fields=("birth",)),
    BlockingRule(name="family+birthday", left=(_c("family"), _tail("birth", 4)), fields=("birth",)),
    BlockingRule(name="given+birthday", left=(_c("given"), _tail("birth", 4)), fields=("birth",)),
    BlockingRule(name="family+month", left=(_c("family"), _head("birth", 3), _tail("birth", 2)), fields=("birth",)),
    BlockingRule(name="family+postcode", left=(_c("family"), _c("postcode")), fields=("postcode",)),
    BlockingRule(name="given+postcode", left=(_c("given"), _c("postcode")), fields=("postcode",)),
    BlockingRule(name="family+suburb", left=(_c("family"), _c("suburb")), fields=("suburb",)),
    BlockingRule(name="given+suburb", left=(_c("given"), _c("suburb")), fields=("suburb",)),
    BlockingRule(name="street", left=(_c("street"), _c("street_number")), fields=("street", "street_number")),
    BlockingRule(name="street+birth_year", left=(_c("street"), _c("birth_year")), fields=("street", "birth")),
    BlockingRule(name="locality+year", left=(_c("locality"), _c("birth_year")), fields=("locality", "birth")),
    BlockingRule(name="postcode+year", left=(_c("postcode"), _c("birth_year")), fields=("postcode", "birth")),
    BlockingRule(name="family+birth_place", left=(_c("family"), _c("birth_place")), fields=("birth_place",)),
    BlockingRule(name="given+birth_place+year", left=(_c("given"), _c("birth_place"), _head("birth_year", 3)),
                 fields=("birth_place",)),
    BlockingRule(name="family", left=(_c("family"),)),
    BlockingRule(name="address", left=(_c("address_tail"),), fields=("address",)),
)  # fmt: skip
"""Rules for registers of given names and surnames."""


def block(
    left: pl.DataFrame,
    right: pl.DataFrame | None,
    rules: Sequence[BlockingRule],
    comparisons: Sequence[Comparison],
) -> Blocked:
    """
    Give the candidate pairs of two sets of records, or of one with itself.

    Parameters
    ----------
    left, right
        Features. Without ``right`` pairs are within ``left``, each once.
    rules
        Their union is what is looked at.
    comparisons
        Those in use; a rule over other fields is left out.

    Returns
    -------
    Blocked
        Row numbers ``l`` and ``r``, sorted.
    """
    compared = {comparison.field for comparison in comparisons}
    found = Blocked(pairs=pl.DataFrame(schema={"l": pl.UInt32, "r": pl.UInt32}))
    parts: list[pl.DataFrame] = []
    for rule in rules:
        if not set(rule.fields) <= compared:
            continue
        sides = [(rule.left, rule.right or rule.left)]
        if rule.right:
            sides.append((rule.right, rule.left))
        for ours, theirs in sides:
            pairs, large = _joined(_keys(left, ours), _keys(left if right is None else right, theirs), rule)
            if right is None:
                low, high = pl.min_horizontal("l", "r"), pl.max_horizontal("l", "r")
                pairs = pairs.filter(pl.col("l") != pl.col("r")).select(low.alias("l"), high.alias("r"))
            parts.append(pairs)
            found.brought[rule.name] = found.brought.get(rule.name, 0) + len(pairs)
            if large:
                found.large[rule.name] = found.large.get(rule.name, 0) + large
    if parts:
        code = pl.col("l").cast(pl.UInt64) * (1 << 32) + pl.col("r").cast(pl.UInt64)
        codes = np.unique(pl.concat(parts).select(code.alias("code"))["code"].to_numpy())
        found.pairs = pl.DataFrame({
            "l": (codes >> np.uint64(32)).astype(np.uint32),
            "r": (codes & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        })  # fmt: skip
    return found


def _keys(features: pl.DataFrame, key: tuple[pl.Expr, ...]) -> pl.DataFrame:
    named = [expression.alias(f"_{place}") for place, expression in enumerate(key)]
    keyed = features.select(*named).with_row_index("row").drop_nulls()
    return keyed.select("row", pl.struct(pl.exclude("row")).hash(0).alias("key"))


def _joined(left: pl.DataFrame, right: pl.DataFrame, rule: BlockingRule) -> tuple[pl.DataFrame, int]:
    sizes = left.group_by("key").len("n").join(right.group_by("key").len("m"), on="key")
    sizes = sizes.with_columns((pl.col("n").cast(pl.UInt64) * pl.col("m")).alias("pairs"))
    large = 0
    if not rule.always and int(sizes["pairs"].sum()) > _SMALL_RULE:
        large = sizes.filter(pl.col("pairs") > _LARGE_BLOCK).height
        sizes = sizes.filter(pl.col("pairs") <= _LARGE_BLOCK)
    kept = sizes.select("key")
    pairs = left.rename({"row": "l"}).join(kept, on="key").join(right.rename({"row": "r"}), on="key")
    return pairs.select(pl.col("l").cast(pl.UInt32), pl.col("r").cast(pl.UInt32)), large
