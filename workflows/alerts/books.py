"""The rules that hold in a graph: what ships with the program, and what regions adopted."""

from collections.abc import Sequence
from datetime import date

from graph.alerts import adopted_rules
from graph.ports import ReadTransaction
from workflows.alerts.rules_in_force import RuleBook, RuleFile, book_on, read_rule_file, shipped_files


async def held_files(tx: ReadTransaction, *, candidate: RuleFile | None = None) -> list[RuleFile]:
    """Give every file of rules, adopted ones after those that ship; a candidate stands in for its region's."""
    adopted = [read_rule_file(each.content, each.id) for each in await adopted_rules(tx)]
    if candidate is None:
        return [*shipped_files().values(), *adopted]
    others = [file for file in adopted if file.region_path != candidate.region_path]
    return [*shipped_files().values(), *others, candidate]


def books_on(held: Sequence[RuleFile], day: date) -> dict[str, RuleBook]:
    """Give the rules in force on a day by the region in which they hold."""
    return {path: book_on(held, day, path) for path in sorted({file.region_path for file in held})}


async def book_at(tx: ReadTransaction, day: date, region_path: str) -> RuleBook:
    """Give the rules in force on a day at a place."""
    return book_on(await held_files(tx), day, region_path)
