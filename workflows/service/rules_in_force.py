"""The rules of check-ins on a day at a place."""

from datetime import datetime

from domain.service import CheckRules
from domain.time import civil_date
from workflows.dated import Figure, Strict, rules_on

PACKAGE = "workflows.service.rules"


class _Rules(Strict):
    id: str
    fence_radius_m: Figure
    coarsest_accuracy_m: Figure
    clock_tolerance_s: Figure
    late_report_min: Figure
    presence_percent: Figure
    off_plan_min: Figure
    overrun_min: Figure
    no_check_out_after_min: Figure
    day_minutes: Figure
    speed_m_per_min: Figure
    devices_disagree_min: Figure
    code_step_s: Figure
    code_tries: Figure
    qr_life_s: Figure


def check_rules(at: datetime, region_path: str) -> CheckRules:
    """
    Give the rules in force.

    Raises
    ------
    PolicyError
        There are none for that day.
    """
    rules = rules_on(PACKAGE, _Rules, civil_date(at), region_path)
    return CheckRules(**{name: getattr(rules, name).value for name in _Rules.model_fields if name != "id"})
