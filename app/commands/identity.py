"""Records of people beside each other: linkage of two files, duplicates of one, and linkage that shows no numbers."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import JsonOption, SeedOption, screen_of, settings_of

if TYPE_CHECKING:
    import polars as pl

    from identity.linkage.columns import FoundColumns
    from identity.linkage.linking import LinkResult, LinkRules


_TITLE_ROWS = 10
"""Rows among which the headers are looked for: titles and dates of lists stand above them."""


class RulesChoice(StrEnum):
    """Rules by which pairs are decided."""

    strict = "strict"
    general = "general"


IdColumnOption = Annotated[
    str | None,
    typer.Option("--id-column", help="Header of the key; without it rec_id or its like.", metavar="HEADER"),
]
RulesOption = Annotated[
    RulesChoice | None,
    typer.Option(
        "--rules", help="Rules that decide; without it strict for Chinese names, general for others."
    ),
]
AdaptOption = Annotated[
    bool | None,
    typer.Option(
        "--adapt/--shipped", help="Fit the model's parameters to the files, or keep the shipped ones."
    ),
]
ThreadsOption = Annotated[int | None, typer.Option("--threads", help="Threads of the comparison.", min=1)]


def link(
    left: Annotated[Path, typer.Argument(help="One register, as CSV or a workbook.", metavar="A.csv")],
    right: Annotated[Path, typer.Argument(help="The other register.", metavar="B.csv")],
    out: Annotated[Path, typer.Option("--out", help="Pairs to write.", metavar="PAIRS.csv")],
    id_column: IdColumnOption = None,
    rules: RulesOption = None,
    adapt: AdaptOption = None,
    duplicates: Annotated[
        bool | None,
        typer.Option(
            "--duplicates/--no-duplicates", help="Whether a file may hold a person twice; else looked at."
        ),
    ] = None,
    threads: ThreadsOption = None,
    seed: SeedOption = 20261122,
    as_json: JsonOption = False,
) -> None:
    """Link the records of two files: automatic pairs, pairs for a reviewer, and what came near."""
    from app.output import Phases
    from identity.linkage.linking import link as linked
    from identity.linkage.worker import ScoringWorker

    phases = Phases()
    chosen = _rules(rules, adapt, seed, duplicates=duplicates)
    with ScoringWorker(threads) as worker:
        with phases.phase("reading"):
            ours, our_columns = people_of(left, "A", id_column)
            theirs, their_columns = people_of(right, "B", id_column)
        result = linked(ours, theirs, chosen, worker=worker)
    with phases.phase("writing"):
        _write(result, out)
    _told(
        result, phases, (len(ours), len(theirs)), {"A": our_columns, "B": their_columns}, out, as_json=as_json
    )


def dedupe(
    file: Annotated[Path, typer.Argument(help="A register, as CSV or a workbook.", metavar="A.csv")],
    out: Annotated[Path, typer.Option("--out", help="Pairs to write.", metavar="PAIRS.csv")],
    id_column: IdColumnOption = None,
    rules: RulesOption = None,
    adapt: AdaptOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = 20261122,
    as_json: JsonOption = False,
) -> None:
    """Find records of one person within a file. Nothing is deleted: who merges them is a reviewer's affair."""
    from app.output import Phases
    from identity.linkage.linking import dedupe as deduped
    from identity.linkage.worker import ScoringWorker

    phases = Phases()
    with ScoringWorker(threads) as worker:
        with phases.phase("reading"):
            people, columns = people_of(file, "A", id_column)
        result = deduped(people, _rules(rules, adapt, seed), worker=worker)
    with phases.phase("writing"):
        _write(result, out)
    _told(result, phases, (len(people),), {"A": columns}, out, as_json=as_json)


def _rules(
    rules: RulesChoice | None, adapt: bool | None, seed: int, *, duplicates: bool | None = None
) -> "LinkRules":
    from identity.linkage.decisions import RuleSet
    from identity.linkage.linking import LinkRules

    return LinkRules(
        rules=RuleSet(rules.value) if rules else None, adapt=adapt, duplicates=duplicates, seed=seed
    )


def people_of(path: Path, source: str, id_column: str | None) -> "tuple[pl.DataFrame, FoundColumns]":
    """Read a file as records of one source, with the columns that were found."""
    from identity.linkage.columns import read_people

    return read_people(_table(path), source=source, id_column=id_column, file=path.name)


def _table(path: Path) -> "pl.DataFrame":
    """Read the first sheet of a file as text."""
    import polars as pl

    from domain.errors import UnreadableFileError
    from identity.linkage.columns import is_header
    from importers.readers import open_source
    from importers.sheets import cell_text

    rows = open_source(path).sheets[0].rows()
    filled = (cells for _, cells in rows if any(cell_text(cell) for cell in cells))
    first = list(islice(filled, _TITLE_ROWS))
    if not first:
        raise UnreadableFileError(f"{path.name} holds no table", file=path.name, reason="empty")
    place = next((n for n, cells in enumerate(first) if is_header([cell_text(cell) for cell in cells])), 0)
    head = first[place]
    headers = _distinct([cell_text(cell) or f"column {place}" for place, cell in enumerate(head, start=1)])
    width = len(headers)
    columns: list[list[str | None]] = [[] for _ in headers]
    for cells in chain(first[place + 1 :], filled):
        texts = [cell if isinstance(cell, str) else cell_text(cell) for cell in cells[:width]]
        if any(texts):
            for column, text in zip(columns, texts + [None] * (width - len(texts)), strict=True):
                column.append(text or None)
    return pl.DataFrame(dict(zip(headers, columns, strict=True)), schema=dict.fromkeys(headers, pl.String))


def _distinct(headers: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    named: list[str] = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        named.append(header if seen[header] == 1 else f"{header} {seen[header]}")
    return named


def _write(result: "LinkResult", out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    pairs = result.pairs.select("left_id", "right_id", "decision", "probability", "evidence")
    pairs.write_csv(out, float_precision=6)


def _told(
    result: "LinkResult",
    phases: Any,  # noqa: ANN401 - app.output's own, imported where a command runs
    records: tuple[int, ...],
    columns: "dict[str, FoundColumns]",
    out: Path,
    *,
    as_json: bool,
) -> None:
    screen = screen_of(as_json=as_json, settings=settings_of(None))
    counts = {
        decision: len(result.pairs.filter(result.pairs["decision"] == decision))
        for decision in ("auto", "review", "reject")
    }
    screen.say("linked", path=str(out), **counts)
    screen.finish({
        "records": list(records),
        "pairs": counts,
        "candidates": result.candidates,
        "rules": result.rules,
        "model": result.model,
        "fields": list(result.fields),
        "columns": {name: found.columns for name, found in columns.items()},
        "unused_columns": {name: list(found.unused) for name, found in columns.items()},
        "duplicates_in_a_file": result.duplicates,
        "seconds": {
            "reading": phases.seconds["reading"], **result.seconds, "writing": phases.seconds["writing"],
            "total": phases.total_s,
        },
        "out": str(out),
    })  # fmt: skip
