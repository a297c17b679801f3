"""
The command line, ``zhulian``.

The only place that turns an error's code into an exit status. People read one sentence, what it is about, and
the page that says how to mend it; a traceback goes to the log file alone.
"""

import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.commands import (
    alerts,
    allocations,
    bench,
    certificates,
    checks,
    claims,
    comparing,
    credentials,
    disclosures,
    donations,
    federation,
    files,
    funds,
    hours,
    households,
    identity,
    imports,
    ledger,
    links,
    mappings,
    needs,
    organisations,
    persons,
    plans,
    presentations,
    private_linkage,
    protection,
    recognition,
    reconciliation,
    regions,
    rounds,
    service,
    statistics,
    tokens,
    trust,
    visits,
    warm,
    whatif,
)
from app.settings import Settings, choose_lang, language
from domain.errors import (
    ConflictError,
    InvalidInputError,
    InvariantError,
    NotFoundError,
    NotPermittedError,
    PlatformError,
    UnavailableError,
)
from locales import Locale, catalogue, text

EXIT_STATUS: tuple[tuple[type[PlatformError], int], ...] = (
    (InvalidInputError, 2),
    (NotFoundError, 3),
    (ConflictError, 4),
    (NotPermittedError, 5),
    (UnavailableError, 6),
    (InvariantError, 70),
)
"""Status of each family of errors; 1 is a finding (a total that differs, a broken chain), 70 a bug."""

_BUG = 70
_INTERRUPTED = 130

app = typer.Typer(
    name="zhulian",
    help="Knowledge graph and matching of people, money and goods for civil affairs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _group(said: str, commands: dict[str, Callable[..., None]]) -> typer.Typer:
    """Make a group of commands; a name's underscores become hyphens, and none ends it."""
    room = typer.Typer(help=said, no_args_is_help=True)
    for command, run in commands.items():
        room.command(command.rstrip("_").replace("_", "-"))(run)
    return room


def _room(name: str, said: str, **commands: Callable[..., None]) -> typer.Typer:
    """Add a group of commands."""
    room = _group(said, commands)
    app.add_typer(room, name=name)
    return room


for _name, _run in {
    "demo": rounds.demo,
    "serve": service.serve,
    "generate": files.generate,
    "match": rounds.match,
    "whatif": whatif.whatif,
    "statistics": statistics.statistics,
    "export": files.export,
    "restore": files.restore,
    "check": plans.check,
    "doctor": checks.doctor,
    "schema": service.schema,
    "warm": warm.warm,
}.items():
    app.command(_name)(_run)

_imports = typer.Typer(
    cls=imports.FilesFirst, help="Load files into the graph, and take loads back.", no_args_is_help=True
)
for _name, _run in {
    imports.LOAD: imports.load,
    "list": imports.list_,
    "show": imports.show,
    "undo": imports.undo,
}.items():
    _imports.command(_name)(_run)
app.add_typer(_imports, name="import")
_room(
    "mapping",
    "How sheets are read.",
    propose=mappings.propose_,
    list=mappings.list_,
    show=mappings.show,
    check=mappings.check,
    forget=mappings.forget_,
)
_room(
    "compare",
    "A department's list beside the list before it.",
    run=comparing.run,
    list=comparing.list_,
    show=comparing.show,
)
_room("audit", "The audit chain.", verify=checks.audit_verify)
_room(
    "token",
    "Accounts and their access tokens.",
    issue=tokens.token_issue,
    list=tokens.token_list,
    revoke=tokens.token_revoke,
)
_room("needs", "The life of needs.", tick=needs.tick)
_room("claims", "Deadlines of claims.", tick=claims.tick_claims)
_room("notices", "Notices that leave the house.", send=claims.send_notices)
_room("visits", "Visits to elders.", plan=visits.plan, overdue=visits.overdue, coverage=visits.coverage)
_room(
    "hours",
    "Hours of service and what follows from them.",
    prove=hours.prove,
    stars=hours.stars,
    unfinished=hours.unfinished,
    reconcile=hours.reconcile,
)
_room(
    "certificate",
    "Certificates of volunteer service.",
    issue=certificates.issue,
    reprint=certificates.reprint,
    verify=certificates.verify,
    revoke=certificates.revoke,
    list=certificates.list_,
    public_key=certificates.public_key,
    revocations=certificates.revocations,
)
_room(
    "federation",
    "What federations look at, as files.",
    overview=federation.overview,
    plan=federation.plan,
    unmet=federation.unmet,
)
_room(
    "credential",
    "Volunteers' records as credentials.",
    key=credentials.key,
    issue=credentials.issue,
    show=credentials.show,
    present=credentials.present,
    verify=presentations.verify,
    status=credentials.status,
    badge=credentials.badge,
)
app.add_typer(trust.rooms, name="trust")
_room(
    "recognition",
    "Volunteers of other regions.",
    board=recognition.board,
    ask=recognition.ask,
    present=recognition.present,
    decide=recognition.decide,
    take_list=recognition.take_list,
    look_again=recognition.look_again,
)
app.add_typer(persons.rooms, name="persons")
app.add_typer(reconciliation.rooms, name="reconciliation")
_room("bench", "Measurements.", matching=bench.matching)
_room(
    "identity",
    "Who is who between registers.",
    link=identity.link,
    dedupe=identity.dedupe,
    session=private_linkage.session,
    encode=private_linkage.encode,
    compare=private_linkage.compare,
)
_room("ledger", "The books of funds.", prove=ledger.prove, entries=ledger.entries)
_links = _room(
    "links",
    "Which person a row of a department is about.",
    run=links.run,
    reviews=links.reviews,
    decide=links.decide,
    separate=links.separate,
)
_links.add_typer(
    _group(
        "Which organisations are one under several names.",
        {
            "run": organisations.run,
            "list": organisations.list_,
            "decide": organisations.decide,
            "reopen": organisations.reopen,
        },
    ),
    name="organisations",
)
_room("regions", "Divisions and their codes.", resolve=regions.resolve)
_room(
    "protection",
    "Sealed identity numbers, and what people ask about themselves.",
    keys=protection.keys,
    rotate_envelope=protection.rotate_envelope,
    rotate_key=protection.rotate_key,
    seal_masks=protection.seal_masks,
    registered=protection.registered,
    export=protection.export,
)
_room(
    "alerts",
    "People who may be in difficulty: groups at risk, alerts, and the rules behind them.",
    run=alerts.run,
    list=alerts.list_,
    decide=alerts.decide,
    rules=alerts.rules,
    precision=alerts.precision,
    **{"try": alerts.try_},
    adopt=alerts.adopt,
)
_room("regions", "Divisions and their codes.", resolve=regions.resolve)
_room("households", "Files of households.", file=households.file, sources=households.sources)
_room(
    "allocations",
    "Money on its way from funds to needs.",
    list=allocations.list_,
    tick=allocations.tick,
    overdue=allocations.overdue,
)
_room(
    "donations",
    "Gifts to a charity's funds, and its shops.",
    reconcile=donations.reconcile,
    flag_duplicates=donations.flag,
    list=donations.list_,
    receipt=donations.receipt,
    shops=donations.shops,
)
_room(
    "disclosures",
    "What charities publish of a month or a year.",
    pack=disclosures.pack,
    publish=disclosures.publish,
    list=disclosures.list_,
    check=disclosures.check,
)
_room(
    "funds",
    "Funds, their purposes, and years of charities.",
    list=funds.list_,
    tick=funds.tick,
    templates=funds.templates,
    qualifies=funds.qualifies,
    year=funds.year,
    expiring=funds.expiring,
)


@app.callback()
def choose_language(
    lang: Annotated[
        Locale | None, typer.Option("--lang", help="Language of messages; without it that of ZHULIAN_LANG.")
    ] = None,
) -> None:
    """Choose the language of messages: zh-CN or en."""
    choose_lang(lang)


def exit_status(error: PlatformError) -> int:
    """Give the exit status of an error."""
    return next((status for family, status in EXIT_STATUS if isinstance(error, family)), _BUG)


def main() -> None:
    """Run the command line and end the process with its status."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    console = Console(stderr=True)
    try:
        app()
    except PlatformError as error:
        show(error, console)
        raise SystemExit(exit_status(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
    except Exception as error:
        path = _log(error)
        console.print(text("cli.unexpected", language(), log=path), highlight=False, markup=False)
        raise SystemExit(_BUG) from None


def show(error: PlatformError, console: Console) -> None:
    """Write an error for people: the sentence, what it is about, and where its page is."""
    locale = language()
    console.print(
        text(f"errors.{error.code}", locale, **error.context), style="bold red", highlight=False, markup=False
    )
    if locale is Locale.EN or not error.context:
        console.print(f"  {error.message}", highlight=False, markup=False, soft_wrap=True)
    for name, value in error.context.items():
        if value is not None and value != "":
            console.print(
                f"  {_label(name, locale)}: {_reason(name, value, locale)}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
    folder = "zh" if locale is Locale.ZH_CN else "en"
    console.print(
        text("cli.see_page", locale, page=f"docs/{folder}/errors/{error.code}.md"),
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _label(name: str, locale: Locale) -> str:
    """Name what an error is about; what has no word of its own keeps its name in the code."""
    return catalogue(locale).get(f"cli.about.{name}", name)


def _reason(name: str, value: object, locale: Locale) -> str:
    """Word a reason that is one of ours; others, and other values, stand as they are."""
    return catalogue(locale).get(f"cli.reasons.{value}", str(value)) if name == "reason" else str(value)


def _log(error: Exception) -> Path:
    try:
        folder = Settings.load().data_dir / "logs"
    except PlatformError:
        folder = Path("var") / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path
