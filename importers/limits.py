"""What is beyond anything real: figures that are slips of the pen, and files that no office makes."""

MAX_FILE_BYTES = 1 << 30
MAX_TEXT_BYTES = 1 << 30
"""Of delimited text, unpacked where it is gzipped; it is streamed, so that size costs time alone."""
MAX_JSON_BYTES = 1 << 26
MAX_UNPACKED_BYTES = 1 << 30
MAX_RATIO = 400
MAX_PARTS = 10_000
MAX_SHARED_STRINGS_BYTES = 1 << 28
MAX_SHEET_TEXT_BYTES = 1 << 29
"""What the cells of one sheet hold once shared texts stand in each of them."""
MAX_DEPTH = 64
"""Of XML elements in one another; a sheet needs ten."""
MAX_MERGES = 100_000
MAX_COLUMNS = 1_000
MAX_CELLS = 40_000_000
MAX_SHEETS = 256

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
