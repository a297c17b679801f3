"""A program run in a process of its own, with what it used."""

import os
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A process that ended: its exit code (negative: stopped), what it wrote, its CPU and memory."""

    code: int
    printed: str
    said: list[str]
    cpu_s: float
    peak_mb: int


def alone(command: list[str], most_s: float) -> Done:
    """Run a process to its end or its limit."""
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, stdout=printed, stderr=said, env=env, cwd=ROOT, start_new_session=True
        )
        watched = _Watch(process.pid)
        timer = threading.Timer(most_s, process.kill)
        timer.start()
        watched.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        watched.ended.set()
        watched.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        said.seek(0)
        return Done(
            code=process.returncode, printed=printed.read(), said=said.read().splitlines(),
            cpu_s=round(usage.ru_utime + usage.ru_stime, 2), peak_mb=watched.peak_mb,
        )  # fmt: skip


class _Watch(threading.Thread):
    """Looks five times a second how much memory a session's processes hold together; 0 where nothing tells."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session, self.peak_mb, self.ended = session, 0, threading.Event()

    def run(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self.ended.wait(0.2):
            pages = 0
            for stat in Path("/proc").glob("[0-9]*/stat"):
                try:
                    fields = stat.read_text().rpartition(")")[2].split()
                except OSError:
                    continue  # it has just ended
                if int(fields[3]) == self.session:
                    pages += int(fields[21])
            self.peak_mb = max(self.peak_mb, pages * page // 2**20)
