"""What a command shows: progress and tables on the terminal, one JSON object as the last line on request."""

import json
import resource
import sys
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from domain.money import yuan_text
from locales import Locale, text

_KIB_PER_MIB = 1024


def peak_mb() -> int:
    """Give the greatest resident memory of this process and its finished children so far, in MiB."""
    usages = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    kib = max(usages)
    return kib // _KIB_PER_MIB if sys.platform != "darwin" else kib // _KIB_PER_MIB**2


def shown(figures: dict[str, object]) -> dict[str, object]:
    """Word a round's figures for people: yuan, percent, thousands."""
    worded: dict[str, object] = {}
    for name, value in figures.items():
        if name == "amount_allocated_fen" and isinstance(value, int):
            worded[name] = yuan_text(value)
        elif name == "gap" and isinstance(value, float):
            worded[name] = f"{value:.3%}"
        elif isinstance(value, bool):
            worded[name] = "✓" if value else "–"
        elif isinstance(value, int):
            worded[name] = f"{value:,}"
        elif not isinstance(value, dict):
            worded[name] = value
    return worded


@dataclass
class Phases:
    """Seconds of each phase of a long command, in the order they ran."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    started: float = field(default_factory=time.perf_counter)

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Time one phase."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - begun, 3)

    @property
    def total_s(self) -> float:
        """Seconds since the command began."""
        return round(time.perf_counter() - self.started, 3)


@dataclass(frozen=True)
class Screen:
    """
    Where a command writes: people's text to standard error, results to standard output.

    ``as_json`` silences tables and ends with one JSON object as the last line of standard output.
    """

    locale: Locale
    as_json: bool = False
    console: Console = field(default_factory=lambda: Console(stderr=True))
    results: Console = field(default_factory=Console)

    def say(self, key: str, /, **parameters: object) -> None:
        """Write one worded line."""
        self.console.print(
            text(f"cli.{key}", self.locale, **parameters), highlight=False, markup=False, soft_wrap=True
        )

    def word(self, key: str, /, **parameters: object) -> str:
        """Word a key of the command line."""
        return text(f"cli.{key}", self.locale, **parameters)

    def table(self, title_key: str, rows: Mapping[str, object]) -> None:
        """Write a table of names and values, unless JSON was asked for."""
        if self.as_json:
            return
        table = Table(title=self.word(title_key), show_header=False, title_justify="left")
        for key, value in rows.items():
            table.add_row(text(f"cli.figures.{key}", self.locale), str(value))
        self.results.print(table)

    def rows(self, title_key: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table with a heading for each column, unless JSON was asked for."""
        if self.as_json:
            return
        table = Table(title=self.word(title_key), title_justify="left")
        for key in columns:
            table.add_column(self.word(key), overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self.results.print(table)

    def finish(self, result: Mapping[str, object]) -> None:
        """End with the JSON object, if it was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()

    @contextmanager
    def progress(self) -> Generator["Steps"]:
        """Show a bar while long work goes on."""
        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        with bar:
            yield Steps(bar, self)


class Steps:
    """The lines of one progress display."""

    def __init__(self, bar: Progress, screen: Screen) -> None:
        self._bar = bar
        self._screen = screen

    @contextmanager
    def step(self, key: str) -> Generator["Step"]:
        """Show one step until it ends."""
        task = self._bar.add_task(self._screen.word(f"steps.{key}"), total=None, detail="")
        try:
            yield Step(self._bar, task)
        finally:
            self._bar.remove_task(task)


class Step:
    """One step that is going on."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def tell(self, detail: str, done: float | None = None) -> None:
        """Say what is being done, and the share done if it is known."""
        if done is None:
            self._bar.update(self._task, detail=detail)
        else:
            self._bar.update(self._task, detail=detail, total=1.0, completed=done)
