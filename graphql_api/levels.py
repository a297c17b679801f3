"""The levels of a round's objective, as its stored summary tells them."""

from collections.abc import Mapping
from typing import cast

import strawberry


@strawberry.type(
    name="ObjectiveLevel", description="What a plan reaches on one level; the first dominates the next."
)
class LevelNode:
    """Points of the policy's weights."""

    name: str = strawberry.field(description="FULFILMENT, FAIRNESS, CONVENIENCE or SPENDING.")
    value: float = strawberry.field(description="Points; more is better.")
    bound: float | None = strawberry.field(
        description="No plan as good on the levels before has more; null where one of those is not proven."
    )
    proven: bool = strawberry.field(description="This level and all before it are as good as they can be.")


@strawberry.type(
    name="Stability", description="What became of the visits that people had been told of before."
)
class StabilityNode:
    """Counts of visits, needs and people."""

    visits: int
    kept: int = strawberry.field(description="Same volunteer, same time.")
    moved: int = strawberry.field(description="Same volunteer, another time.")
    reassigned: int = strawberry.field(description="Another volunteer.")
    dropped: int
    needs_moved: int
    volunteers_changed: int


def level_nodes(summary: Mapping[str, object]) -> list[LevelNode]:
    """Give the levels; rounds of earlier versions have none."""
    entries = cast("list[Mapping[str, object]]", summary.get("levels", []))
    return [
        LevelNode(
            name=str(entry["name"]),
            value=float(cast("float", entry["value"])),
            bound=None if entry["bound"] is None else float(cast("float", entry["bound"])),
            proven=bool(entry["proven"]),
        )
        for entry in entries
    ]


def stability_node(summary: Mapping[str, object]) -> StabilityNode | None:
    """Give what became of published visits; None where there were none."""
    held = cast("Mapping[str, int]", summary.get("stability", {}))
    if not held.get("published_visits"):
        return None
    return StabilityNode(
        visits=held["published_visits"],
        kept=held["published_kept"],
        moved=held["published_moved"],
        reassigned=held["published_reassigned"],
        dropped=held["published_dropped"],
        needs_moved=held["needs_moved"],
        volunteers_changed=held["volunteers_changed"],
    )
