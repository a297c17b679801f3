"""Alerts of people who may be in difficulty: passes, the inbox, decisions, rules and how often they were right."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    AsOfOption,
    ByOption,
    DataDirOption,
    EngineOption,
    FirstOption,
    JsonOption,
    NoteOption,
    RegionOption,
    VersionOption,
    day_of,
    person_text,
    screen_of,
    settings_of,
    with_workspace,
)
from domain.alerts import AlertOutcome, FalseAlarmReason, PrecisionAxis
from domain.time import civil_date
from locales import Locale, text

if TYPE_CHECKING:
    from app.output import Screen
    from graph.reads.alerts import AlertRow, RuleSetRow
    from workflows.alerts.precision import PrecisionReport
    from workflows.alerts.rules_in_force import RuleBook
    from workflows.alerts.running import AlertReport
    from workflows.workspace import Workspace

_LIST = ("alert", "rule", "priority", "person", "why", "due_on", "state")
_RULES = ("rule", "family", "priority", "due_days", "quiet_days", "source")
_GROUPS = ("slot", "group", "source")
_PRECISION = ("rule", "part", "raised", "decided", "real", "precision", "interval")
_TRIED = ("rule", "before", "after", "newly", "no_longer", "raised")
_YEAR = timedelta(days=365)


def run(
    region: RegionOption = "/",
    as_of: AsOfOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate groups and rules, raise what is new, escalate what is overdue."""
    from app.container import this_process
    from workflows.alerts.running import run_alerts
    from workflows.people import clock_actor

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "AlertReport":
        day = day_of(as_of, civil_date(ws.clock()))
        return await run_alerts(ws, clock_actor(region), holder=this_process(), day=day)

    report = with_workspace(settings, work)
    screen.table("titles.alerts", report.figures())
    screen.finish(report.to_json())


def list_(
    region: RegionOption = "/",
    first: FirstOption = 50,
    rule: Annotated[str | None, typer.Option("--rule", help="One rule.", metavar="CODE")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Those whose day has passed.")] = False,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List alerts that wait, masked, the earliest due first."""
    from graph.reads.alerts import AlertFilter, page_of_alerts
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> None:
        asked = AlertFilter(
            rules=() if rule is None else (rule,), due_before=civil_date(ws.clock()) if overdue else None
        )
        page = await ws.store.read(lambda tx: page_of_alerts(tx, actor, first=first, filter=asked))
        _show(screen, ws, page.rows)

    with_workspace(settings, work)


def decide(
    alert: Annotated[str, typer.Argument(help="Key of an alert.", metavar="ID")],
    outcome: Annotated[AlertOutcome, typer.Argument(help="What was found.")],
    by: ByOption,
    note: NoteOption,
    reason: Annotated[FalseAlarmReason | None, typer.Option("--reason", help="Of a false alarm.")] = None,
    need: Annotated[str | None, typer.Option("--need", help="By which need they are helped.")] = None,
    moved_to: Annotated[str | None, typer.Option("--moved-to", help="Division they live in now.")] = None,
    version: VersionOption = 1,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how an alert ended."""
    from domain.alerts import Decision
    from workflows.alerts.deciding import AlertDecision, decide_alert
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    decision = AlertDecision(
        said=Decision(outcome=outcome, note=note, reason=reason), need_id=need, moved_to=moved_to
    )

    async def work(ws: "Workspace") -> None:
        done = await decide_alert(ws, desk_of(by, region), alert, decision, expected_version=version)
        _show(screen, ws, (done.value,))

    with_workspace(settings, work)


def rules(
    region: RegionOption = "/",
    as_of: AsOfOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the groups and rules in force at a place, each with who says so."""
    from workflows.alerts.books import book_at

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "RuleBook":
        day = day_of(as_of, civil_date(ws.clock()))
        return await ws.store.read(lambda tx: book_at(tx, day, region))

    book, locale = with_workspace(settings, work), screen.locale
    groups = ([str(group.slot), group.title(locale), group.source] for group in book.groups)
    screen.rows("alerts.groups_title", [f"alerts.{name}" for name in _GROUPS], groups)
    shown = (
        [
            rule.title(locale),
            text(f"alerts.family.{rule.family.value}", locale),
            text(f"alerts.priority.{rule.priority.value}", locale),
            str(rule.due_days),
            str(rule.quiet_days),
            rule.source,
        ]
        for rule in book.rules
    )
    screen.rows("alerts.rules_title", [f"alerts.{name}" for name in _RULES], shown)
    screen.finish(book.model_dump(mode="json"))


def precision(
    region: RegionOption = "/",
    since: Annotated[
        str | None, typer.Option("--since", help="First day, as 2026-01-01; without it a year back.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Day after the last.")] = None,
    axis: Annotated[PrecisionAxis, typer.Option("--by", help="What is told apart.")] = PrecisionAxis.RULE,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how often rules were right: real of decided, with Wilson's interval."""
    from workflows.alerts.precision import alert_precision
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "PrecisionReport":
        end = day_of(until, civil_date(ws.clock()) + timedelta(days=1))
        start = day_of(since, end - _YEAR)
        return await alert_precision(
            ws, administrator(region), since=start, until=end, axis=axis, region_path=region
        )

    report = with_workspace(settings, work)
    cells = (
        [
            text(f"alerts.rule.{row.rule}", screen.locale).removeprefix("alerts.rule."),
            row.part or "",
            f"{row.counts.raised:,}",
            f"{row.counts.decided:,}",
            f"{row.counts.real:,}",
            "" if row.counts.share is None else f"{row.counts.share:.1%}",
            "" if row.counts.interval is None else "–".join(f"{end:.1%}" for end in row.counts.interval),
        ]
        for row in report.rows
    )
    screen.rows("alerts.precision_title", [f"alerts.{name}" for name in _PRECISION], cells)
    screen.finish(report.to_json())


def try_(
    file: Annotated[Path, typer.Argument(help="Rules as TOML.", exists=True, dir_okay=False)],
    region: RegionOption = "/",
    as_of: AsOfOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a file of rules beside those in force: who would newly be alerted of. Nothing is raised."""
    from workflows.alerts.trying import try_rules
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    content = file.read_text("utf-8")

    async def work(ws: "Workspace") -> "RuleSetRow":
        day = day_of(as_of, civil_date(ws.clock()))
        return (await try_rules(ws, administrator(region), content, day=day)).value

    _show_rules(screen, with_workspace(settings, work))


def adopt(
    rules_id: Annotated[str, typer.Argument(help="Key of rules that were tried.", metavar="ID")],
    version: VersionOption = 1,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let rules hold that were tried."""
    from workflows.alerts.trying import adopt_rules
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "RuleSetRow":
        return (await adopt_rules(ws, administrator(region), rules_id, expected_version=version)).value

    _show_rules(screen, with_workspace(settings, work))


def _show(screen: "Screen", ws: "Workspace", rows: "tuple[AlertRow, ...]") -> None:
    from workflows.alerts.evaluating import read_evidence
    from workflows.alerts.wording import fact_text

    def why(row: "AlertRow", locale: Locale) -> str:
        return "; ".join(fact_text(fact, locale) for fact in read_evidence(row.evidence))

    locale = screen.locale
    cells = (
        [
            row.id,
            text(f"alerts.rule.{row.rule}", locale).removeprefix("alerts.rule."),
            text(f"alerts.priority.{row.priority.value}", locale),
            person_text(ws, row.person.name, row.person.id_number, row.person.birth_year),
            why(row, locale),
            row.due_on.isoformat(),
            text(f"alerts.state.{row.state.value}", locale),
        ]
        for row in rows
    )
    screen.rows("alerts.title", [f"alerts.{name}" for name in _LIST], cells)
    screen.finish({"alerts": [_plain(row) for row in rows]})


def _plain(row: "AlertRow") -> dict[str, object]:
    return {
        "id": row.id,
        "rule": row.rule,
        "priority": row.priority.value,
        "state": row.state.value,
        "raised_on": row.raised_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "outcome": None if row.outcome is None else row.outcome.value,
        "need_id": row.need_id,
        "version": row.version,
    }


def _show_rules(screen: "Screen", tried: "RuleSetRow") -> None:
    names = ("before", "after", "newly", "no_longer", "raised")
    cells = ([each.rule, *(f"{getattr(each, name):,}" for name in names)] for each in tried.rules)
    screen.rows("alerts.tried_title", [f"alerts.{name}" for name in _TRIED], cells)
    screen.finish(
        {
            "id": tried.id,
            "state": tried.state.value,
            "region": tried.region_path,
            "day": tried.day.isoformat(),
            "version": tried.version,
            "rules": [{name: getattr(each, name) for name in ("rule", *names)} for each in tried.rules],
            "persons": [
                {"rule": each.rule, "name": each.name, "birth_year": each.birth_year}
                for each in tried.persons
            ],
        }
    )
