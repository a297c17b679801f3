"""
An independent check of a plan file against its model file, in whole numbers.

It imports numpy and nothing of zhulian: ``python checker.py PLAN MODEL`` runs anywhere. It recomputes what a plan
breaks, what it is worth, and the upper bound that the plan's prices prove (Lagrangian relaxation: for prices that
are not negative, the rent of all capacities plus the best every need could earn if it paid those prices is at
least the value of every plan). Nothing is taken on trust, except a bound that is marked as a solver's.
"""

import hashlib
import json
import math
import sys
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

VERSION = 3
NANO = 10**9
NO_ARC = -(2**60)
_NEVER = -(2**60)
_FLOOR = -(2**55)  # a loss counted as smaller than it is keeps the bound a bound, and sums within 64 bits
_MOST_TEAM = 64
_MOST_WORK = 4e9  # cells of knapsack tables
_MOST_BYTES = 16 * 2**30
_MOST_SUM = 2.0**62
_MOST_UNITS = 2**26  # incomplete needs whose cost for fairness is counted

_UNREADABLE = (OSError, LookupError, ValueError, TypeError, RuntimeError, MemoryError, EOFError, zlib.error)
Array = npt.NDArray[Any]
Arrays = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: a stable code, the member or thing it is about, and figures."""

    code: str
    subject: str
    detail: str = ""


@dataclass(slots=True)
class Verdict:
    """Recomputed figures in units of the model's measure (``sense`` ``max`` or ``min``), and findings."""

    sense: str = "max"
    value: int | float | None = None
    proven: int | float | None = None  # bound that the prices prove
    claimed: int | float | None = None  # bound that is stated; a solver's where it is better than proven
    gap: float | None = None
    gap_proven: float | None = None
    needs: int = 0
    complete: int = 0
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def is_proven(self) -> bool:
        """Whether the prices prove a bound as good as the stated one."""
        if self.proven is None or self.claimed is None:
            return False
        return self.proven >= self.claimed if self.sense == "min" else self.proven <= self.claimed


def load(path: str) -> tuple[dict[str, Any], Arrays]:
    """Read ``meta.json`` and the arrays of a file; ValueError where that cannot be done safely."""
    with zipfile.ZipFile(path) as archive:
        if len(set(archive.namelist())) != len(archive.namelist()):
            raise ValueError("a member stands twice")
        if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
            raise ValueError("too large")
        meta = json.loads(archive.read("meta.json"))
        if not isinstance(meta, dict):
            raise ValueError("meta.json is no object")
        arrays: Arrays = {}
        if "round.json" in archive.namelist():
            meta["round_found"] = hashlib.sha256(archive.read("round.json")).hexdigest()
        for entry in archive.infolist():
            if entry.filename.endswith(".npy"):
                with archive.open(entry) as member:
                    arrays[entry.filename[:-4]] = np.lib.format.read_array(member, allow_pickle=False)
    return meta, arrays


def digest_of(arrays: Arrays, head: str) -> str:
    """SHA-256 as ``docs/en/reference/files.md`` lays it down."""
    running = hashlib.sha256(f"{head}\n".encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        shape = ",".join(str(size) for size in array.shape)
        running.update(f"{name}\n{array.dtype.str}\n{shape}\n".encode())
        running.update(array.view(np.uint8).data if array.size else b"")
    return running.hexdigest()


def plan_head(meta: dict[str, Any]) -> str:
    """Give what a plan's digest covers besides its arrays: ``meta.json`` without the digest."""
    rest = {name: value for name, value in meta.items() if name not in ("digest", "round_found")}
    return json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def total(array: Array) -> int:
    """Exact sum of 64-bit numbers."""
    return (int((array >> 31).sum()) << 31) + int((array & (2**31 - 1)).sum())


def dot(one: Array, other: Array) -> int:
    """Exact sum of products."""
    return sum(a * b for a, b in zip(one.tolist(), other.tolist(), strict=True) if a)


def spread(at: Array, values: Array, size: int) -> Array:
    """Sum of values by index; ValueError where a sum may not fit 64 bits."""
    if len(at) and np.bincount(at, np.abs(values.astype(np.float64))).max() >= _MOST_SUM:
        raise ValueError("sums do not fit 64 bits")
    out = np.zeros(size, dtype=np.int64)
    np.add.at(out, at, values)
    return out


def check_files(plan_path: str, model_path: str) -> Verdict:
    """Check a plan file against a model file; what cannot be read is a finding too."""
    try:
        (plan_meta, plan), (model_meta, model) = load(plan_path), load(model_path)
        return check(model_meta, model, plan_meta, plan)
    except (zipfile.BadZipFile, *_UNREADABLE) as error:
        return Verdict(findings=[Finding("unreadable", "file", f"{type(error).__name__}: {error}")])


def check(model_meta: dict[str, Any], m: Arrays, plan_meta: dict[str, Any], p: Arrays) -> Verdict:
    """Check a plan against a model, both as :func:`load` gives them."""
    verdict = Verdict(sense=str(model_meta["sense"]))
    found = verdict.findings
    scale, offset = int(model_meta["scale"]), int(model_meta["offset"])
    model_digest = digest_of(m, f"zhulian-model {VERSION} {verdict.sense} {scale} {offset}")
    for code, member, stated, so in (
        ("format", "plan", [plan_meta.get("format"), plan_meta.get("version")], ["zhulian-plan", VERSION]),
        ("other_model", "plan", plan_meta["model"], model_digest),
        ("altered", "plan", plan_meta["digest"], digest_of(p, plan_head(plan_meta))),
        ("altered", "round.json", plan_meta.get("round"), plan_meta.get("round_found")),
    ):
        if stated != so:
            found.append(Finding(code, member, model_digest if code == "other_model" else ""))
    found.extend(_out_of_range(m, p))
    if found:
        return verdict
    found += [*_people(m, p), *_supply(m, p)]
    value, grain = _value(m, p), _grain(m)
    proven = _bound(m, p) // grain * grain
    everything = total(m["worth.complete"])

    def told(nano: int) -> int | float:
        unit = NANO * scale
        part = (everything - nano if verdict.sense == "min" else nano) + offset * unit
        return part // unit if part % unit == 0 else part / unit

    claimed, own = int(plan_meta["bound"]), int(plan_meta["own_bound"])
    verdict.value, verdict.proven, verdict.claimed = told(value), told(proven), told(claimed)
    verdict.needs, verdict.complete = len(m["slot_count"]), len(p["complete"])
    verdict.gap, verdict.gap_proven = _gap(verdict, verdict.claimed), _gap(verdict, verdict.proven)
    for name, stated, so in (
        ("value", int(plan_meta["value"]), value),
        ("own_bound", own, max(own, proven)),
        ("bound", claimed, max(claimed, value)),
        ("own_bound", own, max(own, claimed)),
        ("value_told", plan_meta["value_told"], verdict.value),
        ("bound_told", plan_meta["bound_told"], verdict.claimed),
        ("gap", plan_meta["gap"], verdict.gap),
        ("status", plan_meta["status"] == "OPTIMAL", claimed == value),
    ):
        if stated != so:
            found.append(Finding("misstated", name, f"{stated}, not {so}"))
    if proven < value:
        found.append(Finding("bound_below_value", "prices", f"{proven} < {value}"))
    return verdict


def _gap(verdict: Verdict, bound: int | float | None) -> float:
    value = verdict.value
    if value is None or bound is None or value == bound:
        return 0.0
    most = value if verdict.sense == "min" else bound
    return (value - bound if verdict.sense == "min" else bound - value) / most if most else math.inf


_INDEX = {
    "places.need": "slot_count", "places.group": "groups.need", "groups.need": "slot_count",
    "arcs.place": "places.need", "entries.row": "rows.cap", "entries.arc": "arcs.place",
    "item_need": "slot_count", "money.taker": "slot_count", "money.giver": "money.held",
    "goods.taker": "item_need", "goods.giver": "goods.held", "ceiling_entries.row": "ceilings.cap",
    "ceiling_entries.need": "slot_count", "floors.charity": "floors.worth",
}  # fmt: skip
_PLAN_INDEX = {
    "complete": "slot_count", "chosen": "arcs.place", "money.arc": "money.taker", "goods.arc": "goods.taker"
}  # fmt: skip
_CAPS = {
    "prices.people": "rows.cap", "prices.money": "money.held", "prices.goods": "goods.held",
    "prices.ceilings": "ceilings.cap",
}  # fmt: skip
_PRICES = {
    **_CAPS, "prices.communities": "fairness.step", "prices.floors": "floors.worth", "prices.needs": "slot_count"
}  # fmt: skip


def _out_of_range(m: Arrays, p: Arrays) -> list[Finding]:
    """Indices that name nothing, numbers that stand twice, amounts and prices that cannot be."""
    found: list[Finding] = []
    for arrays, table in ((m, _INDEX), (p, _PLAN_INDEX)):
        for member, axis in table.items():
            array = arrays[member]
            if array.dtype.str != "<i8":
                found.append(Finding("wrong_type", member, array.dtype.str))
            elif len(array) and (int(array.min()) < 0 or int(array.max()) >= len(m[axis])):
                found.append(Finding("out_of_range", member))
            elif arrays is p and (np.diff(array) <= 0).any():
                found.append(Finding("not_ascending", member))
    for member, axis in _PRICES.items():
        price, least = p[member], -1 if member == "prices.needs" else 0
        if price.dtype.str != "<i8" or len(price) != len(m[axis]) or int(price.min(initial=0)) < least:
            found.append(Finding("wrong_prices", member))
    for amount, arc in (("money.fen", "money.arc"), ("goods.pieces", "goods.arc")):
        if p[amount].dtype.str != "<i8" or len(p[amount]) != len(p[arc]):
            found.append(Finding("wrong_type", amount))
    if len(m["fairness.step"]) and int(m["community"].max(initial=-1)) >= len(m["fairness.step"]):
        found.append(Finding("out_of_range", "community"))
    levels = [m[f"levels.{level}"] for level in ("fulfilment", "fairness", "pin")]
    if any(map(len, levels)) and not np.array_equal(sum(levels), m["worth.complete"]):
        found.append(Finding("levels_apart", "worth.complete"))
    unknown = set(p) - set(_PLAN_INDEX) - set(_PRICES) - {"money.fen", "goods.pieces"}
    return found + [Finding("unknown_member", name) for name in sorted(unknown)]


def _each(code: str, subject: str, bad: Array, most: int = 20) -> list[Finding]:
    """One finding for each row that is marked, the first twenty."""
    return [Finding(code, f"{subject} {row}") for row in np.flatnonzero(bad)[:most].tolist()]


def _people(m: Arrays, p: Arrays) -> list[Finding]:
    """Each place once, whole teams of different people, rows kept, minors with an adult."""
    needs, chosen = len(m["slot_count"]), p["chosen"]
    complete = np.isin(np.arange(needs), p["complete"])
    place, volunteer = m["arcs.place"][chosen], m["arcs.volunteer"][chosen]
    group = m["places.group"][place]
    taken = np.isin(np.arange(len(m["arcs.place"])), chosen)
    filled = np.bincount(group, minlength=len(m["groups.need"]))
    asked = np.bincount(m["places.group"], minlength=len(filled))
    teams = np.bincount(m["groups.need"][filled > 0], minlength=needs)
    order = np.lexsort((volunteer, group))
    again = (np.diff(group[order]) == 0) & (np.diff(volunteer[order]) == 0)
    use = spread(m["entries.row"], m["entries.coefficient"] * taken[m["entries.arc"]], len(m["rows.cap"]))
    minors = np.bincount(group[m["arcs.escort"][chosen]], minlength=len(filled)) > 0
    adults = np.bincount(group[m["arcs.adult"][chosen]], minlength=len(filled)) > 0
    return [
        *_each("not_possible", "need", complete & ~m["possible"]),
        *_each("place_twice", "place", np.bincount(place, minlength=len(m["places.need"])) > 1),
        *_each("team_not_whole", "group", (filled > 0) & (filled != asked)),
        *_each("team_missing", "need", complete & (teams != (m["slot_count"] > 0))),
        *_each("team_of_incomplete", "need", ~complete & (teams > 0)),
        *_each("twice_in_team", "chosen", again),
        *_each("row_over", "row", use > m["rows.cap"]),
        *_each("no_escort", "group", minors & ~adults),
    ]


def _supply(m: Arrays, p: Arrays) -> list[Finding]:
    """Gifts within what may be given, is asked and is held; all or nothing; ceilings."""
    needs, found = np.arange(len(m["slot_count"])), list[Finding]()
    complete = np.isin(needs, p["complete"])
    for part, amount, owner in (("money", "fen", needs), ("goods", "pieces", m["item_need"])):
        arc, given = p[f"{part}.arc"], p[f"{part}.{amount}"]
        got = spread(m[f"{part}.taker"][arc], given, len(m[f"{part}.asked"]))
        spent = spread(m[f"{part}.giver"][arc], given, len(m[f"{part}.held"]))
        parts = m["supply.parts"] & m["in_play"]
        found += [
            *_each(f"{part}_amount", "gift", (given < 1) | (given > m[f"{part}.most"][arc])),
            *_each(f"{part}_above_asked", "taker", got > m[f"{part}.asked"]),
            *_each(f"{part}_overspent", "giver", spent > m[f"{part}.held"]),
            *_each(f"{part}_not_whole", "taker", complete[owner] & (got != m[f"{part}.asked"])),
            *_each(f"{part}_in_part", "taker", (got > 0) & ~complete[owner] & ~parts[owner]),
        ]
    need = m["ceiling_entries.need"]
    money = spread(m["money.taker"][p["money.arc"]], p["money.fen"], len(needs))
    load = m["ceiling_entries.per_need"] * complete[need] + _times(m["ceiling_entries.per_fen"], money[need])
    over = spread(m["ceiling_entries.row"], load, len(m["ceilings.cap"])) > m["ceilings.cap"]
    return [*found, *_each("ceiling_over", "ceiling", over)]


def _value(m: Arrays, p: Arrays) -> int:
    """Nanopoints of a plan."""
    nano = total(m["worth.complete"][p["complete"]]) + total(m["arcs.points"][p["chosen"]]) * NANO
    for part, amount, credit in (("money", "fen", "money_credit"), ("goods", "pieces", "item_credit")):
        arc = p[f"{part}.arc"]
        gain = m[f"worth.{credit}"][m[f"{part}.taker"][arc]] - m[f"{part}.cost"][arc]
        nano += dot(p[f"{part}.{amount}"], gain)
    paid = spread(m["floors.charity"][p["money.arc"]], p["money.fen"], len(m["floors.worth"]))
    left = ~np.isin(np.arange(len(m["slot_count"])), p["complete"])
    nano += dot(np.minimum(paid, m["floors.missing"]), m["floors.worth"])
    return nano - total(_steps(m, 0, m["fairness.base"] + _by_community(m, left))[1])


def _by_community(m: Arrays, some: Array) -> Array:
    """How many of some needs each community has."""
    count = len(m["fairness.step"])
    return np.bincount(m["community"][some & (m["community"] >= 0) & (count > 0)], minlength=count)


def _steps(m: Arrays, above: Array | int, count: Array) -> tuple[Array, Array]:
    """Community and cost of each of its incomplete needs number ``above + 1`` to ``above + count``."""
    step, demand, grain = (m[f"fairness.{name}"] for name in ("step", "demand", "grain"))
    above = 0 * count + above
    dearest = step / np.maximum(demand, 1) * (2.0 * (above + count)) * grain
    if (demand < 1).any() or count.astype(np.float64).sum() > _MOST_UNITS or (dearest > -_FLOOR).any():
        raise ValueError("what fairness costs does not fit 64 bits")
    which = np.repeat(np.arange(len(count)), count)
    odd = 2 * (above[which] + np.arange(len(which)) - (np.cumsum(count) - count)[which]) + 1
    step, demand = step[which], demand[which]
    return which, (step // demand * odd + step % demand * odd // demand) * grain[which]


def _grain(m: Arrays) -> int:
    """Give the number that the value of every plan is a multiple of, so that a bound may be rounded down to one."""
    members = ["worth.complete", "fairness.grain", "floors.worth"]
    for part, credit in (("money", "worth.money_credit"), ("goods", "worth.item_credit")):
        members += [credit, f"{part}.cost"] if len(m[f"{part}.taker"]) else []
    points = int(np.gcd.reduce(m["arcs.points"], initial=0)) * NANO
    return max(1, math.gcd(points, *(int(np.gcd.reduce(m[member], initial=0)) for member in members)))


def _times(one: Array, other: Array) -> Array:
    """Product of numbers that are not negative, never above ``-_FLOOR``, where a loss is cut off anyway."""
    safe = one <= -_FLOOR // np.maximum(other, 1)
    return np.where(safe, one * np.where(safe, other, 0), -_FLOOR)


def _bound(m: Arrays, p: Arrays) -> int:
    """Nanopoints no plan can be above: the least of what each way of using the plan's prices proves."""
    divisor = np.zeros(len(m["rows.cap"]), dtype=np.int64)
    np.gcd.at(divisor, m["entries.row"], m["entries.coefficient"])
    divisor = np.maximum(divisor, 1)
    tight = {
        **m,
        "rows.cap": m["rows.cap"] // divisor,
        "entries.coefficient": m["entries.coefficient"] // divisor[m["entries.row"]],
    }
    priced = p["prices.needs"] >= 0  # these needs pay that; their volunteers' rows stay whole knapsacks
    bounds = [_relaxed(model, p, priced & False) for model in ([m, tight] if (divisor > 1).any() else [m])]
    if priced.any() and _is_knapsacks(tight, priced):
        bounds.append(_relaxed(tight, p, priced))
    return min(bounds)


def _relaxed(m: Arrays, p: Arrays, priced: Array) -> int:
    """Rents of capacities, and the best of each need at the prices; ``priced`` needs pay ``prices.needs`` instead."""
    people, a_fen = p["prices.people"].copy(), np.minimum(p["prices.floors"], m["floors.worth"])
    m = {**m, "money.cost": m["money.cost"] - a_fen[m["floors.charity"]]}  # what goes to a floor earns
    if priced.any():
        people[m["entries.row"][priced[m["places.need"][m["arcs.place"]][m["entries.arc"]]]]] = 0
    under, rise = m["ceiling_entries.need"], p["prices.ceilings"][m["ceiling_entries.row"]]
    levy_need = spread(under, _times(m["ceiling_entries.per_need"], rise), len(priced))
    levy_fen = spread(under, _times(m["ceiling_entries.per_fen"], rise), len(priced))
    money = _gifts(m, "money", p["prices.money"], m["worth.money_credit"], levy_fen)
    goods = _gifts(m, "goods", p["prices.goods"], m["worth.item_credit"], 0 * m["item_need"])
    whole, part = m["worth.complete"] + money[0] - levy_need, money[1].copy()
    np.add.at(whole, m["item_need"], goods[0])
    np.add.at(part, m["item_need"], goods[1])
    missed, rent = _communities(m, np.minimum(p["prices.communities"], -_FLOOR))
    part = np.where(m["supply.parts"], part, 0) - missed
    team, staffed = _teams(m, people)
    best = np.where(m["possible"] & staffed, np.maximum(part, whole + team), part)
    live = m["in_play"]
    prices = {**p, "prices.people": people}
    nano = rent + dot(m["floors.worth"] - a_fen, m["floors.missing"])
    nano += sum(dot(prices[member], m[axis]) for member, axis in _CAPS.items())
    nano += total(best[live & ~priced]) - total(missed[~live])
    if priced.any():
        nano += total((part + p["prices.needs"])[live & priced])
        nano += _knapsacks(m, p, priced & live, whole - part)
    return nano


def _communities(m: Arrays, price: Array) -> tuple[Array, int]:
    """What each need pays for staying incomplete, and what communities make of that: the cheaper ones earn."""
    if not len(price):
        return np.zeros(len(m["slot_count"]), dtype=np.int64), 0
    which, cost = _steps(m, m["fairness.base"], _by_community(m, m["community"] >= 0))
    earned = total(np.maximum(price[which] - cost, 0)) - total(_steps(m, 0, m["fairness.base"])[1])
    return np.where(m["community"] >= 0, price[m["community"]], 0), earned


def _is_knapsacks(m: Arrays, priced: Array) -> bool:
    """Whether the priced needs ask for one person each and share no row with others, in tables of bearable size."""
    inside = priced[m["places.need"][m["arcs.place"]][m["entries.arc"]]]
    mine = np.isin(np.arange(len(m["rows.cap"])), m["entries.row"][inside])
    shared = mine[m["entries.row"][~inside]].any()
    tails = (m["places.tail"][priced[m["places.need"]]] != NO_ARC).any()
    work = m["rows.cap"][m["entries.row"][inside]].astype(np.float64).sum()
    return not (shared or tails or work > _MOST_WORK or (m["slot_count"][priced] != 1).any())


def _knapsacks(m: Arrays, p: Arrays, priced: Array, weight: Array) -> int:
    """Sum over rows of the most their knapsacks hold of weight less way less price; arcs count in their first row."""
    need = m["places.need"][m["arcs.place"]]
    gain = weight[need] + m["arcs.points"] * NANO - np.minimum(p["prices.needs"][need], -_FLOOR)
    row = np.full(len(need), -1)
    use = np.zeros(len(need), dtype=np.int64)
    back = m["entries.arc"][::-1]
    row[back], use[back] = m["entries.row"][::-1], m["entries.coefficient"][::-1]
    arcs = np.flatnonzero(priced[need] & m["possible"][need] & (gain > 0))
    nano = total(gain[arcs[row[arcs] < 0]])
    arcs = arcs[np.argsort(row[arcs], kind="stable")]
    for members in np.split(arcs, np.flatnonzero(np.diff(row[arcs])) + 1):
        if not len(members) or row[members[0]] < 0:
            continue
        cap = int(m["rows.cap"][row[members[0]]])
        best = np.zeros(cap + 1, dtype=np.int64)
        for size, value in zip(use[members].tolist(), gain[members].tolist(), strict=True):
            if size <= cap:
                best[size:] = np.maximum(best[size:], best[: cap + 1 - size] + value)
        nano += int(best[cap])
    return nano


def _gifts(m: Arrays, name: str, price: Array, credit: Array, levy: Array) -> tuple[Array, Array]:
    """Best net gain by taker if all it asks is given, and if only what pays is: cheapest givers first."""
    taker, asked = m[f"{name}.taker"], m[f"{name}.asked"]
    gain = credit[taker] - m[f"{name}.cost"] - np.minimum(price[m[f"{name}.giver"]], -_FLOOR) - levy[taker]
    gain = np.maximum(gain, -(-_FLOOR // np.maximum(asked[taker], 1)) - 1)
    order = np.lexsort((-gain, taker))
    taker, gain, most = taker[order], gain[order], m[f"{name}.most"][order]
    before = np.cumsum(most) - most
    start = np.searchsorted(taker, taker)
    given = np.clip(asked[taker] - (before - before[start]), 0, most) if len(taker) else most
    size = len(asked)
    return spread(taker, given * gain, size), spread(taker, given * np.maximum(gain, 0), size)


def _teams(m: Arrays, price: Array) -> tuple[Array, Array]:
    """Best a need's team is worth after paying for its people, and whether it has one at all."""
    place, group = m["arcs.place"], m["places.group"]
    n_groups = len(m["groups.need"])
    paid = spread(m["entries.arc"], _times(m["entries.coefficient"], price[m["entries.row"]]), len(place))
    worth = np.maximum(m["arcs.points"] * NANO - paid, _FLOOR)
    tail = m["places.tail"]
    best = np.where(tail == NO_ARC, _NEVER, np.maximum(np.where(tail == NO_ARC, 0, tail) * NANO, _FLOOR))
    left_out = best.copy()
    np.maximum.at(best, place, worth)
    size = np.bincount(group, minlength=n_groups)
    if max(int(size.max(initial=0)), int(np.bincount(m["item_need"]).max(initial=0))) > _MOST_TEAM:
        raise ValueError("a team or a list of items is too long for 64 bits")
    whole = spread(group, best == _NEVER, n_groups) == 0
    team = spread(group, np.maximum(best, _FLOOR), n_groups)
    _part_twins(m, worth, left_out, team, np.flatnonzero(size == 2))
    out = np.where(m["slot_count"] == 0, 0, _NEVER)
    np.maximum.at(out, m["groups.need"][whole], team[whole])
    staffed = out > _NEVER
    return np.where(staffed, out, 0), staffed


def _part_twins(m: Arrays, worth: Array, left_out: Array, team: Array, pairs: Array) -> None:
    """In teams of two whose places have the same person as their best, one place takes its second best."""
    count = len(left_out)
    inside = np.isin(np.arange(len(team)), pairs)
    arcs = np.flatnonzero(inside[m["places.group"][m["arcs.place"]]])
    place = np.concatenate([m["arcs.place"][arcs], np.arange(count)])  # and of each the best arc left out
    value = np.concatenate([worth[arcs], np.maximum(left_out, _FLOOR)])
    person = np.concatenate([m["arcs.volunteer"][arcs], np.full(count, -1)])
    order = np.lexsort((-value, place))
    first = np.searchsorted(place[order], np.arange(count))
    second = np.minimum(first + 1, len(order) - 1)
    one = order[first]
    two = np.where(place[order[second]] == np.arange(count), value[order[second]], _FLOOR)
    a = np.searchsorted(m["places.group"], pairs)
    b = a + 1
    same = (person[one[a]] == person[one[b]]) & (person[one[a]] >= 0)
    a, b, pairs = a[same], b[same], pairs[same]
    team[pairs] = np.maximum(value[one[a]] + two[b], two[a] + value[one[b]])


def main(arguments: list[str]) -> int:
    """Check ``PLAN MODEL``; 0 where nothing is wrong, else 1."""
    verdict = check_files(*arguments)
    sys.stdout.write(
        f"{verdict.sense} value {verdict.value} proven {verdict.proven} claimed {verdict.claimed} gap {verdict.gap}\n"
    )
    for finding in verdict.findings:
        sys.stdout.write(f"{finding.code} {finding.subject} {finding.detail}\n")
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:3]))
