"""Somebody in a group at risk, an alert of them, a pass, and rules that were tried."""

from tests.builders import NOW, World


def at_risk(
    world: World, name: str, town: str, *, resident_id: str, child: bool = False, **alert: object
) -> None:
    """Somebody in a group, and an alert of them."""
    person = {
        "resident_id": resident_id,
        "evidence": '{"evidence":[]}',
        "child": child,
        "region_path": town,
    }
    world.add(
        "RiskMembership", id=f"{name}-member", group_code=f"{name}-group", valid_from=NOW.date(), **person
    )
    world.add(
        "Alert",
        id=f"{name}-alert",
        rule=f"{name}-rule",
        family="MEDICAL",
        priority="HIGH",
        need_category="MEDICAL_COST",
        rules_id="r",
        facts="{}",
        number=1,
        quiet_days=30,
        station_id=f"{name}-station",
        raised_at=NOW,
        raised_on=NOW.date(),
        due_on=NOW.date(),
        version=1,
        **{"state": "OPEN", **alert},
        **person,
    )


def people_at_risk(world: World, name: str, town: str) -> None:
    """A row of each label that alerts have."""
    at_risk(world, name, town, resident_id=f"{name}-resident")
    world.add("AlertRun", id=f"{name}-run", rules="r", counts="{}", day=NOW.date(), at=NOW, region_path=town)
    world.add(
        "AlertRuleSet",
        id=f"{name}-rules",
        state="TRIED",
        content="",
        summary='{"day": "2026-03-02", "rules": [], "persons": [["R", "first-resident"], ["R", "second-resident"]]}',
        tried_by=f"{name}-clerk",
        tried_at=NOW,
        region_path=town,
        version=1,
    )
