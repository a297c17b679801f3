"""
What must hold of giving after a process died: the graph beside the ledger, and both beside what clients were told.

The entries of every allocation are exactly those of its state, no fund or need gave or got a fen too much, what was
acknowledged is there, and what was never asked for is not.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from domain.allocations import ALLOCATION_TRANSITIONS, PAID_OUT, SET_ASIDE, AllocationState
from graph import audit
from graph.ledger.proof import prove
from graph.ports import Access, GraphStore, Statement

_ALLOCATIONS = Statement(
    "MATCH (n:Allocation) RETURN n.id AS id, n.need_id AS need_id, n.fund_id AS fund_id, n.state AS state,"
    " n.earmark_id AS earmark_id, n.amount_fen AS fen, n.clawed_back_fen AS back_fen, n.version AS version",
    Access.READ,
)
_ENTRIES = Statement(
    "MATCH (n:FundEntry) WHERE n.source_kind = $source RETURN n.source_id AS source_id, n.kind AS kind,"
    " n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.amount_fen AS fen",
    Access.READ,
)
_DONATIONS = Statement(
    "MATCH (n:Donation) RETURN n.id AS id, n.state AS state, n.amount_fen AS fen, n.refunded_fen AS refunded_fen,"
    " n.donor_name AS donor",
    Access.READ,
)
_BALANCES = Statement(
    "MATCH (n:FundBalance) RETURN n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.account AS account,"
    " n.balance_fen AS fen",
    Access.READ,
)
_MOVED: dict[AllocationState, set[str]] = {
    **{state: {"RESERVE"} for state in SET_ASIDE},
    **{state: {"RESERVE", "DISBURSE"} for state in PAID_OUT},
    AllocationState.RELEASED: {"RESERVE", "RELEASE"},
    AllocationState.CLAWED_BACK: {"RESERVE", "DISBURSE", "CLAW_BACK"},
}
Told = Mapping[str, Mapping[str, Any]]


async def compared(
    store: GraphStore,
    *,
    gifts: Told,
    donations: Told,
    under_way: Collection[str],
    ticked: bool,
    asked_fen: int,
    whole: bool,
) -> dict[str, Any]:
    """
    Prove the ledger and compare it with the allocations and gifts, and those with what was told.

    Parameters
    ----------
    gifts, donations
        What clients were told last, by id.
    under_way
        Needs, and donors, that somebody asks something about and has no answer yet.
    ticked
        The clock may have struck what was kept too long.
    whole
        The audit chain is walked too.

    Raises
    ------
    SystemExit
        Anything differs; the message names it.
    """
    proof = await prove(store)
    _require(proof.holds, f"the ledger does not hold: {proof.findings[:3]}")
    rows = {str(row["id"]): row for row in await store.read(lambda tx: tx.run(_ALLOCATIONS))}
    await _require_entries(store, rows)
    await _require_books(store, rows)
    got: dict[str, int] = defaultdict(int)
    for row in rows.values():
        if AllocationState(str(row["state"])) in SET_ASIDE | PAID_OUT:
            got[str(row["need_id"])] += int(str(row["fen"]))
    over = {need: fen for need, fen in got.items() if fen > asked_fen}
    _require(not over, f"needs got more than they asked for: {over}")
    _require_told(rows, gifts, under_way, ticked=ticked)
    given = await _require_donations(store, donations, under_way)
    entries = await audit.verify(store) if whole else None
    _require(entries is None or entries.intact, f"the audit chain is broken: {entries}")
    return {
        "allocations": len(rows),
        "donations": given,
        "entries": proof.entries,
        "over_allocated_fen": sum(over.values()),
        "audit_entries": entries.entries if entries else 0,
    }


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


async def _require_entries(store: GraphStore, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Each allocation has the entries that its state and what came back of it stand for, in its own book."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in await store.read(lambda tx: tx.run(_ENTRIES, source="ALLOCATION")):
        found[str(entry["source_id"])].append(entry)
    _require(found.keys() <= rows.keys(), f"money moved for no allocation: {found.keys() - rows.keys()}")
    for key, row in rows.items():
        first, back = row["fen"] + (row["back_fen"] or 0), row["back_fen"] or 0
        moved: dict[str, int] = defaultdict(int)
        for entry in found[key]:
            moved[str(entry["kind"])] += int(str(entry["fen"]))
            place = (entry["fund_id"], entry["earmark_id"])
            _require(place == (row["fund_id"], row["earmark_id"]), f"{key} moved money of {place}")
        meant = dict.fromkeys(_MOVED[AllocationState(row["state"])], first)
        if row["state"] in PAID_OUT and back:
            meant["CLAW_BACK"] = back
        _require(moved == meant, f"{key} is {row['state']} and moved {dict(moved)}, not {meant}")


async def _require_books(store: GraphStore, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """What books keep aside is what allocations keep; nothing stands below zero."""
    kept: dict[tuple[str, str | None], int] = defaultdict(int)
    for row in rows.values():
        if AllocationState(row["state"]) in SET_ASIDE:
            kept[row["fund_id"], row["earmark_id"]] += row["fen"]
    reserved: dict[tuple[str, str | None], int] = {}
    for balance in await store.read(lambda tx: tx.run(_BALANCES)):
        fen = int(str(balance["fen"]))
        key = (str(balance["fund_id"]), None if balance["earmark_id"] is None else str(balance["earmark_id"]))
        sinks = ("RECEIVED", "TRANSFERRED")
        _require(fen >= 0 or balance["account"] in sinks, f"{key} stands below zero: {balance}")
        if balance["account"] == "RESERVED":
            reserved[key] = fen
    differ = {key for key in kept | reserved if kept.get(key, 0) != reserved.get(key, 0)}
    _require(not differ, f"books and allocations differ: {differ}")


def _require_told(
    rows: Mapping[str, Mapping[str, Any]], told: Told, under_way: Collection[str], *, ticked: bool
) -> None:
    lost = told.keys() - rows.keys()
    _require(not lost, f"{len(lost)} acknowledged allocations are lost, as {min(lost, default='')}")
    for key, row in rows.items():
        if row["need_id"] in under_way:
            continue
        _require(key in told, f"{key} was never asked for")
        said, state = AllocationState(told[key]["state"]), AllocationState(row["state"])
        struck = ticked and said in SET_ASIDE and state is AllocationState.RELEASED
        _require(state is said or struck, f"{key} was told to be {said} and is {state}")
    for key, row in told.items():
        said, state = AllocationState(row["state"]), AllocationState(rows[key]["state"])
        _require(state is said or state in _later(said), f"{key} went back from {said} to {state}")
        _require(row["version"] <= rows[key]["version"], f"{key} lost a version")


def _later(state: AllocationState) -> set[AllocationState]:
    found: set[AllocationState] = set()
    open_ends = [state]
    while open_ends:
        for after in ALLOCATION_TRANSITIONS[open_ends.pop()] - found:
            found.add(after)
            open_ends.append(after)
    return found


async def _require_donations(store: GraphStore, told: Told, under_way: Collection[str]) -> int:
    """What came of each gift and went back of it is what its entries say, and what was acknowledged."""
    moved: dict[tuple[str, str], int] = defaultdict(int)
    for entry in await store.read(lambda tx: tx.run(_ENTRIES, source="DONATION")):
        moved[str(entry["source_id"]), str(entry["kind"])] += int(str(entry["fen"]))
    rows = {str(row["id"]): row for row in await store.read(lambda tx: tx.run(_DONATIONS))}
    _require(not told.keys() - rows.keys(), f"acknowledged gifts are lost: {told.keys() - rows.keys()}")
    for key, row in rows.items():
        fen, refunded = int(str(row["fen"])), int(str(row["refunded_fen"] or 0))
        came, went = moved[key, "RECEIVE"], moved[key, "REFUND"]
        booked = fen if row["state"] in ("POSTED", "RETURNED") and came else 0
        _require(came == booked and went == refunded, f"gift {key} is {row} and moved {came} and {went}")
        _require(row["state"] != "POSTED" or came == fen, f"gift {key} is posted and moved {came}")
        if row["donor"] not in under_way:
            _require(key in told, f"gift {key} was never asked for")
            said = (told[key]["state"], told[key]["fen"])
            _require(said == (row["state"], fen - refunded), f"gift {key} was told to be {said} and is {row}")
    return len(rows)
