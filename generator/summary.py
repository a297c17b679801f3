"""What a generated city holds, for those who load it and check the load."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from generator.faults import REFUSING, Fault
from generator.sizes import CitySize


@dataclass(frozen=True, slots=True, kw_only=True)
class CitySummary:
    """
    Counts and sums of one city.

    Parameters
    ----------
    as_of
        The civil day that the files show; needs' windows lie in the fortnight after it.
    counts
        Rows by table as meant, repeated rows left out; department lists by their key.
    department_records
        Rows of all department files together: households, residents and lists.
    files
        Names of the data files in the order they build on each other.
    control_totals
        By table: ``rows`` and sums in fen, equal to the footers where a file has one.
    faults
        Every fault that was put in; also in ``faults.json``.
    related_planted
        Ties between fund managers and households that ask for money, put there for HC-13.
    """

    size: CitySize
    seed: int
    as_of: date
    counts: Mapping[str, int]
    department_records: int
    files: tuple[str, ...]
    control_totals: Mapping[str, Mapping[str, int]]
    open_gap_fen: int
    free_fen: int
    related_planted: int
    faults: tuple[Fault, ...]

    @property
    def faults_by_kind(self) -> dict[str, int]:
        """Give how many faults there are of each kind."""
        found: dict[str, int] = {}
        for fault in self.faults:
            found[fault.kind.value] = found.get(fault.kind.value, 0) + 1
        return dict(sorted(found.items()))

    @property
    def rows_unloadable(self) -> int:
        """Give how many written rows no careful import turns into a record of their own."""
        return sum(fault.kind in REFUSING for fault in self.faults)

    @property
    def cells_still_readable(self) -> int:
        """Give how many faults leave the meant value readable."""
        return sum(fault.kind.readable for fault in self.faults)

    def to_json(self) -> str:
        """Give everything but the faults themselves as JSON text."""
        plain = {
            "size": self.size.value,
            "seed": self.seed,
            "as_of": self.as_of.isoformat(),
            "counts": dict(self.counts),
            "department_records": self.department_records,
            "files": list(self.files),
            "control_totals": {name: dict(totals) for name, totals in self.control_totals.items()},
            "open_gap_fen": self.open_gap_fen,
            "free_fen": self.free_fen,
            "related_planted": self.related_planted,
            "faults": self.faults_by_kind,
            "rows_unloadable": self.rows_unloadable,
            "cells_still_readable": self.cells_still_readable,
        }
        return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"

    def faults_json(self) -> str:
        """Give the faults as JSON text, one object a line."""
        lines = (json.dumps(asdict(fault), ensure_ascii=False) for fault in self.faults)
        return "[\n" + ",\n".join(lines) + "\n]\n"
