"""A change of rules is tried before it holds: who would be alerted of anew, and who no longer."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import polars as pl
from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.alerts import RuleSetState
from domain.errors import ConflictError, NotPermittedError
from domain.time import civil_date
from graph.alerts import RULE_SET, adopt_rule_set, rule_set_state, take_rule_set
from graph.ports import ReadTransaction
from graph.reads.alerts import RuleSetRow, rule_set_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.alerts.books import books_on, held_files
from workflows.alerts.evaluating import evaluate
from workflows.alerts.rules_in_force import RuleBook, RuleFile, read_rule_file, require_whole
from workflows.alerts.running import CityBase, new_alerts, read_city
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

RULE_MAKERS = (Role.STATION_LEAD, Role.PLATFORM_ADMIN)

SHOWN_PERSONS = 50
"""How many of those who would newly be alerted of a trial shows."""

_ANSWERS = TypeAdapter(RuleSetRow)
_UTC = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEffect:
    """
    What a change does to one rule.

    Parameters
    ----------
    before, after
        Whom the rule meets under the rules in force, and under those proposed.
    newly, no_longer
        Persons met under one and not under the other.
    raised
        Alerts that a pass under the proposed rules would raise of persons who are newly met.
    """

    rule: str
    before: int
    after: int
    newly: int
    no_longer: int
    raised: int


def rule_set_id(text: str) -> str:
    """Give the id of a file of rules: the digest of its text."""
    return f"AlertRuleSet:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a change does on a day; ``persons`` are the first of those who would newly be alerted of, with the rule."""

    day: date
    rules: tuple[RuleEffect, ...]
    persons: tuple[tuple[str, str], ...]


def effects(
    before: pl.DataFrame,
    after: pl.DataFrame,
    raised: pl.DataFrame,
    books: Mapping[str, RuleBook],
    day: date,
) -> Trial:
    """Compare what two sets of rules find of one city, rule by rule; what is child protection's is left out."""
    walled = {rule.code for book in books.values() for rule in book.rules if rule.child}
    both = ["code", "resident_id"]
    newly = after.join(before, on=both, how="anti")
    gone = before.join(after, on=both, how="anti")
    pairs = [
        (str(row["rule"]), str(row["resident_id"]))
        for row in new_alerts(newly, raised, books, day).rows
        if not row["child"]
    ]
    fresh = pl.DataFrame(pairs, schema=dict.fromkeys(both, pl.String), orient="row")
    counts = [_by_code(frame) for frame in (before, after, newly, gone, fresh)]
    codes = sorted({code for count in counts for code in count} - walled)
    rules = tuple(
        RuleEffect(
            rule=code,
            before=counts[0].get(code, 0),
            after=counts[1].get(code, 0),
            newly=counts[2].get(code, 0),
            no_longer=counts[3].get(code, 0),
            raised=counts[4].get(code, 0),
        )
        for code in codes
    )
    return Trial(day=day, rules=rules, persons=tuple(pairs[:SHOWN_PERSONS]))


def _by_code(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.group_by("code").len().iter_rows())


async def try_rules(
    ws: Workspace, actor: Actor, text: str, *, day: date | None = None, idempotency_key: str | None = None
) -> Outcome[RuleSetRow]:
    """
    Evaluate a file of rules beside those in force over its region, and keep the file with what it would do.

    Nothing is raised. The file is named by its text: what is adopted later is what was tried.

    Raises
    ------
    NotPermittedError
        The actor makes no rules, or the file is for a place outside their scope.
    PolicyError
        The file is malformed, or does not fit together with those around it.
    """
    actor.require(*RULE_MAKERS)
    file = read_rule_file(text, "proposed")
    if not actor.scope.covers(file.region_path):
        raise NotPermittedError("these rules are for a place outside the scope", region=file.region_path)
    set_id, today = rule_set_id(text), day or civil_date(ws.clock())
    trial = await _try(ws, actor, file, today)

    async def work(tx: AuditedTransaction) -> RuleSetRow:
        state, version = await rule_set_state(tx, set_id)
        if state in (None, RuleSetState.TRIED):
            await _keep(tx, actor, set_id, text, file.region_path, trial, version + 1)
        tx.record("alerts.try_rules", set_id, detail={"day": today.isoformat()})
        return await rule_set_by_id(tx, actor, set_id)

    asked = request_hash("try_alert_rules", text, today)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def _try(ws: Workspace, actor: Actor, file: RuleFile, day: date) -> Trial:
    """Evaluate outside any unit that writes: a city takes seconds, and others go on writing meanwhile."""

    async def read(tx: ReadTransaction) -> tuple[CityBase, dict[str, RuleBook]]:
        held = await held_files(tx, candidate=file)
        require_whole(held, file)
        proposed = books_on(held, day)
        return await read_city(tx, actor, day, besides=proposed), proposed

    base, proposed = await ws.store.read(read)

    def compare() -> Trial:
        before = evaluate(base.city, base.books, day).alerts
        after = evaluate(base.city, proposed, day).alerts
        return effects(before, after, base.raised, proposed, day)

    return await asyncio.to_thread(compare)


async def _keep(
    tx: AuditedTransaction, actor: Actor, set_id: str, text: str, region_path: str, trial: Trial, version: int
) -> None:
    frame = pl.DataFrame(
        {
            "id": [set_id],
            "state": [RuleSetState.TRIED.value],
            "content": [text],
            "summary": [json.dumps(asdict(trial), sort_keys=True, default=str)],
            "tried_by": [actor.id],
            "tried_at": pl.Series([tx.at], dtype=_UTC),
            "tried_day": [trial.day],
            "region_path": [region_path],
            "version": [version],
        }
    )
    await tx.load_nodes(RULE_SET, frame)


async def adopt_rules(
    ws: Workspace, actor: Actor, set_id: str, *, expected_version: int, idempotency_key: str | None = None
) -> Outcome[RuleSetRow]:
    """
    Let rules hold that were tried; those that held in the region before no longer do.

    Raises
    ------
    NotPermittedError, NotFoundError
        The actor makes no rules; nobody tried these, or outside the scope.
    StaleVersionError
        Tried again since it was read.
    ConflictError
        They hold already, or did.
    PolicyError
        They no longer fit together with those around them.
    """
    actor.require(*RULE_MAKERS)

    async def work(tx: AuditedTransaction) -> RuleSetRow:
        rules = await take_rule_set(tx, actor, set_id, expected_version=expected_version)
        if rules.state is not RuleSetState.TRIED:
            raise ConflictError("these rules were adopted already", id=set_id, state=rules.state.value)
        file = read_rule_file(rules.content, set_id)
        require_whole(await held_files(tx, candidate=file), file)
        await adopt_rule_set(tx, set_id, rules.region_path, by=actor.id, at=tx.at)
        tx.record("alerts.adopt_rules", set_id, detail={"region": rules.region_path})
        return await rule_set_by_id(tx, actor, set_id)

    asked = request_hash("adopt_alert_rules", set_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)
