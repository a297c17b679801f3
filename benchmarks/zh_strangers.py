"""
Registers of Chinese volunteers by other laws than those of ``zh_people``, as files of strangers.

    python -m benchmarks.zh_strangers --couple bureau --size 10000 --seed 7 --out var/strangers

People live in households here: couples, children with names of one generation, twins, grandparents who give a child's
telephone. Errors are not drawn field by field: a record was written with care or without, so they come together. Each
office has headers, an encoding, a layout of dates and masks of its own, and one of the two holds some people twice.
"""

import argparse
import csv
import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.zh_people import FOLDED, SHAPES, Registers, homophones
from domain.identifiers import resident_check_character
from generator.shipped import facts
from identity.names.syllables import compound, reading, surname_reading

_WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_TRADITIONAL = {pair[0]: pair[1] for pair in FOLDED}
_RESPELT = {a: b for pair in _WORDS["respellings"].split() for a, b in (pair, pair[::-1])}


@cache
def _words(name: str) -> list[str]:
    return str(_WORDS[name]).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """
    How one office writes.

    Parameters
    ----------
    headers
        Which headers of the tables.
    encoding
        Of its file.
    date
        Its layout of dates.
    careless
        Share of records written without care; these have most of the errors.
    no_id, no_phone, no_address
        Shares of what is not asked for or not given.
    id_mask, phone_mask
        Digits shown before and after; None where numbers stand in full.
    masked
        Share of numbers that the mask is laid over.
    twice
        Share of people who were registered again.
    letters
        Share of names written in letters alone.
    traditional
        Share of names written in traditional characters.
    """

    headers: str
    encoding: str = "utf-8-sig"
    date: str = "%Y-%m-%d"
    careless: float = 0.15
    no_id: float = 0.3
    no_phone: float = 0.06
    no_address: float = 0.2
    id_mask: tuple[int, int] | None = None
    phone_mask: tuple[int, int] | None = None
    masked: float = 0.0
    twice: float = 0.0
    letters: float = 0.0
    traditional: float = 0.0


COUPLES = {
    "bureau": (
        Office(headers="bureau", encoding="gb18030", date="%Y.%m.%d", careless=0.25, no_id=0.2),
        Office(headers="platform", date="%d/%m/%Y", no_id=0.35, letters=0.03, twice=0.03),
    ),
    "export": (
        Office(headers="export", encoding="gb18030", date="%Y%m%d", no_id=0.25, id_mask=(3, 4), masked=0.15),
        Office(headers="charity", date="%Y年%m月%d日", careless=0.2, no_id=0.3, phone_mask=(3, 4), masked=0.1,
               traditional=0.15),
    ),
    "harbour": (
        Office(headers="platform", date="%b %d, %Y", no_id=0.3, letters=0.15, traditional=0.5, no_address=0.6),
        Office(headers="export", encoding="utf-8", date="%Y/%m/%d", no_id=0.2, id_mask=(6, 4), masked=0.1, twice=0.02),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Soul:
    """Somebody as they are."""

    surname: str
    given: str
    sex: str
    born: date
    county: str
    order: int
    phone: str
    address: str
    kind: str = "plain"

    @property
    def number(self) -> str:
        """Identity number."""
        body = f"{self.county}{self.born:%Y%m%d}{self.order:03d}"
        return body + resident_check_character(body)


class Town:
    """Draws households."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - nothing secret is drawn
        rows = facts("names", "surnames")
        self._surnames = [row["surname"] for row in rows]
        self._weights = [float(row["weight"]) for row in rows]
        self._used: set[str] = set()

    def happens(self, share: float) -> bool:
        """Whether something of this share happens."""
        return self.random.random() < share

    def pick(self, name: str) -> str:
        """Draw one of a list, the first ones more often."""
        words = _words(name)
        return words[min(int(self.random.expovariate(3.0 / len(words))), len(words) - 1)]

    def phone(self) -> str:
        """Draw a mobile number."""
        return self.random.choice(("130", "136", "137", "151", "159", "166", "182", "188", "191")) + "".join(
            self.random.choices("0123456789", k=8)
        )

    def address(self) -> str:
        """Draw an address."""
        r = self.random
        house = f"{r.randrange(1, 40)}栋{r.randrange(1, 4)}单元{r.randrange(1, 19)}0{r.randrange(1, 5)}室"
        return f"{r.choice(_words('places'))}{r.choice(_words('streets'))}{r.randrange(1, 400)}号{house}"

    def soul(self, **stated: Any) -> Soul:  # noqa: ANN401 - any field of a soul
        """Draw somebody."""
        r = self.random
        sex: str = stated.get("sex") or r.choice("MF")
        given = self.pick("singles") if self.happens(0.2) else self.pick("generation") + self.pick("endings")
        drawn: dict[str, Any] = {
            "surname": r.choices(self._surnames, self._weights)[0],
            "given": given,
            "sex": sex,
            "born": date(1938, 1, 1) + timedelta(days=int(r.betavariate(2.2, 1.8) * 25_900)),
            "county": r.choice(_words("counties")),
            "order": 2 * r.randrange(1, 499) + (sex == "M"),
            "phone": self.phone(),
            "address": self.address(),
        }
        found = Soul(**{**drawn, **stated})
        while found.number in self._used:
            found = replace(found, order=2 * r.randrange(1, 499) + (sex == "M"))
        self._used.add(found.number)
        return found

    def household(self) -> list[Soul]:
        """Draw people who live together."""
        if self.happens(0.05):
            surname, given = (
                self.random.choice(_words("endonyms")),
                "·" + self.random.choice(_words("fathers")),
            )
            return [self.soul(surname=surname, given=given, kind="dotted")]
        first = self.soul()
        people = [first]
        shared: dict[str, Any] = {"address": first.address, "county": first.county}
        if self.happens(0.4):
            other = self.soul(**shared, sex="F" if first.sex == "M" else "M",
                              born=first.born + timedelta(days=self.random.randrange(-2000, 2000)))  # fmt: skip
            people.append(replace(other, phone=first.phone) if self.happens(0.25) else other)
        if self.happens(0.25) and first.born.year < 1980:
            head = self.pick("generation")
            child = self.soul(**shared, surname=first.surname, given=head + self.pick("endings"),
                              born=first.born + timedelta(days=self.random.randrange(8000, 11_000)))  # fmt: skip
            people.append(replace(child, phone=first.phone) if self.happens(0.4) else child)
            if self.happens(0.12):
                people.append(self._twin(child, head))
        return people

    def _twin(self, child: Soul, head: str) -> Soul:
        given = child.given
        while reading(given[-1]) == reading(child.given[-1]):
            given = head + self.pick("endings")
        sex = child.sex if self.happens(0.7) else "FM"[child.sex == "F"]
        made = self.soul(surname=child.surname, given=given, sex=sex, born=child.born, county=child.county,
                         phone=child.phone, address=child.address, kind="twin")  # fmt: skip
        order = child.order + 2 if child.order < 997 else child.order - 2
        return replace(made, order=order) if sex == child.sex else made

    def namesake(self, of: Soul) -> Soul:
        """Draw somebody of the same name, sex and birthday who lives elsewhere."""
        return self.soul(surname=of.surname, given=of.given, sex=of.sex, born=of.born, kind="namesake")


class Clerk:
    """Writes people down as one office does."""

    def __init__(self, office: Office, town: Town) -> None:
        self.office = office
        self._town = town
        self._random = town.random

    def record(self, soul: Soul, key: str) -> dict[str, str]:
        """Write somebody down."""
        office, happens = self.office, self._town.happens
        slip = 0.25 if happens(office.careless) else 0.01
        surname, given = self._name(soul, slip)
        letters = happens(office.letters) and soul.kind != "dotted"
        headers: dict[str, str] = _WORDS["headers"][office.headers]
        number, phone = self._number(soul, slip), self._phone(soul, slip)
        if number and phone and happens(slip * 0.02):
            number, phone = phone, number
        told = {
            "rec_id": key,
            "name": "" if letters and "letters" in headers else surname + given,
            "surname": surname,
            "given": given.lstrip("·"),
            "letters": self._letters(soul) if letters or happens(0.3) else "",
            "sex": "" if happens(slip * 0.1) else ("男" if soul.sex == "M" else "女"),
            "birth": self._birth(soul, slip),
            "number": number,
            "phone": phone,
            "address": "" if happens(office.no_address) else self._address(soul, slip),
        }
        if letters and "letters" not in headers:
            told["name"] = self._letters(soul)
        return {header: told[name] for name, header in headers.items()}

    def _name(self, soul: Soul, slip: float) -> tuple[str, str]:
        happens, r = self._town.happens, self._random
        surname, given = soul.surname, soul.given
        if soul.kind == "dotted":
            given = given.replace("·", r.choice(("·", "·", "•", "．", " ", "")))
            if happens(slip):
                surname = "".join(_RESPELT.get(c, c) for c in surname)
            return (surname, "") if happens(slip * 0.2) else (surname, given)
        if happens(slip * 0.4):
            place = r.randrange(len(given))
            other = r.choice(homophones()[reading(given[place])] or [given[place]])
            given = given[:place] + other + given[place + 1 :]
        elif happens(slip * 0.2):
            alike = next((pair for pair in SHAPES if given[-1] in pair), given[-1])
            given = given[:-1] + (alike.replace(given[-1], "") or given[-1])
        if happens(self.office.traditional):
            surname, given = ("".join(_TRADITIONAL.get(c, c) for c in text) for text in (surname, given))
        if happens(slip * 0.1):
            given = given[:-1] + "*" if len(given) == 1 else "*" + given[1:]
        if happens(slip * 0.1):
            given += r.choice(_words("roles"))
        return surname, given

    def _letters(self, soul: Soul) -> str:
        if soul.kind == "dotted":
            return ""
        head = "".join(compound(soul.surname) or (surname_reading(soul.surname),))
        rest = [reading(character) or character for character in soul.given]
        return self._random.choice((
            f"{head.upper()} {'-'.join(rest).title()}", f"{''.join(rest).capitalize()} {head.capitalize()}",
            f"{head.capitalize()}{''.join(rest)}", f"{head.upper()},{' '.join(rest).upper()}",
        ))  # fmt: skip

    def _birth(self, soul: Soul, slip: float) -> str:
        happens, born = self._town.happens, soul.born
        if happens(slip * 0.3):
            return ""
        if happens(slip * 0.15):
            born = born.replace(month=1, day=1)
        elif happens(slip * 0.3):
            born -= timedelta(days=self._random.randrange(18, 50))
        elif happens(slip * 0.2) and born.day <= 12:
            born = born.replace(month=born.day, day=born.month)
        elif happens(slip * 0.15):
            born = born.replace(year=born.year - 1, day=min(born.day, 28))
        elif happens(slip * 0.15):
            return f"{born.year}"
        return born.strftime(self.office.date)

    def _number(self, soul: Soul, slip: float) -> str:
        office, happens, r = self.office, self._town.happens, self._random
        number = soul.number
        if happens(office.no_id):
            return ""
        if office.id_mask and happens(office.masked):
            head, tail = office.id_mask
            return number[:head] + "*" * (18 - head - tail) + number[18 - tail :]
        if soul.born.year < 1970 and happens(0.05):
            return number[:6] + number[8:17]
        if happens(slip * 0.2):
            place = r.randrange(0, 17)
            digits = list(number)
            digits[place], digits[place + 1] = digits[place + 1], digits[place]
            number = "".join(digits)
        elif happens(slip * 0.1):
            place = r.randrange(0, 17)
            number = number[:place] + r.choice("0123456789") + number[place + 1 :]
        if happens(0.1):
            number = f"{number[:6]} {number[6:14]} {number[14:]}"
        return number.lower() if happens(0.5) else number

    def _phone(self, soul: Soul, slip: float) -> str:
        office, happens, r = self.office, self._town.happens, self._random
        if happens(office.no_phone):
            return ""
        phone = self._town.phone() if happens(0.12) else soul.phone
        if happens(slip * 0.1):
            place = r.randrange(3, 11)
            phone = phone[:place] + r.choice("0123456789") + phone[place + 1 :]
        if office.phone_mask and happens(office.masked):
            head, tail = office.phone_mask
            return phone[:head] + "*" * (11 - head - tail) + phone[11 - tail :]
        shape = r.randrange(8)
        if shape == 0:
            return f"(+86) {phone[:3]} {phone[3:7]} {phone[7:]}"
        if shape == 1:
            return f"{phone}/0{r.randrange(250, 999)}-{r.randrange(10**7, 10**8)}"
        return phone

    def _address(self, soul: Soul, slip: float) -> str:
        address = self._town.address() if self._town.happens(0.12 + slip * 0.2) else soul.address
        if self._town.happens(0.3):
            address = address.replace("栋", "-").replace("单元", "-").replace("室", "")
        return f"某省某市某区{address}" if self._town.happens(0.3) else address


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """Two registers with their offices."""

    made: Registers
    offices: tuple[Office, Office]


def strangers(couple: str, size: int, seed: int) -> Strangers:
    """
    Draw two registers of about ``size`` records each, half of them of the same people.

    Parameters
    ----------
    couple
        One of ``COUPLES``.
    size
        Records of each register.
    seed
        Seed of everything drawn.
    """
    town = Town(seed)
    souls: list[Soul] = []
    siblings: list[tuple[int, int]] = []
    while len(souls) < int(size * 1.5):
        home = town.household()
        for place, one in enumerate(home):
            if one.kind == "twin":
                siblings.append((len(souls) + place - 1, len(souls) + place))
        souls += home
        if town.happens(0.012) and home[0].kind == "plain":
            siblings.append((len(souls) - len(home), len(souls)))
            souls.append(town.namesake(home[0]))
    offices = COUPLES[couple]
    clerks = [Clerk(office, town) for office in offices]
    made = Registers()
    keys: tuple[dict[int, list[str]], dict[int, list[str]]] = ({}, {})
    ranks = list(range(len(souls)))
    town.random.shuffle(ranks)
    hard = {place for pair in siblings for place in pair}
    for rank, place in enumerate(ranks):
        both = rank < size // 2 or place in hard
        for side, rows in enumerate((made.left, made.right)):
            if not both and rank % 2 != side:
                continue
            times = 2 if town.happens(offices[side].twice) else 1
            for time in range(times):
                key = f"{'AB'[side]}{rank:06d}{time or ''}"
                keys[side].setdefault(place, []).append(key)
                rows.append(clerks[side].record(souls[place], key))
    for rows in (made.left, made.right):
        town.random.shuffle(rows)
    for place, found in keys[0].items():
        made.truth += [(a, b, souls[place].kind) for a in found for b in keys[1].get(place, ())]
    for one, other in siblings:
        for a, b in ((one, other), (other, one)):
            made.traps |= {(x, y) for x in keys[0].get(a, ()) for y in keys[1].get(b, ())}
    return Strangers(made=made, offices=offices)


def write(drawn: Strangers, folder: Path) -> None:
    """Write A.csv and B.csv as the offices would, and truth.csv and traps.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows, office in zip("AB", (drawn.made.left, drawn.made.right), drawn.offices, strict=True):
        with (folder / f"{name}.csv").open("w", encoding=office.encoding, newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    for name, head, pairs in (
        ("truth", ("left_id", "right_id", "slice"), drawn.made.truth),
        ("traps", ("left_id", "right_id"), sorted(drawn.made.traps)),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head, *pairs])


def main() -> None:
    """Write one couple of registers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--couple", choices=sorted(COUPLES), default="bureau")
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    drawn = strangers(chosen.couple, chosen.size, chosen.seed)
    write(drawn, chosen.out)
    made = drawn.made
    print(f"{len(made.left)} + {len(made.right)} records, {len(made.truth)} pairs, {len(made.traps)} traps")


if __name__ == "__main__":
    main()
