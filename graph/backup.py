"""
A graph as files, and back: the way between engines, machines and releases.

An archive is a directory: ``manifest.json``, and one JSONL file in key order for each label and each pair of
a relationship type that has rows. It holds nothing of the engine, so equal graphs give equal archives.
"""

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from domain.errors import ArchiveError, ConflictError, StoreNotEmptyError
from graph import audit
from graph.archive import Table, decode, encode, table_named, tables
from graph.idempotency import forget_credential_texts
from graph.migrations import schema_version
from graph.ports import GraphStore

FORMAT = 1
MANIFEST = "manifest.json"
_LOAD_BYTES = 16 * 1024 * 1024

Progress = Callable[[str, int], None]
"""Told the name of a table and how many of its rows are done."""


def _silent(_table: str, _rows: int) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSum:
    """A file of an archive: its table, its rows and the SHA-256 of its bytes."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says about itself."""

    schema_version: int
    tables: tuple[TableSum, ...]
    audit_heads: tuple[audit.AuditHead, ...]

    @property
    def digest(self) -> str:
        """What ``graph_digest`` gives for the store that was exported."""
        return _digest(self.tables)

    @property
    def rows(self) -> int:
        """Nodes and relationships together."""
        return sum(table.rows for table in self.tables)


def _digest(sums: tuple[TableSum, ...]) -> str:
    lines = (f"{found.table} {found.rows} {found.sha256}\n" for found in sums if found.rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


async def graph_digest(store: GraphStore) -> str:
    """Give one SHA-256 for everything that an archive would hold: equal graphs have equal digests."""
    return _digest(tuple([await _sum(store, table, None) for table in tables()]))


async def _sum(
    store: GraphStore, table: Table, sink: BinaryIO | None, progress: Progress = _silent
) -> TableSum:
    whole, rows = hashlib.sha256(), 0
    async with aclosing(table.stream(store)) as stream:
        async for frame in stream:
            text = await asyncio.to_thread(encode, frame, table.columns)
            whole.update(text)
            rows += frame.height
            if sink is not None:
                await asyncio.to_thread(sink.write, text)
            progress(table.name, rows)
    return TableSum(table=table.name, rows=rows, sha256=whole.hexdigest())


async def export_graph(store: GraphStore, directory: Path, progress: Progress = _silent) -> Manifest:
    """
    Write a graph to a new directory; it appears under its name only when it is complete and on the disk.

    Raises
    ------
    ArchiveError
        The directory exists already.
    ConflictError
        Something was written to the graph meanwhile, so that the files would not fit together.
    """
    if directory.exists():
        raise ArchiveError(f"{directory} exists already", directory=str(directory))
    beside = directory.with_name(f".{directory.name}.{os.getpid()}.partial")
    beside.mkdir(parents=True)
    try:
        before = await audit.heads(store)
        sums = [await _export_table(store, table, beside, progress) for table in tables()]
        if await audit.heads(store) != before:
            raise ConflictError("the graph was written to during the export; export it again")
        manifest = Manifest(
            schema_version=await schema_version(store),
            tables=tuple(found for found in sums if found.rows),
            audit_heads=tuple(before),
        )
        text = json.dumps({"format": FORMAT, "digest": manifest.digest, **asdict(manifest)}, indent=1)
        with (beside / MANIFEST).open("wb") as file:
            file.write(text.encode())
            _sync(file)
        beside.rename(directory)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return manifest


async def _export_table(store: GraphStore, table: Table, directory: Path, progress: Progress) -> TableSum:
    path = directory / _file_name(table.name)
    with path.open("wb") as sink:
        found = await _sum(store, table, sink, progress)
        _sync(sink)
    if not found.rows:
        path.unlink()
    return found


def _file_name(table: str) -> str:
    return f"{table}.jsonl"


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


async def restore_graph(
    store: GraphStore, directory: Path, *, replace: bool = False, progress: Progress = _silent
) -> Manifest:
    """
    Bring an archive into a store. The files are checked whole before anything in the store is touched.

    Parameters
    ----------
    replace
        Delete what the store holds; otherwise it must be empty.

    Raises
    ------
    ArchiveError
        A file is missing, altered or of a newer program; or rows do not fit together, in which case the store
        is left empty.
    StoreNotEmptyError
        The store holds something and ``replace`` was not asked for.
    """
    manifest = await asyncio.to_thread(read_manifest, directory)
    version = await schema_version(store)
    if manifest.schema_version > version:
        raise ArchiveError(
            f"the archive has schema version {manifest.schema_version}, the store {version}",
            archive=manifest.schema_version,
            store=version,
        )
    if not replace:
        await _require_empty(store)
    else:
        await store.clear(keep_store_labels=True)
    try:
        for found in manifest.tables:
            await _restore_table(store, directory, found, progress)
        await forget_credential_texts(store)  # an archive of an older release may bring them back
    except BaseException:
        await asyncio.shield(store.clear(keep_store_labels=True))
        raise
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """
    Read an archive's manifest and see that every file is there and unaltered.

    Raises
    ------
    ArchiveError
        It is not; the file is named.
    """
    path = directory / MANIFEST
    try:
        raw = json.loads(path.read_bytes())
        if raw["format"] != FORMAT:
            raise ArchiveError(f"{path} is of format {raw['format']}; this program reads {FORMAT}")
        manifest = Manifest(
            schema_version=int(raw["schema_version"]),
            tables=tuple(TableSum(**table) for table in raw["tables"]),
            audit_heads=tuple(audit.AuditHead(**head) for head in raw["audit_heads"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{path} is not the manifest of an archive: {error}", file=str(path)) from error
    if raw.get("digest") != manifest.digest:
        raise ArchiveError(f"{path} was altered", file=str(path))
    expected = {_file_name(found.table): found for found in manifest.tables}
    for extra in directory.glob("*.jsonl"):
        if extra.name not in expected:
            raise ArchiveError(f"{extra} is not in the manifest", file=str(extra))
    for name, found in expected.items():
        table_named(found.table)
        try:
            with (directory / name).open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ArchiveError(f"{directory / name} cannot be read: {error}", file=name) from error
        if actual != found.sha256:
            raise ArchiveError(f"{directory / name} was altered or cut off", file=name)
    return manifest


async def _require_empty(store: GraphStore) -> None:
    for table in tables():
        async with aclosing(table.stream(store)) as stream:
            async for frame in stream:
                if not frame.is_empty():
                    raise StoreNotEmptyError(f"the store holds {table.name} already", table=table.name)


async def _restore_table(store: GraphStore, directory: Path, found: TableSum, progress: Progress) -> None:
    table, rows = table_named(found.table), 0
    with (directory / _file_name(found.table)).open("rb") as file:
        for lines in _whole_lines(file):
            frame = await asyncio.to_thread(decode, lines, table.columns)
            await store.write(lambda tx, frame=frame: table.load(tx, frame))
            rows += frame.height
            progress(found.table, rows)
    if rows != found.rows:
        raise ArchiveError(f"{found.table} has {rows} rows, the manifest {found.rows}", table=found.table)


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_LOAD_BYTES):
        yield block + file.readline()
