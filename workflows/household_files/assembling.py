"""From what departments say to the fields of a file: a pure function of the facts, the rules and the day."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.household_files import FieldValue, FileField, SourceValue, choose
from domain.people import ElderGroup, LowIncomeCategory
from domain.time import civil_date
from graph.reads.household_files import CHILD_CODES, DepartmentFact, HouseholdFacts, Member
from workflows.household_files.rules_in_force import FieldRule, FileRules, Measure, Origin, SourceRule

YES = "YES"
NONE = "NONE"
_YEAR = timedelta(days=365)
_HARDSHIP = frozenset(category.value for category in LowIncomeCategory)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdFile:
    """
    One household's file on a day.

    Parameters
    ----------
    facts
        Members, and the lines of lists behind the fields.
    fields
        What stands, each with its source, its date, the rule that chose, and who says otherwise.
    child_situations
        Of those whose role it is; empty for everybody else.
    digest
        Of fields and members without what is child protection's: equal files have equal digests.
    version, versions_behind
        The newest stored version, and whether the file has changed since.
    """

    facts: HouseholdFacts
    day: date
    rules_id: str
    fields: tuple[FieldValue, ...]
    child_situations: tuple[str, ...]
    digest: str
    version: int = 0
    changed_since: bool = False


def assemble(facts: HouseholdFacts, rules: FileRules, day: date) -> HouseholdFile:
    """Put the file together."""
    said = ((rule, _said(facts, rule, day)) for rule in rules.fields)
    fields = tuple(
        value
        for rule, words in said
        if (
            value := choose(
                rule.name,
                words,
                day=day,
                fresh_days=rule.fresh_days,
                tolerance_percent=rule.tolerance_percent,
            )
        )
        is not None
    )
    children = (
        frozenset(facts.situations).union(*(member.situations for member in facts.members)) & CHILD_CODES
    )
    file = HouseholdFile(
        facts=facts,
        day=day,
        rules_id=rules.id,
        fields=fields,
        child_situations=tuple(sorted(children)),
        digest="",
    )
    digest = hashlib.sha256(content_of(file, with_children=True).encode()).hexdigest()
    return HouseholdFile(
        facts=facts,
        day=day,
        rules_id=rules.id,
        fields=fields,
        child_situations=file.child_situations,
        digest=digest,
    )


def content_of(file: HouseholdFile, *, with_children: bool) -> str:
    """Write a file as canonical JSON; children's situations stand apart, so that they can be left out."""
    content: dict[str, object] = {
        "rules": file.rules_id,
        "fields": [_plain(value) for value in file.fields],
        "members": [
            {"id": member.id, "role": member.household_role, "name": member.name}
            for member in file.facts.members
        ],
    }
    if with_children:
        content["child_protection"] = list(file.child_situations)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: FieldValue) -> dict[str, object]:
    return {
        "field": value.field.value,
        "value": value.value,
        "source": value.source,
        "as_of": value.as_of.isoformat(),
        "choice": value.choice.value,
        "conflicts": [
            {"source": each.source, "value": each.value, "as_of": each.as_of.isoformat()}
            for each in value.conflicts
        ],
    }


def _said(facts: HouseholdFacts, rule: FieldRule, day: date) -> list[SourceValue]:
    return [
        word
        for rank, source in enumerate(rule.sources)
        for word in _words(facts, rule.name, source, rank, day)
    ]


def _words(
    facts: HouseholdFacts, name: FileField, source: SourceRule, rank: int, day: date
) -> Iterable[SourceValue]:
    if source.origin is Origin.HOUSEHOLD:
        value = _of_household(facts, name)
        if value is not None:
            yield SourceValue(
                source=source.source, rank=rank, value=value, as_of=civil_date(facts.recorded_at)
            )
    elif source.origin is Origin.RESIDENTS:
        yield from _of_residents(facts.members, name, source.source, rank)
    else:
        word = _of_records(facts.facts, source, rank, day)
        if word is not None:
            yield word


def _of_household(facts: HouseholdFacts, name: FileField) -> str | None:
    if name is FileField.REGION:
        return facts.region_id
    if name is FileField.TELEPHONE:
        return facts.phone_mask
    if name is FileField.MEMBERS:
        return None if facts.stated_members is None else str(facts.stated_members)
    if name is FileField.HARDSHIP:
        return _codes(facts.situations & _HARDSHIP)
    return None


def _of_residents(
    members: Sequence[Member], name: FileField, source: str, rank: int
) -> Iterable[SourceValue]:
    """Give what the register says: of places and telephones each that some member has, else one word of all."""
    if not members:
        return
    as_of = max(civil_date(member.recorded_at) for member in members)
    if name in {FileField.REGION, FileField.TELEPHONE}:
        held = [member.region_id if name is FileField.REGION else member.phone_mask for member in members]
        for value in sorted({each for each in held if each is not None}):
            yield SourceValue(source=source, rank=rank, value=value, as_of=as_of, rows=held.count(value))
        return
    situations = frozenset[str]().union(*(member.situations for member in members))
    value = {
        FileField.MEMBERS: str(len(members)),
        FileField.HARDSHIP: _codes(situations & _HARDSHIP),
        FileField.SEVERE_DISABILITY: YES if ElderGroup.SEVERE_DISABILITY in situations else NONE,
    }.get(name)
    if value is not None:
        yield SourceValue(source=source, rank=rank, value=value, as_of=as_of, rows=len(members))


def _codes(codes: frozenset[str]) -> str:
    return "+".join(sorted(codes)) or NONE


def _of_records(
    facts: Sequence[DepartmentFact], source: SourceRule, rank: int, day: date
) -> SourceValue | None:
    """Give what a list says of all members together; a day without a date says nothing."""
    lines = [
        (each, each.occurred_on)
        for each in facts
        if each.department == source.department and each.event == source.event and each.occurred_on is not None
        and each.occurred_on <= day
    ]  # fmt: skip
    if not lines:
        return None
    newest = max(on for _, on in lines)
    year = [each for each, on in lines if on > newest - _YEAR]
    if source.measure is Measure.EXISTS:
        value = YES
    elif source.measure is Measure.YEAR:
        value = str(sum(each.amount_fen or 0 for each in year))
    else:
        latest: dict[str, tuple[date, str, int]] = {}
        for each, on in lines:
            word = (on, each.number, each.amount_fen or 0)
            latest[each.resident_id] = max(word, latest.get(each.resident_id, word))
        factor = 12 if source.measure is Measure.MONTH_TIMES_12 else 1
        value = str(factor * sum(amount for _, _, amount in latest.values()))
    return SourceValue(source=source.source, rank=rank, value=value, as_of=newest, rows=len(lines))
