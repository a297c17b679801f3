"""The demonstration as people start it, served once for every test that opens it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("zhulian"))
KEPT = {name: value for name, value in os.environ.items() if not name.startswith(("NEO4J_", "ZHULIAN_"))}


@contextmanager
def demonstrated(folder: Path, **chosen: str) -> Iterator[tuple[str, str]]:
    """The demonstration in a folder, serving: its address and what it told the person who started it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = folder / "told.txt"
    with told.open("w") as out:
        process = subprocess.Popen(
            [COMMAND, "demo", "--size", "S", "--port", str(port), "--data-dir", str(folder / "data")],
            stdout=out,
            stderr=out,
            cwd=ROOT,
            env={**KEPT, "ZHULIAN_LANG": "en", **chosen},
        )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.3)
        assert process.poll() is None, told.read_text()
        yield address, told.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=180)
    assert process.returncode == 0
    assert "Traceback" not in told.read_text()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The demonstration, served once for every test that only looks at it."""
    with demonstrated(tmp_path_factory.mktemp("demo")) as serving:
        yield serving
