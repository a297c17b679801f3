"""Whether two writings of a name may be one name: script, look of characters, and sound."""

import polars as pl

from identity.names.forms import forms


def alike(one: str, other: str) -> bool:
    """
    Whether two writings may be one name: equal, in the other script, or of the same sound.

    Examples
    --------
    >>> alike("张偉", "张伟"), alike("王芳", "王方"), alike("王芳", "王伟")
    (True, True, False)
    """
    if one == other:
        return True
    first, second = forms(one), forms(other)
    same = first.key is not None and first.key == second.key
    return same or (first.sounds is not None and first.sounds == second.sounds)


def with_alike(pairs: pl.DataFrame, one: str, other: str) -> pl.DataFrame:
    """
    Give pairs with a column ``alike`` that compares two columns of names; a missing name speaks against nothing.

    Each two names that differ are sounded once.
    """
    differ = pairs.filter(pl.col(one) != pl.col(other)).select(one, other).unique()
    found = [alike(a, b) for a, b in differ.iter_rows()]
    told = differ.with_columns(pl.Series("alike", found, dtype=pl.Boolean))
    joined = pairs.join(told, on=[one, other], how="left")
    return joined.with_columns(pl.col("alike").fill_null(value=True))
