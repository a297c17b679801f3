"""
Linear and mixed-integer programmes of a component, solved by HiGHS as SciPy ships it.

The columns are needs ``z``, team start times ``p``, arcs ``x`` and shares of money and goods; the links
between them are the strong ones (shares never exceed the need's own ``z``). HiGHS answers in floating
point: its points are rounded and repaired, its bound is used only beside our own and marked as its word.
"""

from dataclasses import dataclass, field

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray
from matching.model import NANO, Gifts, People, Rows, Supply, Worth, arcs_of
from matching.solvers.bound import MOST_PRICE, Prices, no_prices
from matching.solvers.programmes.highs import Matrix, best_point, upper_duals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """
    What a programme is about.

    ``needs`` are need indices, ``possible`` marks (over all needs) which may be complete, ``complete`` is
    what completeness earns in nanopoints. ``arcs`` are arc indices of the people side, empty to leave
    people out.
    """

    needs: IntArray
    possible: BoolArray
    complete: IntArray
    arcs: IntArray
    escort_arcs: BoolArray
    adult_arcs: BoolArray
    with_supply: bool


@dataclass
class _Columns:
    objective: list[FloatArray] = field(default_factory=list[FloatArray])
    upper: list[FloatArray] = field(default_factory=list[FloatArray])
    whole: list[IntArray] = field(default_factory=list[IntArray])
    count: int = 0

    def add(self, objective: FloatArray, upper: FloatArray, *, whole: bool) -> IntArray:
        first = self.count
        self.count += len(objective)
        self.objective.append(objective)
        self.upper.append(upper)
        self.whole.append(np.full(len(objective), int(whole), dtype=np.int64))
        return np.arange(first, self.count, dtype=np.int64)


@dataclass
class _RowBlock:
    row: list[IntArray] = field(default_factory=list[IntArray])
    column: list[IntArray] = field(default_factory=list[IntArray])
    value: list[FloatArray] = field(default_factory=list[FloatArray])
    low: list[FloatArray] = field(default_factory=list[FloatArray])
    high: list[FloatArray] = field(default_factory=list[FloatArray])
    count: int = 0

    def open(self, low: FloatArray, high: FloatArray) -> int:
        first = self.count
        self.count += len(low)
        self.low.append(low)
        self.high.append(high)
        return first

    def put(self, row: IntArray, column: IntArray, value: FloatArray) -> None:
        self.row.append(row)
        self.column.append(column)
        self.value.append(value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Programme:
    """A matrix in points, and where its columns and coupling rows stand: (first row, members[, scale])."""

    matrix: Matrix
    z: IntArray
    x: IntArray
    people_rows: tuple[int, IntArray]
    money_rows: tuple[int, IntArray, FloatArray]
    goods_rows: tuple[int, IntArray, FloatArray]
    ceiling_rows: tuple[int, IntArray, FloatArray]


def _ones(count: int) -> FloatArray:
    return np.ones(count, dtype=np.float64)


def _infinite(count: int) -> FloatArray:
    return np.full(count, np.inf)


def _index(members: IntArray, size: int) -> IntArray:
    at = np.full(size, -1, dtype=np.int64)
    at[members] = np.arange(len(members))
    return at


def _add_people(
    columns: _Columns,
    rows: _RowBlock,
    people: People,
    bound_rows: Rows,
    scope: Scope,
    *,
    z_of: IntArray,
) -> tuple[IntArray, tuple[int, IntArray]]:
    places, arcs = people.places, people.arcs
    x = columns.add(arcs.points[scope.arcs].astype(np.float64), _ones(len(scope.arcs)), whole=True)
    x_of = _index(scope.arcs, len(arcs))
    place = arcs.place[scope.arcs]
    members = np.flatnonzero(z_of[places.need] >= 0)
    group_ids = np.unique(places.group[members])
    size = np.bincount(places.group, minlength=len(places.group_need))
    team_groups = group_ids[size[group_ids] >= 2]
    p = columns.add(np.zeros(len(team_groups)), _ones(len(team_groups)), whole=True)
    p_of = np.full(len(places.group_need), -1, dtype=np.int64)
    p_of[team_groups] = p
    # one slot: the arcs of all start times together fill the need
    single = members[size[places.group[members]] == 1]
    needs = np.unique(places.need[single])
    first = rows.open(np.zeros(len(needs)), np.zeros(len(needs)))
    row_of = _index(needs, len(z_of))
    inside = size[places.group[place]] == 1
    rows.put(first + row_of[places.need[place[inside]]], x[inside], _ones(int(inside.sum())))
    rows.put(first + np.arange(len(needs)), z_of[needs], -_ones(len(needs)))
    # teams: every place of the chosen start time is filled
    team = members[size[places.group[members]] >= 2]
    first = rows.open(np.zeros(len(team)), np.zeros(len(team)))
    place_row = _index(team, len(places))
    rows.put(first + place_row[place[~inside]], x[~inside], _ones(int((~inside).sum())))
    rows.put(first + np.arange(len(team)), p_of[places.group[team]], -_ones(len(team)))
    needs = np.unique(places.group_need[team_groups])
    first = rows.open(np.zeros(len(needs)), np.zeros(len(needs)))
    row_of = _index(needs, len(z_of))
    rows.put(first + row_of[places.group_need[team_groups]], p, _ones(len(p)))
    rows.put(first + np.arange(len(needs)), z_of[needs], -_ones(len(needs)))
    _link_teams(rows, people, scope, x, p_of, place=place, single=inside)
    keep = x_of[bound_rows.arc] >= 0
    used = np.unique(bound_rows.row[keep])
    at = _index(used, len(bound_rows))
    first = rows.open(-_infinite(len(used)), bound_rows.cap[used].astype(np.float64))
    rows.put(
        first + at[bound_rows.row[keep]],
        x[x_of[bound_rows.arc[keep]]],
        bound_rows.coefficient[keep].astype(np.float64),
    )
    return x, (first, used)


def _link_teams(
    rows: _RowBlock,
    people: People,
    scope: Scope,
    x: IntArray,
    p_of: IntArray,
    *,
    place: IntArray,
    single: BoolArray,
) -> None:
    """Let a volunteer fill one slot of a team, and minors who need an escort come only with an adult."""
    group = people.places.group[place[~single]]
    volunteer = people.arcs.volunteer[scope.arcs][~single]
    columns = x[~single]
    key = group * (int(people.arcs.volunteer.max(initial=0)) + 1) + volunteer
    unique, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    twice = np.flatnonzero(count >= 2)
    at = _index(twice, len(unique))
    inside = at[inverse] >= 0
    first = rows.open(-_infinite(len(twice)), np.zeros(len(twice)))
    rows.put(first + at[inverse[inside]], columns[inside], _ones(int(inside.sum())))
    lead = np.full(len(twice), -1, dtype=np.int64)
    lead[at[inverse[inside]]] = p_of[group[inside]]
    rows.put(first + np.arange(len(twice)), lead, -_ones(len(twice)))
    escorted = np.unique(group[scope.escort_arcs[scope.arcs][~single]])
    at = _index(escorted, len(people.places.group_need))
    first = rows.open(np.zeros(len(escorted)), _infinite(len(escorted)))
    adults = scope.adult_arcs[scope.arcs][~single] & (at[group] >= 0)
    rows.put(first + at[group[adults]], columns[adults], _ones(int(adults.sum())))
    rows.put(first + np.arange(len(escorted)), p_of[escorted], -_ones(len(escorted)))


def _add_gifts(
    columns: _Columns,
    rows: _RowBlock,
    gifts: Gifts,
    takers: IntArray,
    credit: IntArray,
    *,
    z_column: IntArray,
    parts: BoolArray,
) -> tuple[IntArray, IntArray, tuple[int, IntArray, FloatArray]]:
    """Shares of what each taker asks. ``z_column`` and ``parts`` are by taker."""
    arcs = arcs_of(gifts, takers)
    taker, giver = gifts.taker[arcs], gifts.giver[arcs]
    asked = gifts.asked[taker].astype(np.float64)
    most = gifts.most[arcs] / asked
    gain = (credit[taker] - gifts.cost[arcs]) * asked / NANO
    shares = columns.add(gain, np.minimum(most, 1.0), whole=False)
    at = _index(takers, len(gifts.asked))
    # complete needs get all they ask; others get nothing unless they take parts
    first = rows.open(np.zeros(len(takers)), np.where(parts[takers], 1.0, 0.0))
    rows.put(first + at[taker], shares, _ones(len(shares)))
    both = parts[takers]
    rows.put(first + np.flatnonzero(~both), z_column[takers[~both]], -_ones(int((~both).sum())))
    partial = takers[both]
    again = rows.open(np.zeros(len(partial)), _infinite(len(partial)))
    at_partial = _index(partial, len(gifts.asked))
    inside = at_partial[taker] >= 0
    rows.put(again + at_partial[taker[inside]], shares[inside], _ones(int(inside.sum())))
    rows.put(again + np.arange(len(partial)), z_column[partial], -_ones(len(partial)))
    linked = np.flatnonzero((most < 1.0) & ~parts[taker])
    first = rows.open(-_infinite(len(linked)), np.zeros(len(linked)))
    rows.put(first + np.arange(len(linked)), shares[linked], _ones(len(linked)))
    rows.put(first + np.arange(len(linked)), z_column[taker[linked]], -most[linked])
    demand = np.zeros(len(gifts.held))
    np.add.at(demand, giver, gifts.most[arcs].astype(np.float64))
    binding = np.flatnonzero(demand > gifts.held)
    at = _index(binding, len(gifts.held))
    scale = np.maximum(gifts.held[binding].astype(np.float64), 1.0)
    inside = at[giver] >= 0
    first = rows.open(-_infinite(len(binding)), gifts.held[binding] / scale)
    rows.put(first + at[giver[inside]], shares[inside], asked[inside] / scale[at[giver[inside]]])
    return arcs, shares, (first, binding, scale)


def programme_of(
    worth: Worth,
    people: People,
    bound_rows: Rows,
    supply: Supply,
    items_need: IntArray,
    *,
    scope: Scope,
) -> Programme:
    """Write a scope as a matrix."""
    columns, rows = _Columns(), _RowBlock()
    n_needs = len(worth.complete)
    can = scope.possible[scope.needs]
    z = columns.add(scope.complete[scope.needs] / NANO, can.astype(np.float64), whole=True)
    z_of = np.full(n_needs, -1, dtype=np.int64)
    z_of[scope.needs] = z
    x = np.empty(0, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    people_rows, money_rows = (0, nothing), (0, nothing, np.empty(0))
    goods_rows, ceiling_rows = money_rows, money_rows
    if len(scope.arcs):
        x, people_rows = _add_people(columns, rows, people, bound_rows, scope, z_of=z_of)
    if scope.with_supply:
        inside = np.zeros(n_needs, dtype=np.bool_)
        inside[scope.needs] = True
        payable = np.flatnonzero(inside & (supply.money.asked > 0))
        arcs, shares, money_rows = _add_gifts(
            columns, rows, supply.money, payable, worth.money_credit, z_column=z_of, parts=supply.parts
        )
        items = np.flatnonzero(inside[items_need])
        _, _, goods_rows = _add_gifts(
            columns,
            rows,
            supply.goods,
            items,
            worth.item_credit,
            z_column=z_of[items_need],
            parts=supply.parts[items_need],
        )
        ceiling_rows = _add_ceilings(rows, supply, inside, z_of, arcs, shares=shares)
    matrix = Matrix(
        row=np.concatenate([nothing, *rows.row]),
        column=np.concatenate([nothing, *rows.column]),
        value=np.concatenate([np.empty(0), *rows.value]),
        low=np.concatenate([np.empty(0), *rows.low]),
        high=np.concatenate([np.empty(0), *rows.high]),
        objective=np.concatenate(columns.objective),
        upper=np.concatenate(columns.upper),
        whole=np.concatenate(columns.whole),
    )
    return Programme(
        matrix=matrix,
        z=z,
        x=x,
        people_rows=people_rows,
        money_rows=money_rows,
        goods_rows=goods_rows,
        ceiling_rows=ceiling_rows,
    )


def _add_ceilings(
    rows: _RowBlock, supply: Supply, inside: BoolArray, z_of: IntArray, arcs: IntArray, *, shares: IntArray
) -> tuple[int, IntArray, FloatArray]:
    ceilings, money = supply.ceilings, supply.money
    entries = np.flatnonzero(inside[ceilings.need])
    used = np.unique(ceilings.row[entries])
    at = _index(used, len(ceilings))
    scale = np.maximum(ceilings.cap[used].astype(np.float64), 1.0)
    first = rows.open(-_infinite(len(used)), ceilings.cap[used] / scale)
    need, row = ceilings.need[entries], at[ceilings.row[entries]]
    by_parts = supply.parts[need] & (ceilings.per_fen[entries] > 0)
    whole = ceilings.per_need[entries] + np.where(by_parts, 0, ceilings.per_fen[entries] * money.asked[need])
    rows.put(first + row, z_of[need], whole / scale[row])
    for entry in np.flatnonzero(by_parts).tolist():
        mine = np.flatnonzero(money.taker[arcs] == need[entry])
        fen = money.asked[need[entry]] / scale[row[entry]]
        rows.put(np.full(len(mine), first + row[entry]), shares[mine], np.full(len(mine), fen))
    return first, used, scale


def relaxed_prices(programme: Programme, rows: Rows, supply: Supply, time_s: float) -> Prices | None:
    """
    Prices of the coupling rows from the linear relaxation, rounded to nanopoints; None if time ran out.

    They need not be exact: any prices give a valid bound.
    """
    dual = upper_duals(programme.matrix, time_s)
    if dual is None:
        return None
    prices = no_prices(rows, supply)

    def put(into: IntArray, first: int, which: IntArray, scale: FloatArray) -> None:
        price = np.rint(dual[first : first + len(which)] / scale * NANO)
        into[which] = np.clip(price, 0, MOST_PRICE).astype(np.int64)

    first, which = programme.people_rows
    put(prices.people, first, which, _ones(len(which)))
    put(prices.money, *programme.money_rows)
    put(prices.goods, *programme.goods_rows)
    put(prices.ceilings, *programme.ceiling_rows)
    return prices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A rounded point (or None) and HiGHS' own word on the best possible, in points."""

    z: BoolArray | None
    x: BoolArray | None
    bound_points: float
    nodes: int


def whole_answer(programme: Programme, *, gap: float, time_s: float, node_limit: int) -> Answer:
    """Solve as a mixed-integer programme. Stops by gap or nodes; the time limit is the last resort."""
    if not len(programme.matrix.objective):
        nothing = np.empty(0, dtype=np.bool_)
        return Answer(z=nothing, x=nothing, bound_points=0.0, nodes=0)
    point = best_point(programme.matrix, gap=gap, time_s=time_s, node_limit=node_limit)
    if point.x is None:
        return Answer(z=None, x=None, bound_points=point.bound, nodes=point.nodes)
    taken = point.x > 0.5
    return Answer(z=taken[programme.z], x=taken[programme.x], bound_points=point.bound, nodes=point.nodes)
