"""The monthly settlement with another region: statements made and checked, differences decided."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    ByOption,
    DataDirOption,
    EngineOption,
    FirstOption,
    JsonOption,
    NoteOption,
    RegionOption,
    VersionOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.commands.credentials import OutOption, PassphraseOption, book_of, content, deliver
from app.output import Screen
from domain.errors import InvalidInputError
from domain.recognition import MonthState, ReconciliationTask, TaskState
from locales import text

if TYPE_CHECKING:
    from graph.reads.reconciliation import MonthRow
    from workflows.recognition.reconciling import Reconciled
    from workflows.workspace import Workspace

_MONTH_COLUMNS = ("month", "partner", "agreement", "issuer", "states", "state", "open", "due_on")
_COLUMNS = ("difference", "kind", "credential", "subject", "ours", "theirs", "due_on")

rooms = typer.Typer(
    help="The monthly settlement of recognised minutes with another region.", no_args_is_help=True
)


@rooms.command()
def state(
    kind: Annotated[str, typer.Argument(help="recognised or issued.", metavar="KIND")],
    month: Annotated[str, typer.Option("--month", help="Civil month, as 2026-03.", metavar="MONTH")],
    partner: Annotated[str, typer.Option("--to", help="Code of the other region.", metavar="CODE")],
    agreement: Annotated[str, typer.Option("--agreement", help="Under which.", metavar="ID")],
    issuer: Annotated[
        str, typer.Option("--iss", help="Registry whose credentials it is about.", metavar="URI")
    ],
    out: OutOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """State, signed, what was recognised of a partner's credentials in a month, or which of ours were out."""
    from identity.recognition.reconciling import Side, StatementKind
    from workflows.people import administrator
    from workflows.recognition.stating import RegionKey, state_side

    if kind not in set(StatementKind):
        raise InvalidInputError("a statement is of what was recognised or issued", field="kind", value=kind)
    home, key_id, key = book_of(data_dir, passphrase_file).signer()
    side = Side(month=month, agreement=agreement, partner=partner, issuer=issuer, kind=StatementKind(kind))
    signing = RegionKey(region=home, key_id=key_id, key=key)

    async def work(ws: "Workspace") -> str:
        return await state_side(ws, administrator(), side, signing)

    deliver(with_workspace(settings_of(data_dir, engine), work), out)


@rooms.command()
def check(
    statement: Annotated[
        Path, typer.Argument(help="The partner's statement; - is standard input.", metavar="FILE")
    ],
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a partner's statement against what this region has; differences wait for a person."""
    from workflows.people import administrator
    from workflows.recognition.reconciling import reconcile

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    bundle = book_of(data_dir, passphrase_file).read()
    given = content(statement).decode("ascii", "replace")

    async def work(ws: "Workspace") -> "Reconciled":
        return (await reconcile(ws, administrator(region), bundle, given, region_path=region)).value

    found = with_workspace(settings, work)
    _show(screen, found.tasks, {"period": found.period, "kind": found.kind.value, "items": found.items})


@rooms.command("open")
def open_(
    month: Annotated[
        str | None, typer.Option("--month", help="Civil month; the last one without it.", metavar="MONTH")
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a month with every partner, once; the server does it by itself when a month is over."""
    from app.container import this_process
    from app.trust_desk import InstalledTrust
    from workflows.people import administrator
    from workflows.recognition.months import open_months

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> int:
        trust = InstalledTrust(settings, ws)
        book = await trust.book()
        return await open_months(
            ws, administrator(), book, own=trust.name, holder=this_process(), month=month
        )

    figures: dict[str, object] = {"opened": with_workspace(settings, work)}
    screen.table("reconciliation.opened_title", figures)
    screen.finish(figures)


@rooms.command()
def months(
    region: RegionOption = "/",
    state: Annotated[
        list[MonthState] | None, typer.Option("--state", help="Of this state; may be repeated.")
    ] = None,
    first: FirstOption = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List months with partners, the earliest due first: whether their statement has come, and what is open."""
    from graph.reads.reconciliation import page_of_reconciliation_months
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> "tuple[MonthRow, ...]":
        page = await ws.store.read(
            lambda tx: page_of_reconciliation_months(tx, actor, states=state or (), first=first)
        )
        return page.rows

    rows = with_workspace(settings, work)
    screen.rows(
        "reconciliation.months_title",
        [f"reconciliation.{name}" for name in _MONTH_COLUMNS],
        [
            [
                each.month.month,
                each.month.partner,
                each.month.agreement_id,
                each.month.issuer,
                text(f"recognition.statement_kind.{each.month.kind}", screen.locale),
                text(f"recognition.month_state.{each.month.state.value}", screen.locale),
                str(each.open_differences),
                each.month.due_on.isoformat(),
            ]
            for each in rows
        ],
    )
    screen.finish(
        {
            "months": [
                {
                    "id": each.month.id,
                    "month": each.month.month,
                    "partner": each.month.partner,
                    "agreement": each.month.agreement_id,
                    "issuer": each.month.issuer,
                    "kind": each.month.kind,
                    "state": each.month.state.value,
                    "open_differences": each.open_differences,
                    "due_on": each.month.due_on.isoformat(),
                }
                for each in rows
            ]
        }
    )


@rooms.command("list")
def list_(
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List differences that wait for a person, the earliest due first."""
    from graph.recognition.reconciling import reconciliation_tasks
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> list[ReconciliationTask]:
        return await ws.store.read(lambda tx: reconciliation_tasks(tx, actor))

    _show(screen, with_workspace(settings, work), {})


@rooms.command()
def decide(
    difference: Annotated[str, typer.Argument(help="Key of a difference.", metavar="ID")],
    state: Annotated[TaskState, typer.Argument(help="SETTLED or ACCEPTED.")],
    by: ByOption,
    note: NoteOption,
    version: VersionOption = 1,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what was made of a difference: one side has put it right, or it stands for a reason."""
    from workflows.people import desk_of
    from workflows.recognition.reconciling import decide_difference

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> ReconciliationTask:
        done = await decide_difference(
            ws, desk_of(by, region), difference, state=state, note=note, expected_version=version
        )
        return done.value.task

    _show(screen, [with_workspace(settings, work)], {})


def _show(
    screen: Screen,
    tasks: "tuple[ReconciliationTask, ...] | list[ReconciliationTask]",
    said: dict[str, object],
) -> None:
    cells = (
        [
            task.id,
            task.kind,
            task.credential_id,
            task.subject or "",
            str(task.ours_min),
            str(task.theirs_min),
            task.due_on.isoformat(),
        ]
        for task in tasks
    )
    screen.rows("reconciliation.title", [f"reconciliation.{name}" for name in _COLUMNS], cells)
    screen.finish({**said, "differences": [_plain(task) for task in tasks]})


def _plain(task: ReconciliationTask) -> dict[str, object]:
    return {
        "id": task.id,
        "state": task.state.value,
        "kind": task.kind,
        "credential": task.credential_id,
        "subject": task.subject,
        "ours_min": task.ours_min,
        "theirs_min": task.theirs_min,
        "due_on": task.due_on.isoformat(),
        "version": task.version,
    }
