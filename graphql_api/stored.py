"""Statements of a plan read back from what a round keeps of them."""

from collections.abc import Mapping
from typing import Any, cast

from matching.statements import CharityYearStatement, Help, IdleMoney, ShadowPrice

Said = Mapping[str, str | int]


def help_of(stored: Mapping[str, object]) -> Help:
    """Read a stored help."""
    return Help(
        code=str(stored["code"]),
        parameters=dict(cast("Said", stored["parameters"])),
        confirmed=bool(stored["confirmed"]),
    )


def idle_of(stored: Mapping[str, object]) -> IdleMoney:
    """Read a stored idle amount."""
    rule = stored["rule"]
    return IdleMoney(
        code=str(stored["code"]),
        amount_fen=int(cast("int", stored["amount_fen"])),
        needs=int(cast("int", stored["needs"])),
        rule=None if rule is None else str(rule),
    )


def prices_of(summary: Mapping[str, object]) -> list[ShadowPrice]:
    """Read the stored shadow prices."""
    found: list[ShadowPrice] = []
    for entry in cast("list[Mapping[str, object]]", summary.get("prices", [])):
        gain = cast("int | None", entry["gain"])
        found.append(
            ShadowPrice(
                kind=str(entry["kind"]),
                parameters=dict(cast("Said", entry["parameters"])),
                lowest=int(cast("int", entry["lowest"])),
                highest=int(cast("int", entry["highest"])),
                gain=gain,
                urgency=int(cast("int", entry["urgency"])),
                indicative=bool(entry["indicative"]),
            )
        )
    return found


def years_of(summary: Mapping[str, object]) -> list[CharityYearStatement]:
    """Read what a round does for charities' years; rounds of older summaries have none."""
    stored = cast("list[Mapping[str, object]]", summary.get("charity_years", []))
    return [CharityYearStatement(**cast("dict[str, Any]", dict(entry))) for entry in stored]
