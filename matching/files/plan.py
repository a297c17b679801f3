"""A plan on disk: format ``zhulian-plan``, with the prices that prove its bound."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.checker import VERSION as CHECKER_VERSION
from matching.checker import plan_head
from matching.files.container import Array, Contents, digest_of, plain, read, refuse, write
from matching.files.model import ModelFile
from matching.files.schema import Column, check, meta_of, whole, word
from matching.model import NANO, Draft, Model, empty_draft
from matching.solvers.bound import Prices

FORMAT = "zhulian-plan"
VERSION = 3

_NANO_MOST = 2**70

COLUMNS: dict[str, Column] = {
    "complete": Column(axis="complete"),
    "chosen": Column(axis="chosen"),
    "money.arc": Column(axis="money"),
    "money.fen": Column(axis="money", least=1),
    "goods.arc": Column(axis="goods"),
    "goods.pieces": Column(axis="goods", least=1),
    "prices.people": Column(axis="rows"),
    "prices.money": Column(axis="funds"),
    "prices.goods": Column(axis="stock"),
    "prices.ceilings": Column(axis="ceilings"),
    "prices.communities": Column(axis="communities"),
    "prices.floors": Column(axis="charities"),
    "prices.needs": Column(axis="needs", least=-1),
}
"""Members by name, in the order they are written."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanFile:
    """
    A draft of a model with what is claimed about it.

    Parameters
    ----------
    value, bound, own_bound
        Nanopoints. ``own_bound`` is what our own arithmetic proves from ``prices``; ``bound`` may be a solver's.
    status
        ``OPTIMAL``, ``WITHIN_GAP`` or ``STOPPED``.
    about
        Further words and figures, such as the round's policy; the checker does not read them.
    """

    draft: Draft
    prices: Prices
    value: int
    bound: int
    own_bound: int
    status: str
    about: dict[str, Any] = field(default_factory=dict[str, Any])


def write_plan(
    path: Path, file: ModelFile, plan: PlanFile, *, model_path: str = "", round_json: bytes | None = None
) -> None:
    """
    Write a plan, whole or not at all.

    Parameters
    ----------
    model_path
        Where the model's file is, relative to the plan's.
    round_json
        The plan of a round in words and ids; its SHA-256 stands in ``meta.json``.
    """
    meta, arrays = plan_members(file, plan, model_path=model_path, round_json=round_json)
    write(path, meta, arrays, round_json=round_json)


def plan_members(
    file: ModelFile, plan: PlanFile, *, model_path: str = "", round_json: bytes | None = None
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Give ``meta.json`` and the arrays of a plan's file."""
    arrays = _members(plan, file.model)
    measure, total = file.measure, file.total_nano
    value, bound = measure.told(plan.value, total), measure.told(plan.bound, total)
    meta: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "checker": CHECKER_VERSION,
        "model": file.digest,
        "model_path": model_path,
        "value": plan.value,
        "bound": plan.bound,
        "own_bound": plan.own_bound,
        "value_told": value,
        "bound_told": bound,
        "gap": told_gap(measure.sense, value, bound),
        "status": plan.status,
        "round": None if round_json is None else hashlib.sha256(round_json).hexdigest(),
        "about": plan.about,
    }
    meta = json.loads(json.dumps(meta))  # what JSON changes on its way must not change the digest
    return {**meta, "digest": digest_of(arrays, plan_head(meta))}, arrays


def plan_of(
    file: ModelFile,
    *,
    draft: Draft,
    prices: Prices,
    value: int,
    bound: int,
    own_bound: int,
    gap: float,
    about: dict[str, Any],
) -> PlanFile:
    """
    Give a draft as what is written of it: bounds rounded to values there could be, and the status they prove.

    Parameters
    ----------
    gap
        Proven fraction, of what is told, up to which a plan is ``WITHIN_GAP``.
    """
    measure, total = file.measure, file.total_nano
    bound, own_bound = whole_bound(file.model, bound), whole_bound(file.model, own_bound)
    missing = told_gap(measure.sense, measure.told(value, total), measure.told(bound, total))
    return PlanFile(
        draft=draft,
        prices=prices,
        value=value,
        bound=min(bound, own_bound),
        own_bound=own_bound,
        status="OPTIMAL" if bound == value else "WITHIN_GAP" if missing <= gap else "STOPPED",
        about=about,
    )


def told_gap(sense: str, value: float, bound: float) -> float:
    """Give the proven fraction that may be missing: of the bound for ``max``, of the cost for ``min``."""
    if value == bound:
        return 0.0
    most = value if sense == "min" else bound
    apart = value - bound if sense == "min" else bound - value
    return apart / most if most else float("inf")


def whole_bound(model: Model, bound: int) -> int:
    """
    Round a bound down to a value that a plan could have.

    Every value is a multiple of the greatest common divisor of all that can be earned or paid.
    """
    worth, supply = model.worth, model.supply
    found = [worth.complete, model.people.arcs.points * NANO]
    if model.fairness is not None:
        found.append(model.fairness.grain)
    if model.floors is not None:
        found.append(model.floors.worth)
    for gifts, credit in ((supply.money, worth.money_credit), (supply.goods, worth.item_credit)):
        if len(gifts):
            found += [credit, gifts.cost]
    grain = max(1, int(np.gcd.reduce([int(np.gcd.reduce(each, initial=0)) for each in found])))
    return bound // grain * grain


def read_plan(path: Path, file: ModelFile) -> PlanFile:
    """
    Read a plan of a model.

    Raises
    ------
    UnreadableFileError
        The file or one of its members is not what it must be, or the plan is of another model.
    """
    contents = read(path)
    meta_of(contents, FORMAT, VERSION)
    check(contents, COLUMNS)
    if word(contents, "model") != file.digest:
        raise refuse(contents.name, "meta.json: model", "other_model")
    model, arrays = file.model, contents.arrays
    draft = empty_draft(model)
    _mark(contents, "complete", draft.complete)
    _mark(contents, "chosen", draft.chosen)
    for part, amount, into in (("money", "fen", draft.money), ("goods", "pieces", draft.goods)):
        arc = _inside(contents, f"{part}.arc", len(into))
        into[arc] = arrays[f"{part}.{amount}"]
    supply, communities = model.supply, 0 if model.fairness is None else len(model.fairness)
    prices = Prices(
        people=_sized(contents, "prices.people", len(model.rows)),
        money=_sized(contents, "prices.money", len(supply.money.held)),
        goods=_sized(contents, "prices.goods", len(supply.goods.held)),
        ceilings=_sized(contents, "prices.ceilings", len(supply.ceilings)),
        communities=_sized(contents, "prices.communities", communities),
        floors=_sized(contents, "prices.floors", _floors(model)),
        needs=_sized(contents, "prices.needs", len(model)),
    )
    about = contents.meta.get("about")
    return PlanFile(
        draft=draft,
        prices=prices,
        value=whole(contents, "value", least=-_NANO_MOST, most=_NANO_MOST),
        bound=whole(contents, "bound", least=-_NANO_MOST, most=_NANO_MOST),
        own_bound=whole(contents, "own_bound", least=-_NANO_MOST, most=_NANO_MOST),
        status=word(contents, "status", among=("OPTIMAL", "WITHIN_GAP", "STOPPED")),
        about=about if isinstance(about, dict) else {},
    )


def _members(plan: PlanFile, model: Model) -> dict[str, Array]:
    draft, prices = plan.draft, plan.prices
    communities = 0 if model.fairness is None else len(model.fairness)
    money, goods = np.flatnonzero(draft.money), np.flatnonzero(draft.goods)
    found = {
        "complete": np.flatnonzero(draft.complete),
        "chosen": np.flatnonzero(draft.chosen),
        "money.arc": money,
        "money.fen": draft.money[money],
        "goods.arc": goods,
        "goods.pieces": draft.goods[goods],
        "prices.people": prices.people,
        "prices.money": prices.money,
        "prices.goods": prices.goods,
        "prices.ceilings": prices.ceilings,
        "prices.communities": prices.communities
        if len(prices.communities)
        else np.zeros(communities, dtype=np.int64),
        "prices.floors": prices.floors if len(prices.floors) else np.zeros(_floors(model), dtype=np.int64),
        "prices.needs": prices.needs if len(prices.needs) else np.full(len(model), -1, dtype=np.int64),
    }
    return {member: plain(found[member]) for member in COLUMNS}


def _floors(model: Model) -> int:
    return 1 if model.floors is None else len(model.floors)


def _inside(contents: Contents, member: str, size: int) -> IntArray:
    index = contents.arrays[member]
    if len(index) and (int(index.max()) >= size or (np.diff(index) <= 0).any()):
        raise refuse(contents.name, member, "out_of_range", most=size - 1)
    return index


def _mark(contents: Contents, member: str, into: BoolArray) -> None:
    into[_inside(contents, member, len(into))] = True


def _sized(contents: Contents, member: str, size: int) -> IntArray:
    array = contents.arrays[member]
    if len(array) != size:
        raise refuse(contents.name, member, "wrong_length", expected=size, found=len(array))
    return array
