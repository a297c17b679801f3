"""
Mutated files for the readers, and mutated cells for the whole of an import: nothing crashes, hangs or grows.

``make fuzz`` runs ten minutes (``FUZZ_SECONDS``). Each file is read in a child process whose memory and processor
time the kernel limits; whatever ends otherwise than by a report or an error of ours is a finding and is kept, with
the file that led to it.
"""

import argparse
import io
import multiprocessing
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.import_table import EVERYWHERE, KEY, lost_rows, table_files
from domain.errors import PlatformError
from generator.city import generate_city
from generator.sizes import CitySize
from importers.assistant.proposals import propose
from importers.load import rehearse
from importers.mapping import saved_mappings
from importers.readers import open_source

FILE_SECONDS = 60
"""Processor seconds that one file may take; a shared machine may let it wait longer."""
WALL_SECONDS = 240
MEMORY_BYTES = 3 << 30
_LARGEST = 3 << 20
_FILES_A_CHILD = 200
Mutation = Callable[[bytes, random.Random], bytes]


def flip_bits(content: bytes, rng: random.Random) -> bytes:
    """Change some bits anywhere."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 3, 20, 200))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(content: bytes, rng: random.Random) -> bytes:
    """End early, or begin late."""
    at = rng.randrange(len(content) + 1)
    return content[:at] if rng.random() < 0.8 else content[at:]


def repeat(content: bytes, rng: random.Random) -> bytes:
    """Say a part of it again, often."""
    start = rng.randrange(len(content) + 1)
    part = content[start : start + rng.choice((1, 10, 1000, 50_000))]
    return (content[:start] + part * rng.choice((2, 10, 200)) + content[start:])[:_LARGEST]


def swap(content: bytes, rng: random.Random) -> bytes:
    """Put marks where others stood."""
    marks = (
        b",",
        b"\n",
        b"\r",
        b'"',
        b"\0",
        b"\xff",
        b"<",
        b">",
        b"\t",
        b"{",
        b"[",
        "\u200b".encode(),
        "\uff0c".encode(),
    )
    old, new = rng.choice(marks), rng.choice(marks)
    return content.replace(old, new, rng.choice((1, 5, -1)))[:_LARGEST]


def recode(content: bytes, rng: random.Random) -> bytes:
    """Write text in another encoding, or read it in a wrong one."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            said = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        to = rng.choice(("gb18030", "utf-16", "utf-8", "mac_roman", "big5", "utf-32"))
        return said.encode(to, "replace")
    return content.decode("latin-1").encode("utf-8")


def edit_package(content: bytes, rng: random.Random) -> bytes:
    """Change one part of a ZIP package and pack it anew, so that what is inside is what is tried."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as package,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        names = package.namelist()
        chosen = rng.choice(names)
        for name in names:
            part = package.read(name)
            if name == chosen:
                change = rng.choice((flip_bits, cut, repeat, swap, edit_xml))
                part = change(part, rng)
                if rng.random() < 0.05:
                    continue
            made.writestr(name, part)
    return out.getvalue()


def edit_xml(content: bytes, rng: random.Random) -> bytes:
    """Put figures and names of a sheet's XML out of range."""
    pairs = (
        (b'r="A1"', b'r="XFD1048576"'), (b'r="B', b'r="ZZZ'), (b't="s"', b't="e"'), (b"<v>", b"<v>9"),
        (b"<row ", b"<row><row "),
        (b'ref="', b'ref="A1:XFD1048576,'), (b"</c>", b"</c><c/>"), (b"<f>", b"<f><f>"),
        (b'count="', b'count="9999999'),
        (b"<mergeCell ", b'<mergeCell ref="A1:XFD1048576"/><mergeCell '),
        (b"<sheetData>", b"<sheetData>" * 5000),
        (b"<t>", b"<t>" + b"\xe5\xb7" * 100), (b'Target="', b'Target="../../'), (b'numFmtId="', b'numFmtId="14'),
    )  # fmt: skip
    old, new = rng.choice(pairs)
    return content.replace(old, new, rng.choice((1, 3, -1)))[: _LARGEST * 4]


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Change a file in one to three ways."""
    for _ in range(rng.randint(1, 3)):
        changes: tuple[Mutation, ...] = (flip_bits, cut, repeat, swap, recode)
        if content.startswith(b"PK\x03\x04") and rng.random() < 0.8:
            try:
                content = edit_package(content, rng)
            except Exception:
                content = flip_bits(content, rng)
        else:
            content = rng.choice(changes)(content, rng)
    return content


def try_file(path: Path) -> str:
    """Read a file as an import would and as the assistant would; give what came of it."""
    try:
        report = rehearse(path, identity_key=KEY, scope=EVERYWHERE)
        outcome = "read"
        lost = lost_rows(report, path)
        if lost or report.rows_read != report.rows_loaded + report.rows_refused:
            raise AssertionError(f"{lost} rows are not accounted for")
    except PlatformError as error:
        outcome = f"{error.code}:{error.context.get('reason', '')}"
    try:
        for sheet in open_source(path).sheets[:2]:
            found = propose(sheet, list(saved_mappings().values()))
            if found is not None:
                found.to_json()
    except PlatformError:
        pass
    return outcome


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES + (2 << 30), MEMORY_BYTES + (2 << 30)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(connection: Connection) -> None:
    """Read the files that the parent names until it names none."""
    _limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (path := connection.recv()) is not None:
        begun = time.process_time()
        try:
            outcome = try_file(Path(path))
        except BaseException:
            outcome = "CRASH\n" + traceback.format_exc()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
        connection.send((outcome, time.process_time() - begun, peak))


@dataclass(slots=True)
class Fuzzing:
    """What a run found."""

    files: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    peak_bytes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    findings: list[str] = field(default_factory=lambda: [])


class _Reader:
    """One child process that reads files, replaced when it dies or hangs."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._ours, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_child, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._read = 0

    def read(self, path: Path, seconds: float) -> tuple[str, float, int]:
        """Give outcome, seconds, and peak memory of the child."""
        self._ours.send(str(path))
        self._read += 1
        try:
            if self._ours.poll(seconds + (30 if self._read == 1 else 0)):
                found = self._ours.recv()
                if self._read >= _FILES_A_CHILD:
                    self.renew()
                return found
            outcome = "HANG"
        except EOFError:
            outcome = f"DIED {self._process.exitcode}"
        self.renew()
        return outcome, seconds, 0

    def renew(self) -> None:
        """Begin with a fresh process."""
        self.close()
        self._start()

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.join()
        self._ours.close()


def _quiet(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


def seeds(shared: Path | None, folder: Path) -> list[Path]:
    """Give whole files to begin with: a small generated city, and the published tables where they are."""
    city = folder / "city"
    generate_city(CitySize.S, 3, city, _quiet)
    found = [path for path in sorted(city.iterdir()) if path.suffix in {".csv", ".xlsx"}]
    found += table_files(shared) if shared is not None and shared.is_dir() else []
    return [path for path in found if path.stat().st_size <= _LARGEST]


def fuzz(seconds: float, seed: int, files: Sequence[Path], keep: Path, folder: Path) -> Fuzzing:
    """Mutate and read files for so many seconds; files that lead to a finding are kept."""
    rng = random.Random(seed)  # noqa: S311 - a run that can be repeated, no secret
    found = Fuzzing()
    reader = _Reader()
    begun = time.perf_counter()
    try:
        while time.perf_counter() - begun < seconds:
            whole = rng.choice(files)
            path = folder / f"{found.files % 4}{whole.name}"
            path.write_bytes(mutated(whole.read_bytes(), rng))
            outcome, took, peak = reader.read(path, WALL_SECONDS)
            found.files += 1
            found.slowest_s, found.peak_bytes = max(found.slowest_s, took), max(found.peak_bytes, peak)
            short = outcome.partition("\n")[0]
            found.outcomes[short] += 1
            if short.startswith(("CRASH", "HANG", "DIED")) or peak > MEMORY_BYTES or took > FILE_SECONDS:
                keep.mkdir(parents=True, exist_ok=True)
                kept = keep / f"{seed}-{found.files}-{whole.name}"
                shutil.copy(path, kept)
                found.findings.append(f"{kept}: {outcome}")
            path.unlink()
    finally:
        reader.close()
        found.seconds = time.perf_counter() - begun
    return found


def main() -> None:
    """Fuzz, say what came of it, and fail where there is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--keep", type=Path, default=Path("var") / "fuzz")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = fuzz(
            arguments.seconds, arguments.seed, seeds(arguments.shared, folder), arguments.keep, folder
        )
    print(
        f"{found.files} files in {found.seconds:.0f} s; slowest {found.slowest_s:.1f} s of processor time;"
        f" peak {found.peak_bytes >> 20} MiB"
    )
    for outcome, count in found.outcomes.most_common():
        print(f"{count:>7} {outcome}")
    for finding in found.findings:
        print(finding)
    sys.exit(1 if found.findings else 0)


if __name__ == "__main__":
    main()
