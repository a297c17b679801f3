"""Figures beyond which a cell holds a slip of the pen or a misread number, not a fact."""

MONEY_FEN = 10**13
_PIECES = 10**9
_MINUTES = 14 * 24 * 60
_COUNTED = frozenset({"quantity", "reserved_quantity", "capacity", "members"})


def limit_of(name: str) -> int | None:
    """Give the largest sane figure of a property by its name: fen, pieces or minutes; None for no figure."""
    if name.endswith("_fen"):
        return MONEY_FEN
    if name in _COUNTED:
        return _PIECES
    return _MINUTES if name == "duration_min" else None
