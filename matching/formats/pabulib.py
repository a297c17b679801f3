"""Participatory budgets of Pabulib: which projects to pay from one budget, for the most votes."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from domain.errors import UnreadableFileError
from matching.arrays import IntArray, offsets
from matching.files.model import Measure, ModelFile
from matching.formats.numbers import MOST_NUMBER, text_of
from matching.model import NANO, Arcs, Ceilings, Gifts, Labels, Model, People, Places, Rows, Supply, Worth

_SECTIONS = ("META", "PROJECTS", "VOTES")
_FEN = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BudgetInstance:
    """Projects with their costs and votes; amounts in hundredths of the file's currency."""

    name: str
    budget: int
    projects: list[str]
    cost: IntArray
    votes: IntArray


def read_pabulib(path: Path) -> BudgetInstance:
    """
    Read a ``.pb`` file: sections META, PROJECTS and VOTES, cells apart by semicolons.

    Votes are those of the column ``votes``; where a file has none, the ballots that name a project are counted.

    Raises
    ------
    UnreadableFileError
        It is no such file; the error names the section or cell.

    Notes
    -----
    Stolicki, Szufa, Talmon, "Pabulib: A Participatory Budgeting Library", arXiv 2012.06539; pabulib.org/format.
    """
    sections = _sections(path)
    budget = next((row[1] for row in sections["META"] if len(row) > 1 and row[0].strip() == "budget"), None)
    if budget is None:
        raise _error(path, "META: budget", "absent_member")
    rows = sections["PROJECTS"]
    head = {name.strip(): column for column, name in enumerate(rows[0])} if rows else {}
    if not {"project_id", "cost"} <= set(head):
        raise _error(path, "PROJECTS: project_id, cost", "absent_member")
    body = rows[1:]
    if any(len(row) <= max(head["project_id"], head["cost"], head.get("votes", 0)) for row in body):
        raise _error(path, "PROJECTS", "wrong_length")
    projects = [row[head["project_id"]].strip() for row in body]
    if len(set(projects)) != len(projects):
        raise _error(path, "PROJECTS: project_id", "twice")
    told = [row[head["votes"]].strip() for row in body] if "votes" in head else [""] * len(body)
    if all(told):
        votes = [_number(path, "PROJECTS: votes", cell, 1) for cell in told]
    else:  # what is not told is counted
        counted = _counted(path, sections["VOTES"], projects)
        votes = [
            _number(path, "PROJECTS: votes", cell, 1) if cell else count
            for cell, count in zip(told, counted, strict=True)
        ]
    return BudgetInstance(
        name=path.stem,
        budget=_number(path, "META: budget", budget, _FEN),
        projects=projects,
        cost=np.array(
            [_number(path, "PROJECTS: cost", row[head["cost"]], _FEN) for row in body], dtype=np.int64
        ),
        votes=np.array(votes, dtype=np.int64),
    )


def _sections(path: Path) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] | None = None
    for row in _rows(path):
        if len(row) == 1 and row[0].strip().upper() in _SECTIONS:
            rows = found.setdefault(row[0].strip().upper(), [])
        elif rows is not None and row:
            rows.append(row)
    for section in _SECTIONS[:2]:
        if not found.get(section):
            raise _error(path, section, "absent_member")
    found.setdefault("VOTES", [])
    return found


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text_of(path), newline=""), delimiter=";")
    except csv.Error as error:
        raise _error(path, "rows", "damaged") from error


def _counted(path: Path, rows: list[list[str]], projects: list[str]) -> list[int]:
    head = [name.strip() for name in rows[0]] if rows else []
    if "vote" not in head:
        raise _error(path, "VOTES: vote", "absent_member")
    count = dict.fromkeys(projects, 0)
    for row in rows[1:]:
        for project in row[head.index("vote")].split(",") if len(row) > head.index("vote") else ():
            if project.strip() in count:
                count[project.strip()] += 1
    return list(count.values())


def _number(path: Path, part: str, cell: str, times: int) -> int:
    try:
        value = Decimal(cell.strip()) * times
    except InvalidOperation as error:
        raise _error(path, part, "not_a_number", found=cell[:40]) from error
    if not value.is_finite() or not 0 <= value <= MOST_NUMBER:
        raise _error(path, part, "out_of_range", found=cell[:40])
    return int(value.to_integral_value())


def _error(path: Path, part: str, reason: str, **context: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name}: {part}: {reason.replace('_', ' ')}",
        file=path.name,
        part=part,
        reason=reason,
        **context,
    )


def budget_model(instance: BudgetInstance) -> ModelFile:
    """Make the model: a project is a need of money alone, all or nothing; the budget is the only fund."""
    cost, count = instance.cost, len(instance.projects)
    every, none = np.arange(count, dtype=np.int64), np.zeros(0, dtype=np.int64)
    asking = every[cost > 0]
    possible = cost <= instance.budget
    money = Gifts(
        taker=asking,
        giver=asking * 0,
        most=np.minimum(cost[asking], instance.budget),
        cost=asking * 0,
        asked=cost,
        held=np.array([instance.budget], dtype=np.int64),
        first=offsets(asking, count),
    )
    goods = Gifts(taker=none, giver=none, most=none, cost=none, asked=none, held=none, first=offsets(none, 0))
    nobody = np.zeros(0, dtype=np.bool_)
    model = Model(
        worth=Worth(complete=instance.votes * NANO, money_credit=every * 0, item_credit=none),
        slot_count=every * 0,
        item_need=none,
        community=every * 0 - 1,
        people=People(
            places=Places(
                need=none,
                slot=none,
                option=none,
                start_min=none,
                end_min=none,
                group=none,
                group_need=none,
                tail=none,
            ),
            arcs=Arcs(place=none, volunteer=none, distance_m=none, points=none),
            depth=none,
        ),
        rows=Rows(row=none, arc=none, coefficient=none, cap=none, volunteer=none),
        supply=Supply(
            money=money,
            goods=goods,
            ceilings=Ceilings(
                row=none, need=none, per_need=none, per_fen=none, cap=none, subject=none, what=[]
            ),
            parts=np.zeros(count, dtype=np.bool_),
            supplied=possible,
        ),
        possible=possible,
        in_play=possible,
        escort_arcs=nobody,
        adult_arcs=nobody,
    )
    labels = Labels(
        needs=instance.projects, slots=(), volunteers=(), funds=["budget"], items=(), stock=(), communities=()
    )
    return ModelFile(model=model, labels=labels, measure=Measure(), name=instance.name)
