"""The ledger of funds on the command line: proving it, and reading a fund's entries."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Phases
from domain.money import yuan_text
from locales import text

if TYPE_CHECKING:
    from graph.ledger.proof import BookProof
    from graph.reads.ledger import FundEntryRow
    from workflows.workspace import Workspace

_AT_ONCE = 200


def prove(data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """Work every balance and sum of funds out of the entries again; the status is 1 where something differs."""
    from graph.ledger.proof import prove as prove_ledger

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()

    async def work(ws: "Workspace") -> "BookProof":
        return await prove_ledger(ws.store)

    proof = with_workspace(settings, work)
    counts: dict[str, object] = {
        "fund_entries": proof.entries,
        "fund_books": proof.books,
        "fund_total_fen": proof.total_fen,
        "fund_judged": proof.judged,
    }
    shown = {name: f"{value:,}" for name, value in counts.items()}
    shown |= {f"fund_{account.value}": yuan_text(fen) for account, fen in proof.by_account.items()}
    screen.table("titles.funds_ledger", shown)
    for finding in proof.findings:
        screen.say(f"ledger.broken.{finding.broken.value}", id=finding.object_id)
    screen.say("ledger.holds" if proof.holds else "ledger.does_not_hold")
    screen.finish(
        {
            "holds": proof.holds,
            **counts,
            **{f"{account.value.lower()}_fen": fen for account, fen in proof.by_account.items()},
            "findings": [{"broken": each.broken.value, "id": each.object_id} for each in proof.findings],
            "seconds": phases.total_s,
        }
    )
    if not proof.holds:
        raise typer.Exit(code=1)


def entries(
    fund: Annotated[str, typer.Argument(help="The fund.", metavar="FUND")],
    earmark: Annotated[
        str | None, typer.Option("--earmark", help="One part of it; the whole fund without it.", metavar="ID")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many, newest first.", min=1)] = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the entries of a fund's books, newest first."""
    from graph.reads.funds import fund_by_id
    from graph.reads.ledger import page_of_fund_entries
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator()

    async def work(ws: "Workspace") -> "tuple[list[FundEntryRow], bool]":
        await ws.store.read(lambda tx: fund_by_id(tx, actor, fund))
        found: list[FundEntryRow] = []
        after, more = None, True
        while more and len(found) < limit:
            first = min(_AT_ONCE, limit - len(found))
            page = await ws.store.read(
                lambda tx, first=first, after=after: page_of_fund_entries(
                    tx, actor, fund_id=fund, earmark_id=earmark, first=first, after=after
                )
            )
            found += page.rows
            more, after = page.has_next, page.positions[-1] if page.positions else None
        return found, more

    rows, more = with_workspace(settings, work)

    def worded(group: str, member: StrEnum) -> str:
        return text(f"workflows.{group}.{member.value}", settings.lang)

    columns = [f"ledger.{name}" for name in ("at", "kind", "book", "debit", "credit", "amount", "paper")]
    screen.say("ledger.entries", fund=fund)
    screen.rows(
        "titles.funds_ledger",
        columns,
        (
            (
                row.at.isoformat(timespec="seconds"),
                worded("fund_entry_kind", row.kind),
                row.earmark_id or screen.word("ledger.own"),
                worded("fund_account", row.debit),
                worded("fund_account", row.credit),
                yuan_text(row.amount_fen),
                f"{worded('entry_source', row.source_kind)} {row.source_id}",
            )
            for row in rows
        ),
    )
    if more:
        screen.say("ledger.more")
    screen.finish(
        {
            "fund": fund,
            "more": more,
            "entries": [
                {
                    "id": row.id,
                    "earmark": row.earmark_id,
                    "sequence": row.sequence,
                    "kind": row.kind.value,
                    "debit": row.debit.value,
                    "credit": row.credit.value,
                    "amount_fen": row.amount_fen,
                    "need": row.need_id,
                    "reverses": row.reverses,
                    "at": row.at.isoformat(),
                    "digest": row.digest,
                }
                for row in rows
            ],
        }
    )
