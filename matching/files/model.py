"""A model on disk: format ``zhulian-model``."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from matching.arrays import IntArray, offsets
from matching.files.container import Array, Contents, digest_of, plain, read, refuse, write
from matching.files.schema import Column, check, meta_of, strings, texts, whole, word
from matching.model import (
    NANO,
    NO_ARC,
    Arcs,
    Ceilings,
    Fairness,
    Floors,
    Gifts,
    Labels,
    Levels,
    Model,
    People,
    Places,
    Rows,
    Supply,
    Worth,
    no_floors,
)

FORMAT = "zhulian-model"
VERSION = 3
SENSES = ("max", "min")

_SUM = 2**62  # sums by row and taker stay below it, so that 64 bits hold them
_POINTS = 2**32  # times a billion, it still fits 64 bits
_UNITS = 2**45
_MOST_TIMES = 2**7  # each cost of fairness stays so many times below what 64 bits hold
_MOST_BASE = 2**25

COLUMNS: dict[str, Column] = {
    "worth.complete": Column(axis="needs", most=2**60),
    "worth.money_credit": Column(axis="needs"),
    "slot_count": Column(axis="needs", most=10**6),
    "community": Column(axis="needs", of="communities", least=-1, most=2**31),
    "possible": Column(axis="needs", kind="b"),
    "in_play": Column(axis="needs", kind="b"),
    "supply.parts": Column(axis="needs", kind="b"),
    "supply.supplied": Column(axis="needs", kind="b"),
    "money.asked": Column(axis="needs", most=_UNITS),
    "item_need": Column(axis="items", of="needs"),
    "worth.item_credit": Column(axis="items"),
    "goods.asked": Column(axis="items", most=_UNITS),
    "groups.need": Column(axis="groups", of="needs"),
    "places.need": Column(axis="places", of="needs"),
    "places.group": Column(axis="places", of="groups"),
    "places.slot": Column(axis="places", of="slots", most=2**31),
    "places.option": Column(axis="places", most=2**31),
    "places.start_min": Column(axis="places", least=-(2**40), most=2**40),
    "places.end_min": Column(axis="places", least=-(2**40), most=2**40),
    "places.tail": Column(axis="places", least=NO_ARC, most=0),
    "places.depth": Column(axis="places"),
    "arcs.place": Column(axis="arcs", of="places"),
    "arcs.volunteer": Column(axis="arcs", of="volunteers", most=2**31),
    "arcs.distance_m": Column(axis="arcs", least=-1, most=2**40),
    "arcs.points": Column(axis="arcs", least=-_POINTS, most=0),
    "arcs.escort": Column(axis="arcs", kind="b"),
    "arcs.adult": Column(axis="arcs", kind="b"),
    "rows.cap": Column(axis="rows", most=2**50),
    "rows.volunteer": Column(axis="rows", of="volunteers", least=-1, most=2**31),
    "entries.row": Column(axis="entries", of="rows"),
    "entries.arc": Column(axis="entries", of="arcs"),
    "entries.coefficient": Column(axis="entries", most=2**40),
    "money.held": Column(axis="funds", most=_UNITS),
    "money.taker": Column(axis="money", of="needs"),
    "money.giver": Column(axis="money", of="funds"),
    "money.most": Column(axis="money", most=_UNITS),
    "money.cost": Column(axis="money", least=-(2**60)),
    "goods.held": Column(axis="stock", most=_UNITS),
    "goods.taker": Column(axis="goods", of="items"),
    "goods.giver": Column(axis="goods", of="stock"),
    "goods.most": Column(axis="goods", most=_UNITS),
    "goods.cost": Column(axis="goods", least=-(2**60)),
    "ceilings.cap": Column(axis="ceilings", most=_UNITS),
    "ceilings.subject": Column(axis="ceilings", least=-1, most=2**40),
    "ceilings.what": Column(axis="ceilings", kind="U"),
    "ceiling_entries.row": Column(axis="ceiling_entries", of="ceilings"),
    "ceiling_entries.need": Column(axis="ceiling_entries", of="needs"),
    "ceiling_entries.per_need": Column(axis="ceiling_entries", most=2**31),
    "ceiling_entries.per_fen": Column(axis="ceiling_entries", most=2**31),
    "levels.fulfilment": Column(axis="needs", least=-(2**60), most=2**60, optional=True),
    "levels.fairness": Column(axis="needs", least=-(2**60), most=2**60, optional=True),
    "levels.pin": Column(axis="needs", least=-(2**60), most=2**60, optional=True),
    "fairness.step": Column(axis="communities", most=2**50, optional=True),
    "fairness.demand": Column(axis="communities", least=1, most=2**31, optional=True),
    "fairness.grain": Column(axis="communities", least=0, most=2**50, optional=True),
    "fairness.base": Column(axis="communities", most=2**24, optional=True),
    "floors.charity": Column(axis="money", of="charities"),
    "floors.missing": Column(axis="charities", most=_UNITS),
    "floors.worth": Column(axis="charities", most=2**40),
    "labels.needs": Column(axis="needs", kind="U", optional=True),
    "labels.slots": Column(axis="slots", kind="U", optional=True),
    "labels.volunteers": Column(axis="volunteers", kind="U", optional=True),
    "labels.funds": Column(axis="funds", kind="U", optional=True),
    "labels.items": Column(axis="items", kind="U", optional=True),
    "labels.stock": Column(axis="stock", kind="U", optional=True),
    "labels.communities": Column(axis="communities", kind="U", optional=True),
}
"""Members by name, in the order they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """
    How points are told to people.

    Parameters
    ----------
    sense
        ``max``: points earned. ``min``: cost, that is all points there are less those earned.
    scale
        Points in one unit of what is told.
    offset
        Units added to it.
    """

    sense: str = "max"
    scale: int = 1
    offset: int = 0

    def told(self, nano: int, total_nano: int) -> int | float:
        """
        Give nanopoints in units of the measure; a whole number where it is one.

        Parameters
        ----------
        total_nano
            Sum of ``worth.complete`` over all needs.
        """
        part = total_nano - nano if self.sense == "min" else nano
        unit = NANO * self.scale
        told = part + self.offset * unit
        return told // unit if told % unit == 0 else told / unit


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelFile:
    """A model with its labels (empty where it has none) and what its value is told in."""

    model: Model
    labels: Labels
    measure: Measure = field(default_factory=Measure)
    name: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all members and the measure."""
        measure = self.measure
        head = f"{FORMAT} {VERSION} {measure.sense} {measure.scale} {measure.offset}"
        return digest_of(members_of(self.model, self.labels), head)

    @property
    def total_nano(self) -> int:
        """Nanopoints of all needs together, as if each were complete for nothing."""
        return sum(self.model.worth.complete.tolist())


def no_labels() -> Labels:
    """Numbers are the names."""
    return Labels(needs=(), slots=(), volunteers=(), funds=(), items=(), stock=(), communities=())


def write_model(path: Path, file: ModelFile) -> None:
    """
    Write a model, whole or not at all.

    Raises
    ------
    InvalidInputError
        A label cannot be written.
    """
    write(path, model_meta(file), members_of(file.model, file.labels))


def model_meta(file: ModelFile) -> dict[str, object]:
    """Give ``meta.json`` of a model."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": file.name,
        "sense": file.measure.sense,
        "scale": file.measure.scale,
        "offset": file.measure.offset,
        "digest": file.digest,
    }


def read_model(path: Path) -> ModelFile:
    """
    Read a model and check that its indices, order and sums are what solvers rely on.

    Raises
    ------
    UnreadableFileError
        The file or one of its members is not what it must be; the error names the member.
    """
    contents = read(path)
    meta_of(contents, FORMAT, VERSION)
    check(contents, COLUMNS)
    measure = Measure(
        sense=word(contents, "sense", among=SENSES),
        scale=whole(contents, "scale", least=1, most=2**60),
        offset=whole(contents, "offset", least=-(2**62), most=2**62),
    )
    _check_order(contents)
    _check_sums(contents)
    arrays = contents.arrays
    return ModelFile(
        model=_model_from(arrays),
        labels=Labels(**{axis: strings(arrays[f"labels.{axis}"]) for axis in Labels.__slots__}),
        measure=measure,
        name=str(contents.meta.get("name", "")),
    )


def members_of(model: Model, labels: Labels) -> dict[str, Array]:
    """Give the arrays of a model by member name, in the order of :data:`COLUMNS`."""
    places, arcs, rows = model.people.places, model.people.arcs, model.rows
    supply, ceilings = model.supply, model.supply.ceilings
    found: dict[str, Array] = {
        "worth.complete": model.worth.complete,
        "worth.money_credit": model.worth.money_credit,
        "worth.item_credit": model.worth.item_credit,
        "slot_count": model.slot_count,
        "item_need": model.item_need,
        "community": model.community,
        "possible": model.possible,
        "in_play": model.in_play,
        "supply.parts": supply.parts,
        "supply.supplied": supply.supplied,
        "groups.need": places.group_need,
        "places.depth": model.people.depth,
        "arcs.escort": model.escort_arcs,
        "arcs.adult": model.adult_arcs,
        "ceilings.what": texts(ceilings.what, "ceilings.what"),
    }
    for level in Levels.__slots__:
        none = np.empty(0, dtype=np.int64)
        found[f"levels.{level}"] = none if model.levels is None else getattr(model.levels, level)
    for part in Fairness.__slots__:
        none = np.empty(0, dtype=np.int64)
        found[f"fairness.{part}"] = none if model.fairness is None else getattr(model.fairness, part)
    floors = model.floors or no_floors(len(supply.money))
    found |= {f"floors.{part}": getattr(floors, part) for part in Floors.__slots__}
    for axis in Labels.__slots__:
        found[f"labels.{axis}"] = texts(getattr(labels, axis), f"labels.{axis}")
    parts = {
        "places": places,
        "arcs": arcs,
        "rows": rows,
        "entries": rows,
        "money": supply.money,
        "goods": supply.goods,
        "ceilings": ceilings,
        "ceiling_entries": ceilings,
    }
    for member in COLUMNS:
        if member not in found:
            part, _, column = member.partition(".")
            found[member] = getattr(parts[part], column)
    return {member: plain(found[member]) for member in COLUMNS}


def _columns(kind: type[Any], *parts: str, arrays: dict[str, Array]) -> dict[str, Any]:
    """Members of a file that are fields of a class, by field."""
    members = ((field, f"{part}.{field}") for part in parts for field in kind.__slots__)
    return {field: arrays[member] for field, member in members if member in COLUMNS}


def _gifts(arrays: dict[str, Array], part: str) -> Gifts:
    columns = _columns(Gifts, part, arrays=arrays)
    return Gifts(**columns, first=offsets(columns["taker"], len(columns["asked"])))


def _model_from(arrays: dict[str, Array]) -> Model:
    ceilings = _columns(Ceilings, "ceilings", "ceiling_entries", arrays=arrays)
    ceilings["what"] = strings(ceilings["what"])
    levels, fairness, floors = (
        _columns(kind, kind.__name__.lower(), arrays=arrays) for kind in (Levels, Fairness, Floors)
    )
    return Model(
        worth=Worth(**_columns(Worth, "worth", arrays=arrays)),
        slot_count=arrays["slot_count"],
        item_need=arrays["item_need"],
        community=arrays["community"],
        people=People(
            places=Places(**_columns(Places, "places", arrays=arrays), group_need=arrays["groups.need"]),
            arcs=Arcs(**_columns(Arcs, "arcs", arrays=arrays)),
            depth=arrays["places.depth"],
        ),
        rows=Rows(**_columns(Rows, "rows", "entries", arrays=arrays)),
        supply=Supply(
            money=_gifts(arrays, "money"),
            goods=_gifts(arrays, "goods"),
            ceilings=Ceilings(**ceilings),
            parts=arrays["supply.parts"],
            supplied=arrays["supply.supplied"],
        ),
        possible=arrays["possible"],
        in_play=arrays["in_play"],
        escort_arcs=arrays["arcs.escort"],
        adult_arcs=arrays["arcs.adult"],
        levels=Levels(**levels) if len(levels["pin"]) else None,
        fairness=Fairness(**fairness) if len(fairness["step"]) else None,
        floors=Floors(**floors) if floors["worth"].any() else None,
    )


def _check_order(contents: Contents) -> None:
    """Refuse members whose order or whose links solvers could not rely on."""
    arrays = contents.arrays
    need, group = arrays["places.need"], arrays["places.group"]
    _ascending(contents, "places.need", need)
    _ascending(contents, "item_need", arrays["item_need"])
    _ascending(contents, "arcs.place", arrays["arcs.place"])
    if not np.array_equal(np.unique(group), np.arange(len(arrays["groups.need"]))):
        raise refuse(contents.name, "places.group", "not_sorted")
    _ascending(contents, "places.group", group)
    _agree(contents, "groups.need", arrays["groups.need"][group], need)
    size = np.bincount(group, minlength=len(arrays["groups.need"]))
    _agree(contents, "slot_count", arrays["slot_count"][arrays["groups.need"]], size)
    same_place = np.diff(arrays["arcs.place"]) == 0
    if (same_place & (np.diff(arrays["arcs.points"]) > 0)).any():
        raise refuse(contents.name, "arcs.points", "not_sorted")
    for part in ("money", "goods"):
        key = arrays[f"{part}.taker"] * (len(arrays[f"{part}.held"]) + 1) + arrays[f"{part}.giver"]
        if (np.diff(key) <= 0).any():
            raise refuse(contents.name, f"{part}.taker", "not_sorted")
    entry = arrays["entries.row"] * (len(arrays["arcs.place"]) + 1) + arrays["entries.arc"]
    if len(np.unique(entry)) != len(entry):
        raise refuse(contents.name, "entries.arc", "twice")
    if (arrays["arcs.escort"] & (size[group[arrays["arcs.place"]]] < 2)).any():
        raise refuse(contents.name, "arcs.escort", "contradicts", other="places.group")
    for part_of in (Levels, Fairness):
        members = [f"{part_of.__name__.lower()}.{part}" for part in part_of.__slots__]
        for member in members:
            if len(arrays[member]) != len(arrays[members[0]]):
                raise refuse(contents.name, member, "wrong_length", expected=len(arrays[members[0]]))
    if len(arrays["levels.pin"]):
        told = arrays["levels.fulfilment"] + arrays["levels.fairness"] + arrays["levels.pin"]
        _agree(contents, "worth.complete", arrays["worth.complete"], told, other="levels.fulfilment")
    staffed = np.zeros(len(arrays["slot_count"]), dtype=np.bool_)
    staffed[arrays["groups.need"]] = True
    if (arrays["possible"] & ~staffed & (arrays["slot_count"] > 0)).any():
        raise refuse(contents.name, "possible", "contradicts", other="groups.need")


def _ascending(contents: Contents, member: str, array: IntArray) -> None:
    below = np.flatnonzero(np.diff(array) < 0)
    if len(below):
        raise refuse(contents.name, member, "not_sorted", row=int(below[0]) + 1)


def _agree(
    contents: Contents, member: str, one: IntArray, two: IntArray, *, other: str = "places.need"
) -> None:
    apart = np.flatnonzero(one != two)
    if len(apart):
        raise refuse(contents.name, member, "contradicts", row=int(apart[0]), other=other)


def _check_sums(contents: Contents) -> None:
    """Refuse figures whose sums by taker or row would not fit 64 bits; floats are near enough for that."""
    arrays = contents.arrays
    sums: dict[str, Array] = {
        "entries.coefficient": np.bincount(arrays["entries.row"], arrays["entries.coefficient"])
    }
    for part, credit in (("money", "worth.money_credit"), ("goods", "worth.item_credit")):
        taker, giver = arrays[f"{part}.taker"], arrays[f"{part}.giver"]
        most = arrays[f"{part}.most"].astype(np.float64)
        unit = np.abs(arrays[f"{part}.cost"].astype(np.float64)) + arrays[credit].astype(np.float64)[taker]
        sums[f"{part}.cost"] = np.bincount(taker, most * unit)
        sums[f"{part}.most"] = np.bincount(giver, most)
    step, demand, grain, base = (arrays[f"fairness.{part}"].astype(np.float64) for part in Fairness.__slots__)
    if len(step):
        members = np.bincount(arrays["community"][arrays["community"] >= 0], minlength=len(step))
        sums["fairness.step"] = step / demand * 2 * (base + members) * grain * _MOST_TIMES
    if base.sum() >= _MOST_BASE:
        raise refuse(contents.name, "fairness.base", "too_large")
    for member, total in sums.items():
        if total.max(initial=0) >= _SUM:
            raise refuse(contents.name, member, "too_large")
