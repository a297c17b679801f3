"""What is derived of merged persons, worked out again: a job for every night, and after an import."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.persons import Followed
from graph.persons.decisions import decisions_about
from graph.persons.following import merged_records
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.persons.regrouping import persons_by, regroup
from workflows.workspace import Workspace


@dataclass(slots=True)
class SettleReport:
    """How many persons were looked at, and what was found to follow."""

    persons: int = 0
    rows_moved: int = 0
    hours_held_back: int = 0
    hours_given_back: int = 0

    def figures(self) -> dict[str, int]:
        """Give the counts by name."""
        return {
            "persons": self.persons,
            "rows_moved": self.rows_moved,
            "hours_held_back": self.hours_held_back,
            "hours_given_back": self.hours_given_back,
        }


async def settle_persons(ws: Workspace, actor: Actor) -> SettleReport:
    """
    Bring home what was written under merged records by name, as imports do, and count and promise once again.

    Each person is a unit of work of its own. It decides nothing: who is who follows from what people decided.
    """
    done, seen = SettleReport(), set[str]()
    for merged in await ws.store.read(lambda tx: merged_records(tx, actor)):
        if merged in seen:
            continue

        async def work(tx: AuditedTransaction, merged: str = merged) -> tuple[set[str], Followed]:
            decisions = await decisions_about(tx, [merged])
            followed = await regroup(tx, decisions)
            tx.record("person.settle", merged, detail={"moved": sum(followed.moved.values())})
            return set(persons_by(decisions).person_of()), followed

        records, followed = await UnitOfWork(ws.store, ws.clock).run(actor, work)
        seen |= records
        done.persons += 1
        done.rows_moved += sum(followed.moved.values())
        done.hours_held_back += len(followed.hours_held_back)
        done.hours_given_back += len(followed.hours_given_back)
    return done
