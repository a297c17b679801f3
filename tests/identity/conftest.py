"""Published vectors, where they lie beside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "vectors"


@pytest.fixture(scope="session")
def vectors() -> Path:
    if not VECTORS.is_dir():
        pytest.skip("no published vectors beside the repository")
    return VECTORS


@pytest.fixture(scope="session")
def read_json(vectors: Path):
    def read(name: str) -> Any:
        return json.loads((vectors / name).read_text("utf-8"))

    return read
