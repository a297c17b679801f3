"""
Two registers of Chinese volunteers with the truth between them, drawn from a seed.

    python -m benchmarks.zh_people --regime city --size 10000 --seed 7 --out var/zh

A regime is a way in which registers differ: what is missing, what is masked, who wrote it down and how. There are
several, so that rules which fit one of them show it. Hard cases are planted in each: twins with one telephone,
namesakes born on one day, families behind one telephone, numbers of a relative. No frequency stems from a set with
non-commercial terms: surnames are those of ``data/names``, given names are drawn by a falling law.
"""

import argparse
import csv
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

from domain.identifiers import resident_check_character
from generator.shipped import facts
from identity.names.syllables import reading, table

COLUMNS = ("rec_id", "name", "sex", "birth_date", "id_number", "phone", "address")
TRUTH = ("left_id", "right_id", "slice")

_WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
GIVEN = "".join(_WORDS["given"].split())
FOLDED, SHAPES, UYGHUR, TIBETAN, AREAS, TOWNS, ROADS = (
    _WORDS[name].split() for name in ("folded", "shapes", "uyghur", "tibetan", "areas", "towns", "roads")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """How two registers differ: shares of records for each kind of difference."""

    no_id: float = 0.25
    masked_id: float = 0.08
    short_id: float = 0.02
    slipped_id: float = 0.02
    relatives_id: float = 0.003
    no_phone: float = 0.08
    new_phone: float = 0.10
    masked_phone: float = 0.05
    slipped_phone: float = 0.02
    shared_phone: float = 0.06
    no_birth: float = 0.03
    lunar: float = 0.03
    year_only: float = 0.02
    first_of_january: float = 0.02
    slipped_birth: float = 0.015
    homophone: float = 0.02
    look_alike: float = 0.005
    variant: float = 0.03
    pinyin: float = 0.02
    masked_name: float = 0.01
    lost_character: float = 0.005
    spaced: float = 0.03
    titled: float = 0.005
    minority: float = 0.04
    dots: float = 0.4
    moved: float = 0.15
    no_address: float = 0.15
    no_sex: float = 0.02
    overlap: float = 0.5
    twins: float = 0.006
    namesakes: float = 0.01
    common: float = 1.0
    """Exponent of the law by which given names fall off: the higher, the more namesakes."""


REGIMES = {
    "city": Regime(),
    "village": Regime(
        no_id=0.35, masked_id=0.15, short_id=0.06, no_phone=0.2, new_phone=0.15, shared_phone=0.15, lunar=0.10,
        year_only=0.05, first_of_january=0.05, homophone=0.05, variant=0.06, pinyin=0.0, minority=0.08, moved=0.1,
        no_address=0.05, twins=0.01, namesakes=0.02, common=1.25,
    ),
    "partner": Regime(
        no_id=0.15, masked_id=0.30, no_phone=0.1, new_phone=0.12, masked_phone=0.3, no_birth=0.05, pinyin=0.08,
        masked_name=0.05, homophone=0.01, lost_character=0.02, minority=0.03, no_address=1.0, overlap=0.7, common=0.8,
    ),
    "clean": Regime(
        no_id=0.1, masked_id=0.0, slipped_id=0.005, lunar=0.0, homophone=0.005, variant=0.0, pinyin=0.0,
        no_address=1.0, overlap=0.3, twins=0.02, namesakes=0.03,
    ),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody as they are."""

    surname: str
    given: str
    sex: str
    birth: date
    area: str
    order: int
    phone: str
    address: str
    kind: str = "plain"

    @property
    def name(self) -> str:
        """Name in full."""
        return self.surname + self.given

    @property
    def number(self) -> str:
        """Identity number."""
        body = f"{self.area}{self.birth:%Y%m%d}{self.order:03d}"
        return body + resident_check_character(body)


@dataclass(slots=True)
class Registers:
    """Two registers, and the pairs of records that are one person's."""

    left: list[dict[str, str]] = field(default_factory=list)
    right: list[dict[str, str]] = field(default_factory=list)
    truth: list[tuple[str, str, str]] = field(default_factory=list)
    traps: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of records of twins, and of planted namesakes: never one person's."""


@cache
def homophones() -> dict[str, list[str]]:
    """Give characters in common use by how they are read."""
    found: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            found[reading(character)].append(character)
    return found


class Draw:
    """Draws people and their records."""

    def __init__(self, regime: Regime, seed: int) -> None:
        self.regime = regime
        self.random = Random(seed)  # noqa: S311 - nothing secret is drawn
        rows = facts("names", "surnames")
        self._surnames = [row["surname"] for row in rows]
        self._weights = [float(row["weight"]) for row in rows]
        characters = list(dict.fromkeys(GIVEN))
        self.random.shuffle(characters)
        self._given = characters
        self._given_weights = [1 / (rank + 6) ** regime.common for rank in range(len(characters))]
        self._variants: dict[str, str] = {}
        for simple, other in FOLDED:
            self._variants[simple] = other

    def happens(self, share: float) -> bool:
        """Whether something of this share happens."""
        return self.random.random() < share

    def phone(self) -> str:
        """Draw a mobile number."""
        head = self.random.choice(("138", "139", "135", "150", "186", "177", "189", "133", "158", "199"))
        return head + f"{self.random.randrange(10**8):08d}"

    def person(self) -> Person:
        """Draw somebody."""
        r = self.random
        sex = r.choice("MF")
        kind = "plain"
        if self.happens(self.regime.minority):
            kind = "dotted"
            pool = UYGHUR if self.happens(0.7) else TIBETAN
            surname, given = r.choice(pool), "·" + r.choice(pool)
        else:
            surname = r.choices(self._surnames, self._weights)[0]
            size = 1 if self.happens(0.18) else 2
            given = "".join(r.choices(self._given, self._given_weights, k=size))
        born = date(1940, 1, 1) + timedelta(days=int(r.triangular(0, 25_500, 15_000)))
        order = 2 * r.randrange(1, 499) + (sex == "M")
        address = f"{r.choice(TOWNS)}{r.choice(ROADS)}{r.randrange(1, 300)}号{r.randrange(1, 30)}室"
        return Person(surname=surname, given=given, sex=sex, birth=born, area=r.choice(AREAS), order=order,
                      phone=self.phone(), address=address, kind=kind)  # fmt: skip

    def record(self, person: Person, rec_id: str, *, phone: str | None = None) -> dict[str, str]:
        """Write somebody down as one register would."""
        rule = self.regime
        return {
            "rec_id": rec_id,
            "name": self._name(person),
            "sex": "" if self.happens(rule.no_sex) else {"M": "男", "F": "女"}[person.sex],
            "birth_date": self._birth(person),
            "id_number": self._number(person),
            "phone": self._phone(phone or person.phone),
            "address": "" if self.happens(rule.no_address) else self._address(person),
        }

    def _name(self, person: Person) -> str:
        rule, r = self.regime, self.random
        surname, given = person.surname, person.given
        if person.kind == "dotted":
            name = surname + given
            if self.happens(rule.dots):
                dot = r.choice(("", "•", ".", " ", "‧", "・"))
                name = name.replace("·", dot)
            if self.happens(0.02):
                name = surname
            return name
        if self.happens(rule.pinyin):
            return self._romanised(surname, given)
        if self.happens(rule.homophone):
            place = r.randrange(len(given))
            alike = homophones()[reading(given[place])] or [given[place]]
            given = given[:place] + r.choice(alike) + given[place + 1 :]
        if self.happens(rule.look_alike):
            place = r.randrange(len(given))
            found = next((pair for pair in SHAPES if given[place] in pair), None)
            other = found.replace(given[place], "") if found else r.choice(self._given)
            given = given[:place] + other + given[place + 1 :]
        name = surname + given
        if self.happens(rule.variant):
            name = "".join(self._variants.get(c, c) for c in name)
        if self.happens(rule.masked_name):
            name = name[0] + "*" * (len(name) - 1) if self.happens(0.7) else name[0] + "*" + name[2:]
        elif self.happens(rule.lost_character):
            place = r.randrange(1, len(name))
            name = name[:place] + r.choice("?〇□") + name[place + 1 :]
        if self.happens(rule.spaced):
            name = " ".join(name)
        if self.happens(rule.titled):
            name += "先生" if person.sex == "M" else "女士"
        return name

    def _romanised(self, surname: str, given: str) -> str:
        r = self.random
        readings = table("readings")
        head = readings["compound"].get(surname, "").replace(" ", "") or readings["surname"].get(surname)
        head = head or "".join(map(reading, surname))
        rest = [reading(c) for c in given]
        layout = r.randrange(5)
        if layout == 0:
            return f"{head.upper()} {''.join(rest).upper()}"
        if layout == 1:
            return f"{''.join(rest).capitalize()} {head.capitalize()}"
        if layout == 2:
            return " ".join(s.capitalize() for s in (head, *rest))
        if layout == 3:
            return f"{head.upper()}, {'-'.join(rest).capitalize()}"
        return f"{head.replace('lu', 'lv') if head == 'lu' else head}{''.join(rest)}"

    def _birth(self, person: Person) -> str:
        rule, r, born = self.regime, self.random, person.birth
        if self.happens(rule.no_birth):
            return ""
        if self.happens(rule.year_only):
            return str(born.year)
        if self.happens(rule.first_of_january):
            return f"{born.year}-01-01"
        if self.happens(rule.lunar):
            born -= timedelta(days=r.randrange(19, 51))
        if self.happens(rule.slipped_birth):
            if born.day <= 12 and self.happens(0.5):
                born = date(born.year, born.day, min(born.month, 28))
            else:
                digits = list(f"{born:%Y%m%d}")
                digits[r.choice((3, 7))] = str(r.randrange(10))
                return "".join(digits)
        shape = r.choice(("%Y-%m-%d", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"))
        return born.strftime(shape)

    def _number(self, person: Person) -> str:
        rule, r = self.regime, self.random
        if self.happens(rule.no_id):
            return ""
        number = person.number
        if self.happens(rule.relatives_id):
            other = self.person()
            return Person(surname="", given="", sex=other.sex, birth=other.birth, area=person.area, order=other.order,
                          phone="", address="").number  # fmt: skip
        if self.happens(rule.masked_id):
            kept = r.choice(((6, 4), (3, 4), (10, 4), (6, 2), (14, 0)))
            return number[: kept[0]] + "*" * (18 - sum(kept)) + (number[18 - kept[1] :] if kept[1] else "")
        if person.birth.year < 1985 and self.happens(rule.short_id * 3):
            return number[:6] + number[8:17]
        if self.happens(rule.slipped_id):
            return self._slipped(number)
        return number.lower() if self.happens(0.3) else number

    def _slipped(self, number: str) -> str:
        place = self.random.randrange(6, 18)
        if self.happens(0.3) and place < 17:
            return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if self.happens(0.1):
            return number[:place] + number[place + 1 :]
        return number[:place] + str(self.random.randrange(10)) + number[place + 1 :]

    def _phone(self, phone: str) -> str:
        rule, r = self.regime, self.random
        if self.happens(rule.no_phone):
            return ""
        if self.happens(rule.new_phone):
            phone = self.phone()
        if self.happens(rule.masked_phone):
            return phone[:3] + "****" + phone[7:]
        if self.happens(rule.slipped_phone):
            place = r.randrange(3, 11)
            phone = phone[:place] + str(r.randrange(10)) + phone[place + 1 :]
        return r.choice((phone, phone, phone, f"+86 {phone}", f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"))

    def _address(self, person: Person) -> str:
        address = self.person().address if self.happens(self.regime.moved) else person.address
        return address if self.happens(0.7) else f"某市{self.random.choice(('某区', '某县'))}{address}"


def registers(regime: str, size: int, seed: int) -> Registers:
    """
    Draw two registers of about ``size`` records each.

    Parameters
    ----------
    regime
        One of ``REGIMES``.
    size
        Records of each register.
    seed
        Seed of everything drawn.
    """
    rule = REGIMES[regime]
    draw = Draw(rule, seed)
    people: list[tuple[Person, str]] = []
    siblings: list[tuple[int, int]] = []
    target = int(size * (2 - rule.overlap))
    while len(people) < target:
        person = draw.person()
        people.append((person, person.phone))
        first = len(people) - 1
        if draw.happens(rule.twins) and person.kind == "plain":
            given = person.given[:-1] + draw.random.choice(GIVEN)
            if given == person.given:
                continue
            other = Person(surname=person.surname, given=given, sex=person.sex, birth=person.birth, area=person.area,
                           order=person.order + 2 if person.order < 997 else person.order - 2, phone=person.phone,
                           address=person.address, kind="twin")  # fmt: skip
            person.kind = "twin"
            people.append((other, person.phone))
            siblings.append((first, first + 1))
        elif draw.happens(rule.namesakes) and person.kind == "plain":
            other = draw.person()
            other.kind = "plain"
            other.surname, other.given, other.sex, other.birth = (
                person.surname, person.given, person.sex, person.birth
            )  # fmt: skip
            other.order = (other.order + 20) % 998 // 2 * 2 + (person.sex == "M")
            person.kind = other.kind = "namesake"
            people.append((other, other.phone))
            siblings.append((first, first + 1))
        elif draw.happens(rule.shared_phone):
            relative = draw.person()
            relative.phone, relative.address = person.phone, person.address
            if draw.happens(0.5):
                if person.kind == "dotted":  # brothers and sisters bear their father's name after their own
                    relative.kind, relative.given = "dotted", person.given
                    relative.surname = draw.random.choice([one for one in UYGHUR if one != person.surname])
                elif relative.kind == "plain":
                    relative.surname = person.surname
            people.append((relative, person.phone))
    return _written(draw, people[:target], siblings, size)


def _written(
    draw: Draw, people: list[tuple[Person, str]], siblings: list[tuple[int, int]], size: int
) -> Registers:
    made = Registers()
    both = int(size * draw.regime.overlap)
    places = list(range(len(people)))
    draw.random.shuffle(places)
    # both of a planted pair stand in both registers more often than chance would have it
    planted = [place for pair in siblings for place in pair if max(pair) < len(people)]
    ranked = list(dict.fromkeys([*(p for p in planted if draw.happens(0.7)), *places]))
    left_of: dict[int, str] = {}
    right_of: dict[int, str] = {}
    for rank, place in enumerate(ranked):
        if rank < size:
            left_of[place] = f"L{draw.random.randrange(10**9):09d}-{rank}"
    chosen = ranked[:both] + ranked[size : 2 * size - both]
    draw.random.shuffle(chosen)
    for rank, place in enumerate(chosen):
        right_of[place] = f"R{draw.random.randrange(10**9):09d}-{rank}"
    lefts = list(left_of)
    draw.random.shuffle(lefts)
    made.left = [draw.record(people[p][0], left_of[p]) for p in lefts]
    made.right = [draw.record(people[p][0], right_of[p]) for p in right_of]
    made.truth = [(left_of[p], right_of[p], people[p][0].kind) for p in right_of if p in left_of]
    for a, b in siblings:
        for p, q in ((a, b), (b, a)):
            if p in left_of and q in right_of:
                made.traps.add((left_of[p], right_of[q]))
    return made


def write(made: Registers, folder: Path, *, encoding: str = "utf-8-sig") -> None:
    """Write A.csv, B.csv, truth.csv and traps.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("A", made.left), ("B", made.right)):
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    for name, head, pairs in (("truth", TRUTH, made.truth), ("traps", TRUTH[:2], sorted(made.traps))):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(head)
            writer.writerows(pairs)


def main() -> None:
    """Write one set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regime", choices=sorted(REGIMES), default="city")
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    made = registers(chosen.regime, chosen.size, chosen.seed)
    write(made, chosen.out)
    print(f"{len(made.left)} + {len(made.right)} records, {len(made.truth)} pairs, {len(made.traps)} traps")


if __name__ == "__main__":
    main()
