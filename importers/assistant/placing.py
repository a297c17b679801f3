"""Where the header of an unknown sheet may stand: short words, each once, over rows that are filled as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from importers.assistant.profiles import Profile, profile
from importers.headers import header_texts
from importers.sheets import Row, Sheet, cell_text
from importers.words import folded

ROWS_LOOKED_AT = 400
HEADER_WITHIN = 30
_CANDIDATES = 4
_LONGEST_HEADER = 40


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """A place where the header may stand: its rows, its texts, and what stands below."""

    first_row: int
    rows: int
    headers: tuple[str, ...]
    profiles: tuple[Profile, ...]
    likely: float


def header_places(sheet: Sheet) -> list[HeaderPlace]:
    """Give the likeliest places of the header, the likeliest first."""
    rows = list(islice(sheet.rows(), ROWS_LOOKED_AT))
    texts = [[cell_text(cell) for cell in cells] for _, cells in rows]
    found: list[tuple[float, int, int]] = []
    for start in range(min(len(rows), HEADER_WITHIN)):
        depth = _depth(sheet, rows, start)
        if start + depth <= len(rows):
            found.append((_header_likeness(texts, start, depth), start, depth))
    found.sort(key=lambda one: (-one[0], one[1]))
    return [
        _place(sheet, rows, texts, (likely, start, depth))
        for likely, start, depth in found[:_CANDIDATES]
        if likely > 0
    ]


def _depth(sheet: Sheet, rows: Sequence[Row], start: int) -> int:
    """Count rows of a header whose groups are merged over several columns."""
    depth, number = 1, rows[start][0]
    for _ in range(3):
        groups = [
            m
            for m in sheet.merges
            if m.first_row == number + depth - 1
            and m.last_column > m.first_column
            and m.first_row == m.last_row
        ]
        width = sum(1 for cell in rows[start][1] if cell_text(cell))
        if not groups or width < 3 or start + depth >= len(rows):
            break
        depth += 1
    return depth


def _header_likeness(texts: Sequence[Sequence[str]], start: int, depth: int) -> float:
    """Say how much a row looks like a header: short words, few figures, each once, figures or text below."""
    cells = [text for text in texts[start] if text]
    if len(cells) < 2 and not (len(cells) == 1 and len(texts[start]) == 1):
        return 0.0
    short = sum(len(text) <= _LONGEST_HEADER for text in cells) / len(cells)
    wordy = sum(not _is_figure(text) for text in cells) / len(cells)
    once = len({folded(text) for text in cells}) / len(cells)
    below = texts[start + depth : start + depth + 5]
    width = max((sum(1 for text in row if text) for row in texts), default=1)
    filled = len(cells) / max(width, 1)
    followed = 1.0 if below and any(sum(1 for t in row if t) >= min(2, len(cells)) for row in below) else 0.4
    return short * wordy * (0.5 + 0.5 * once) * (0.4 + 0.6 * filled) * followed


def _is_figure(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return digits * 2 > len(text)


def _place(
    sheet: Sheet, rows: Sequence[Row], texts: Sequence[Sequence[str]], found: tuple[float, int, int]
) -> HeaderPlace:
    likely, start, depth = found
    headers = header_texts(sheet, rows[start : start + depth])
    below = texts[start + depth :]
    profiles = tuple(
        profile(row[position] for row in below if position < len(row)) for position in range(len(headers))
    )
    return HeaderPlace(rows[start][0], depth, headers, profiles, likely)
