"""Goods as people write them: which item of the catalogue, how many, of what unit."""

import re
from dataclasses import dataclass
from functools import cache

import data
from importers.issues import IssueCode
from importers.values import Reading, number_of, read_quantity
from importers.words import folded, section, units

_STANDARD = re.compile(r"(?:gb|yy)(?:/t)?\s*/?\d{3,5}(?:[-.]\d+)*", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_PER_CONTAINER = re.compile(
    r"(?:^|[^\d*])(?:(?P<boxes>\d+)\*)?(?P<each>\d+)(?P<piece>[^\d/*()]{1,2})/(?P<container>[^\d/*()]{1,2})"
)
_ORDINAL = re.compile(r"^\d{1,2}[.、](?!\d)")


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods in a text; ``quantity`` is None where none is stated."""

    item: str
    quantity: int | None
    unit: str
    text: str
    issue: IssueCode | None = None


@cache
def _synonyms() -> tuple[tuple[str, str], ...]:
    pairs = {folded(word): item.code for item in data.items().values() for word in (*item.synonyms, item.zh)}
    return tuple(sorted(pairs.items(), key=lambda pair: (-len(pair[0]), pair[0])))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(pattern, re.IGNORECASE), item.code)
        for item in data.items().values()
        for pattern in item.patterns
    )


@cache
def _finder() -> re.Pattern[str]:
    patterns = [f"(?:{pattern.pattern}){section('patterns')['mask_tail']}" for pattern, _ in _patterns()]
    words = [re.escape(word) for word, _ in _synonyms() if len(word) > 1]
    return re.compile("|".join([*patterns, *words]), re.IGNORECASE)


@cache
def item_of(text: str) -> str | None:
    """Give the code of the longest synonym within a text, or None."""
    bare = folded(text)
    for pattern, code in _patterns():
        if pattern.search(bare):
            return code
    exact = dict(_synonyms()).get(bare)
    if exact:
        return exact
    return next((code for word, code in _synonyms() if len(word) > 1 and word in bare), None)


def read_item(text: str) -> Reading:
    """
    Give (item code, unit of the catalogue, text); unknown goods are OTHER, flagged.

    ``N96`` to ``N131`` are one mask that a spreadsheet counted on: they are flagged as a series.
    """
    code = item_of(text)
    if code is None:
        return (data.OTHER_ITEM, data.items()[data.OTHER_ITEM].unit, text), IssueCode.UNKNOWN_ITEM
    return (code, data.items()[code].unit, text), IssueCode.ITEM_SERIES if _is_series(text) else None


def _is_series(text: str) -> bool:
    return any(
        match and not match[0].upper().endswith("N95")
        for pattern, _ in _patterns()
        for match in [pattern.search(folded(text))]
    )


def read_goods(text: str, *, skip: str | None = None, merge: bool = True) -> list[Goods]:
    """
    Find every kind of goods in free text, with its quantity where one stands beside it.

    The number may stand behind, before, or behind in brackets. Numbers of standards are left out, and what
    ``skip`` matches (a regular expression, for passages about stock in hand). With ``merge`` two mentions of
    one item are one, the one with a quantity.
    """
    bare = re.sub(r"[^\S\n]+", " ", text)
    if skip:
        bare = re.sub(skip, " ", bare, flags=re.DOTALL)
    segments = re.split(section("patterns")["goods_break"], _STANDARD.sub("", bare))
    mentions = [goods for segment in segments for goods in _in_segment(segment)]
    if not merge:
        return mentions
    found: dict[str, Goods] = {}
    for goods in mentions:
        known = found.get(goods.item)
        if known is None or (known.quantity is None and goods.quantity is not None):
            found[goods.item] = goods
    return list(found.values())


def _in_segment(segment: str) -> list[Goods]:
    bare = _ORDINAL.sub("", folded(segment))
    matches = list(_finder().finditer(bare))
    goods: list[Goods] = []
    for position, match in enumerate(matches):
        code = item_of(match[0])
        if code is None:
            continue
        start = matches[position - 1].end() if position else 0
        end = matches[position + 1].start() if position + 1 < len(matches) else len(bare)
        before, after = bare[start : match.start()], bare[match.end() : end]
        amount = _amount_after(after) or (_amount_before(before) if position == 0 else None)
        quantity, unit, issue = amount if amount else (None, "", None)
        if issue is None and _is_series(match[0]):
            issue = IssueCode.ITEM_SERIES
        goods.append(Goods(code, quantity, unit or data.items()[code].unit, segment.strip(), issue))
    return goods


def _amount_after(text: str) -> tuple[int, str, IssueCode | None] | None:
    """Read a number right behind the goods, a colon or bracket between them allowed."""
    inner = text.lstrip(":：")
    if inner.startswith("("):
        value, issue = read_quantity(inner[1:].split(")", 1)[0])
        if value is not None:
            return (*value, issue)
        inner = inner.partition(")")[2]  # a package size or a model stood in the bracket
    inner = re.sub(r"^[^\d()*]{1,2}(?=\d)", "", inner)
    value, issue = read_quantity(_BRACKETS.sub("", inner))
    if value is None:
        parsed = number_of(inner)
        if (
            parsed is None
            or parsed[0] <= 0
            or parsed[0] != parsed[0].to_integral_value()
            or inner[:1].isascii() is False
        ):
            return None
        unit = next((unit for unit in units() if parsed[1].startswith(unit)), "")
        return (int(parsed[0]), unit, None) if unit else None
    return (*value, issue)


def _amount_before(text: str) -> tuple[int, str, IssueCode | None] | None:
    """Read a number right in front of the goods."""
    match = re.search(r"(\d[\d,]*(?:\.\d+)?[^\d,.]{0,3})$", text)
    if match is None:
        return None
    value, issue = read_quantity(match[1])
    return (*value, issue) if value else None


def read_items(text: str, split: str) -> Reading:
    """
    Give a list of (item, quantity, unit, text) from parts such as ``name*1`` or ``name 2 units``.

    One piece where no quantity is stated. Unlike ``read_goods`` each part is exactly one kind of goods.
    """
    found: list[tuple[str, int, str, str]] = []
    problem: IssueCode | None = None
    for part in re.split(f"[{re.escape(split)}\n]", text):
        words = part.strip()
        if not words:
            continue
        match = re.match(r"^(.*?)\s*[*x×:：]?\s*(\d[\d,]*(?:\.\d+)?\s*[^\d*]{0,3})$", words)
        name, figure = (match[1], match[2]) if match and match[1] else (words, "")
        (code, unit, _), issue = read_item(name)
        value, wrong = read_quantity(figure) if figure else ((1, ""), IssueCode.QUANTITY_UNKNOWN)
        problem = problem or issue or wrong
        quantity, stated = value or (1, "")
        found.append((code, quantity, stated or unit, name))
    return found, problem


def pieces_per_unit(specification: str, unit: str) -> int | None:
    """
    Say how many pieces one container holds, as its specification states: 12 boxes of 25 a case give 300.

    None where nothing is stated; then containers cannot be compared with pieces.
    """
    if unit not in section("units")["containers"]:
        return None
    match = _PER_CONTAINER.search(folded(specification))
    if match and match["container"] == unit and match["piece"] in section("units")["pieces"]:
        return int(match["boxes"] or 1) * int(match["each"])
    return None
