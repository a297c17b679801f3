"""One small city for all tests of its parts."""

from pathlib import Path

import pytest

from generator.city import generate_city
from generator.sizes import CitySize
from generator.summary import CitySummary
from tests.generator.cities import FAULT_RATE, Parts, parts_of


@pytest.fixture(scope="session")
def parts() -> Parts:
    """City M of seed 7."""
    return parts_of(CitySize.M, 7)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CitySummary]:
    """City S of seed 7 as files, with faults enough that every kind occurs."""
    out = tmp_path_factory.mktemp("city")
    return out, generate_city(CitySize.S, 7, out, fault_rate=FAULT_RATE)
