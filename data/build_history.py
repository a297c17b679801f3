"""
Make the spans of former divisions from the published changes of codes.

A change is known by the year of the list in which it first stands, not by its day. ``history`` gives one row for
each (code, name) that no longer stands in the present list: when it began and ended, and what took its place.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import data

_Named = tuple[str, str]


@dataclass(slots=True)
class _Span:
    code: str
    name: str
    began: int | None
    ended: int | None = None
    successors: list[_Named] = field(default_factory=list[_Named])


def digits(code: str) -> str:
    """Give six digits of a county, four of a city, two of a province, out of the twelve."""
    if code[4:6] != "00":
        return code[:6]
    return code[:4] if code[2:4] != "00" else code[:2]


def _changes(source: Iterable[Mapping[str, str]]) -> list[tuple[int, str, _Named | None, _Named | None]]:
    """Year, kind, what stood and what stands, in the order of years; rows without a code say nothing."""
    found: list[tuple[int, str, _Named | None, _Named | None]] = []
    for row in source:
        old = (digits(row["old_code"]), row["old_name"]) if row["old_code"] else None
        new = (digits(row["new_code"]), row["new_name"]) if row["new_code"] else None
        if old != new:
            found.append((int(row["year"]), row["type"], old, new))
    return sorted(dict.fromkeys(found), key=lambda change: change[0])


def _spans_of(key: _Named, begins: list[int], ends: dict[int, list[_Named]], *, lives: bool) -> list[_Span]:
    """Pair beginnings with ends; an end that the present list contradicts is a slip of the source."""
    spans: list[_Span] = []
    left = sorted(set(begins))
    years = sorted(ends)
    if lives and years and not any(year >= years[-1] for year in left):
        years.pop()
    for year in years:
        before = [start for start in left if start <= year]
        left = [start for start in left if start > year]
        spans.append(_Span(*key, before[0] if before else None, year, ends[year]))
    if lives:
        spans.append(_Span(*key, left[0] if left else None))
    return spans


def _settled(successor: _Named, year: int, spans: Mapping[_Named, list[_Span]]) -> list[_Named]:
    """
    Give what really stood after a change.

    The source often names the last code of a division at once; where that code began later, the one of the
    same name that stood then, in the same province, is meant.
    """
    begun = [span for span in spans.get(successor, ()) if span.began is None or span.began <= year]
    if any(span.ended is None or span.ended >= year for span in begun):
        return [successor]
    return [
        key
        for key, found in spans.items()
        if key[1] == successor[1]
        and key[0] != successor[0]
        and key[0][:2] == successor[0][:2]
        and any(
            (span.began is None or span.began <= year) and (span.ended is None or span.ended > year)
            for span in found
        )
    ] or [successor]


def _namesakes(span: _Span, spans: Mapping[_Named, list[_Span]]) -> list[_Named]:
    """Where the source only says that a code was given away: one of the same name that began that year."""
    return [
        key
        for key, found in spans.items()
        if key[1] == span.name
        and key[0] != span.code
        and key[0][:2] == span.code[:2]
        and any(other.began == span.ended for other in found)
    ]


def history(
    source: Iterable[Mapping[str, str]], present: Mapping[str, str]
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """
    Give former spans, and the years in which present divisions began.

    Parameters
    ----------
    source
        Published changes: ``year``, ``type``, ``old_code``, ``old_name``, ``new_code``, ``new_name``.
    present
        Names by code of the list in force.

    Returns
    -------
    tuple
        Rows (code, name, began, ended, successors) and rows (code, began).
    """
    kinds = data.place_words()["changes"]
    begins: dict[_Named, list[int]] = defaultdict(list)
    ends: dict[_Named, dict[int, list[_Named]]] = defaultdict(dict)
    for year, kind, old, new in _changes(source):
        if old is not None:
            after = ends[old].setdefault(year, [])
            if new is not None and kind != kinds["reassigned"] and new not in after:
                after.append(new)
        if new is not None and kind not in kinds["merging"]:
            begins[new].append(year)
    standing = {(code, name) for code, name in present.items()}
    spans = {
        key: _spans_of(key, begins[key], ends[key], lives=key in standing)
        for key in sorted({*begins, *ends, *standing})
    }
    for found in spans.values():
        for span in found:
            if span.ended is not None and not span.successors:
                span.successors = _namesakes(span, spans)
    former = [
        (
            span.code,
            span.name,
            "" if span.began is None else str(span.began),
            str(span.ended),
            " ".join(
                f"{code}{name}"
                for successor in span.successors
                for code, name in _settled(successor, span.ended or 0, spans)
            ),
        )
        for found in spans.values()
        for span in found
        if span.ended is not None
    ]
    began = [
        (span.code, str(span.began))
        for found in spans.values()
        for span in found
        if span.ended is None and span.began is not None
    ]
    return former, began
