"""Every place-like column of the published tables, as texts, with the day and the division they are about."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it stands, and what a reader of the file knows."""

    name: str
    files: tuple[str, ...]
    header: str
    day: date
    within: str | None = None


_WINTER = date(2020, 1, 31)
_NEEDS = "wuhan2020-needs/"
_JSON = _NEEDS + "json/"
COLUMNS = (
    Column("city of a hospital (Hubei list)", (_NEEDS + "DemandOfHubei.csv",), "\u6240\u5728\u57ce\u5e02", _WINTER),
)
