"""Looking after an installation: the audit chain, and whether everything is in place."""

import importlib.metadata
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    run,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Phases
from app.settings import Engine, Settings
from domain.errors import PlatformError
from locales import Locale, text

if TYPE_CHECKING:
    from graph.audit import AuditVerdict
    from workflows.workspace import Workspace

_MIB = 1024 * 1024
_LOW_DISK_MIB = 512
_TABLES = ("ladybug", "ortools", "neo4j", "strawberry-graphql", "granian", "polars")


def audit_verify(
    data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Recompute the audit chain and name the first record that does not hold."""
    from graph.audit import verify

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()

    async def check(ws: "Workspace") -> "AuditVerdict":
        with screen.progress() as steps, steps.step("audit"):
            return await verify(ws.store)

    verdict = with_workspace(settings, check)
    result: dict[str, object] = {
        "intact": verdict.intact,
        "entries": verdict.entries,
        "broken": None if verdict.broken is None else verdict.broken.value,
        "entry_id": verdict.entry_id,
        "seconds": phases.total_s,
    }
    screen.say("audit.intact" if verdict.intact else "audit.broken", **result)
    screen.finish(result)
    if not verdict.intact:
        raise typer.Exit(code=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. ``detail`` says what was found, or what to do about it."""

    check: str
    ok: bool
    detail: str
    required: bool = True


def doctor(data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """Check settings, engine, store, disk and helpers, and say what to mend."""
    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    findings = [*_machine(settings), run(_store(settings)), *_helpers()]
    for finding in findings:
        mark = "✓" if finding.ok else "✗" if finding.required else "–"
        screen.console.print(
            f"{mark} {screen.word(f'checks.{finding.check}')}: {finding.detail}", markup=False
        )
    healthy = all(finding.ok for finding in findings if finding.required)
    screen.finish(
        {
            "healthy": healthy,
            "engine": settings.chosen_engine.value,
            "checks": {finding.check: {"ok": finding.ok, "detail": finding.detail} for finding in findings},
        }
    )
    if not healthy:
        raise typer.Exit(code=1)


def _machine(settings: Settings) -> Iterator[Finding]:
    yield Finding(
        check="python", ok=(3, 11) <= sys.version_info[:2] <= (3, 13), detail=platform.python_version()
    )
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _TABLES)
    yield Finding(check="packages", ok=True, detail=packages)
    existing = next(
        path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.exists()
    )
    free_mib = shutil.disk_usage(existing).free // _MIB
    yield Finding(check="disk", ok=free_mib >= _LOW_DISK_MIB, detail=f"{existing}: {free_mib:,} MiB")


async def _store(settings: Settings) -> Finding:
    """Open the store as it is and see what migrations it lacks; an absent embedded store is not made."""
    about = str(settings.graph_dir) if settings.chosen_engine is Engine.LADYBUG else str(settings.neo4j_uri)
    if settings.chosen_engine is Engine.LADYBUG and not settings.graph_dir.exists():
        return Finding(check="store", ok=True, detail=f"{about}: –")
    from app.container import open_store
    from graph.migrations import plan as migration_plan

    try:
        store = await open_store(settings)
        try:
            plan = await migration_plan(store)
        finally:
            await store.close()
    except PlatformError as error:
        return Finding(check="store", ok=False, detail=_worded(error, settings.lang))
    pending = ", ".join(step.id for step in plan.pending) or "0"
    return Finding(check="store", ok=True, detail=f"{about}: {len(plan.applied)} / {pending}")


def _worded(error: PlatformError, locale: Locale) -> str:
    return text(f"errors.{error.code}", locale, message=error.message, **error.context)


def _helpers() -> Iterator[Finding]:
    for program in ("java", "mvn"):
        path = shutil.which(program)
        yield Finding(check=program, ok=path is not None, detail=path or "–", required=False)
    yield Finding(check="host", ok=True, detail=socket.gethostname(), required=False)
