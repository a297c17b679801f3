"""Which source counts for which field on a day at a place."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from domain.household_files import FileField
from workflows.dated import Strict, rules_on

_PACKAGE = "workflows.household_files.rules"


class Origin(StrEnum):
    """Where a value is taken."""

    HOUSEHOLD = "household"
    RESIDENTS = "residents"
    RECORDS = "records"


class Measure(StrEnum):
    """What is made of the records of a list."""

    EXISTS = "exists"
    LATEST = "latest"
    YEAR = "year"
    MONTH_TIMES_12 = "month_times_12"


class SourceRule(Strict):
    """One source of a field; its place in the list is its authority."""

    source: str
    origin: Origin = Field(alias="from")
    department: str | None = None
    event: str | None = None
    measure: Measure = Measure.EXISTS


class FieldRule(Strict):
    """A field: for how many days a word is fresh, from how far apart two figures contradict, and who is heard."""

    name: FileField
    fresh_days: int
    tolerance_percent: int = 0
    sources: tuple[SourceRule, ...]


class FileRules(Strict):
    """All fields of a file, and under which name the rules are dated."""

    id: str
    fields: tuple[FieldRule, ...]


def file_rules(day: date, region_path: str) -> FileRules:
    """
    Give the rules in force.

    Raises
    ------
    PolicyError
        A rule file is malformed, or nothing is in force.
    """
    return rules_on(_PACKAGE, FileRules, day, region_path)
