"""Divisions of one code system with the years in which they stood, and what came before and after them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property

import data
from domain.identifiers import RegionCode, RegionLevel, RegionSystem
from domain.provenance import Validity
from gazetteer.names import words

EDITIONS = {RegionSystem.NBS: 2023, RegionSystem.MCA: 2026}
"""Year of each list that ships with the program."""

DIGITS = (2, 4, 6, 9, 12)
_ZONE_DIGIT = "7"  # fifth digit of the codes that the statistics bureau gives to zones


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Division:
    """
    One division under one code and name, as long as both held.

    Parameters
    ----------
    digits
        Its code without the zeros behind: 2, 4, 6, 9 or 12 digits.
    began, ended
        Years of the lists in which it first stood and no longer stood; None is open. In the year of a change
        both the old and the new stand, since the source does not say the day.
    withdrawn
        Marked as withdrawn in the list, without saying when or what took its place.
    """

    system: RegionSystem
    digits: str
    name: str
    began: int | None = None
    ended: int | None = None
    withdrawn: bool = False

    @property
    def code(self) -> RegionCode:
        """Its code."""
        return RegionCode(self.system, self.digits.ljust(12, "0"))

    @property
    def level(self) -> RegionLevel:
        """Its level."""
        return self.code.level

    @property
    def validity(self) -> Validity:
        """Its span of days, to the year: from the first of January, as the import of histories has it."""
        return Validity(
            valid_from=date(self.began, 1, 1) if self.began else None,
            valid_to=date(self.ended, 1, 1) if self.ended else None,
        )

    @property
    def is_zone(self) -> bool:
        """Whether it is a zone that only the statistics bureau gives a code of a county's length."""
        return self.system is RegionSystem.NBS and len(self.digits) == 6 and self.digits[4] == _ZONE_DIGIT

    def stood_on(self, day: date) -> bool:
        """Whether it may have stood on a day; in the year of a change both sides may."""
        return (
            not self.withdrawn
            and (self.began is None or self.began <= day.year)
            and (self.ended is None or day.year <= self.ended)
        )

    def __repr__(self) -> str:
        return f"Division({self.code.id} {self.name} {self.began or ''}-{self.ended or ''})"


@dataclass(slots=True)
class _Ways:
    after: dict[Division, tuple[Division, ...]] = field(
        default_factory=dict["Division", tuple["Division", ...]]
    )
    before: dict[Division, list[Division]] = field(
        default_factory=lambda: defaultdict["Division", list["Division"]](list)
    )


class Atlas:
    """All divisions of one system, present and former."""

    def __init__(self, system: RegionSystem) -> None:
        self.system = system
        self.present: dict[str, Division] = _present(system)
        self.former: dict[str, list[Division]] = defaultdict(list)
        self._ways = _Ways()
        self._load_former()

    def _load_former(self) -> None:
        spans: dict[tuple[str, str], list[Division]] = defaultdict(list)
        for division in self.present.values():
            spans[division.digits, division.name].append(division)
        rows = [
            (
                Division(
                    system=self.system, digits=row.code, name=row.name, began=row.began, ended=row.ended
                ),
                row.successors,
            )
            for row in data.former_divisions()
            if not self._stands(row.code, row.name, row.began)
        ]
        for division, _ in rows:
            self.former[division.digits].append(division)
            spans[division.digits, division.name].append(division)
        for division, keys in rows:
            ended = division.ended or 0
            after = [
                min(found, key=lambda span: abs((span.began or ended) - ended))
                for found in (
                    [
                        span
                        for span in spans[key]
                        if span is not division and (span.ended is None or span.ended >= ended)
                    ]
                    for key in keys
                )
                if found
            ]
            self._ways.after[division] = tuple(after)
            for span in after:
                self._ways.before[span].append(division)

    def _stands(self, code: str, name: str, began: int | None) -> bool:
        """Whether this list still has, as one that never ended, what another system's history ended."""
        here = self.present.get(code)
        return here is not None and here.name == name and (here.began or 0) <= (began or 0)

    def spans(self, digits: str) -> tuple[Division, ...]:
        """Give all divisions that ever had a code, the present one first."""
        here = self.present.get(digits)
        return (*([here] if here else []), *self.former.get(digits, ()))

    def successors(self, division: Division) -> tuple[Division, ...]:
        """Give what took the place of a former division."""
        return self._ways.after.get(division, ())

    def predecessors(self, division: Division) -> tuple[Division, ...]:
        """Give what a division took the place of."""
        return tuple(self._ways.before.get(division, ()))

    def on(self, division: Division, day: date) -> tuple[Division, ...]:
        """
        Give what stood on a day where a division stands or stood: itself, what came after it, or before it.

        Empty where the history does not say.
        """
        if division.stood_on(day):
            return (division,)
        later = division.ended is not None and division.ended < day.year
        step = self.successors if later else self.predecessors
        found: dict[Division, None] = {}
        seen = {division}
        front = [division]
        while front:
            nearest = [other for one in front for other in step(one) if other not in seen]
            seen.update(nearest)
            found.update((other, None) for other in nearest if other.stood_on(day))
            front = [other for other in nearest if not other.stood_on(day)]
        return tuple(found)

    def continues(self, present: Division, former: Division) -> bool:
        """Whether a division is a former one under another name or code, and holds nothing besides."""
        while present is not former:
            before = self.predecessors(present)
            if present.began is None or len(before) != 1:
                return False
            present = before[0]
        return True

    @cached_property
    def _reach(self) -> dict[Division, tuple[str, ...]]:
        """Codes of a former division and of all that came after it."""
        table: dict[Division, tuple[str, ...]] = {}
        for spans in self.former.values():
            for span in spans:
                seen: dict[Division, None] = {span: None}
                front = [span]
                while front:
                    front = [other for one in front for other in self.successors(one) if other not in seen]
                    seen.update((other, None) for other in front)
                table[span] = tuple(dict.fromkeys(one.digits for one in seen))
        return table

    def codes_of(self, division: Division) -> tuple[str, ...]:
        """Give the codes under which a division's lower ones may stand."""
        return self._reach.get(division, (division.digits,))

    def is_below(self, lower: Division, upper: Division) -> bool:
        """Whether a division lies in another one, under any of the codes of both."""
        return any(
            code.startswith(above) and len(code) > len(above)
            for code in self.codes_of(lower)
            for above in self.codes_of(upper)
        )

    def enclosing(self, division: Division, day: date) -> tuple[Division, ...]:
        """Give the divisions above one on a day, from the nearest up; levels without a name are passed."""
        found: list[Division] = []
        for length in reversed(DIGITS):
            if length < len(division.digits):
                above = [one for one in self.spans(division.digits[:length]) if one.stood_on(day)]
                if above and above[0].code != division.code:
                    found.append(above[0])
        return tuple(found)

    def path_name(self, division: Division, day: date) -> str:
        """Give the full names from the province down, as an address begins."""
        return "".join(one.name for one in reversed((division, *self.enclosing(division, day))))


def _present(system: RegionSystem) -> dict[str, Division]:
    unnamed = set(words("unnamed"))
    marks = words("withdrawn")
    began = data.began()
    rows = data.divisions(system.value)
    if system is RegionSystem.NBS:
        rows = (*rows, *data.villages())
    found: dict[str, Division] = {}
    for row in rows:
        if row.name in unnamed or (len(row.code) == 6 and row.code.endswith("00")):
            continue  # a city without counties stands twice, once with two zeros more
        name = row.name
        for mark in marks:
            name = name.removesuffix(mark)
        found[row.code] = Division(
            system=system,
            digits=row.code,
            name=name,
            began=began.get(row.code[:6]),  # a town's code begins no earlier than the county's
            withdrawn=name != row.name,
        )
    return found


@cache
def atlas(system: RegionSystem) -> Atlas:
    """Give the divisions of a system; loaded once."""
    return Atlas(system)
