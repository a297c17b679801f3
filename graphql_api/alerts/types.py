"""Alerts, groups at risk and rules as clients see them."""

from datetime import date, datetime

import strawberry

from domain.alerts import (
    AlertOutcome,
    AlertPriority,
    AlertState,
    Evidence,
    FalseAlarmReason,
    Precision,
    PrecisionAxis,
    RuleFamily,
    RuleSetState,
)
from domain.needs import NeedCategory
from domain.protection import SealedMask
from graph.reads.alerts import AlertRow, RiskMemberRow, RuleSetRow, TriedPerson
from graphql_api.connections import Node, loaded
from graphql_api.context import Info
from graphql_api.households.types import HOUSEHOLD
from graphql_api.ids import encode_id
from graphql_api.masks import mask_field
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.regions import RegionNode, load_region
from graphql_api.scalars import BigInt
from graphql_api.stations.types import StationNode, load_station
from locales import Locale
from workflows.alerts.evaluating import read_evidence
from workflows.alerts.precision import PrecisionReport, PrecisionRow
from workflows.alerts.rules_in_force import AlertRule, RiskGroup, RuleBook
from workflows.alerts.wording import condition_text, fact_text

ALERT = "Alert"
RISK_MEMBER = "RiskMember"
ALERT_RULES = "AlertRules"

for _kind, _description in (
    (AlertOutcome, "How an alert ended; MOVED says nothing of the rule."),
    (AlertPriority, "How soon somebody looks."),
    (AlertState, "Where an alert stands; ESCALATED is overdue and with the station above too."),
    (FalseAlarmReason, "Why an alert was none."),
    (RuleFamily, "What a rule watches."),
    (RuleSetState, "Where proposed rules stand; what was tried can be adopted."),
    (PrecisionAxis, "What alerts of a rule are told apart by."),
):
    strawberry.enum(_kind, description=_description)


@strawberry.type(description="One fact that put somebody into a group or raised an alert.")
class RiskFact:
    """What was found, against which line, by whose list."""

    kind: str = strawberry.field(description="Kind of condition; with no_ before it one that is not met.")
    subject: str = strawberry.field(description="The list or the situation it is about.")
    value: BigInt | None = strawberry.field(description="Fen, years or people, by kind.")
    line: BigInt | None = strawberry.field(description="Fen or days that it was held against, by kind.")
    on: date | None = strawberry.field(description="Day of the latest record behind it.")
    source: str | None = strawberry.field(
        description="Department and list; REGISTER where it is a situation."
    )
    records: int | None
    fact: strawberry.Private[Evidence]

    @strawberry.field(description="In words.")
    def text(self, info: Info) -> str:
        """Word it."""
        return fact_text(self.fact, info.context.locale)


def facts_of_text(evidence: str) -> list[RiskFact]:
    """Give stored evidence as clients see it."""
    return [
        RiskFact(
            kind=fact.kind,
            subject=fact.subject,
            value=None if fact.value is None else BigInt(fact.value),
            line=None if fact.line is None else BigInt(fact.line),
            on=fact.on,
            source=fact.source,
            records=fact.records,
            fact=fact,
        )
        for fact in read_evidence(evidence)
    ]


@strawberry.type(name="AlertPerson", description="Whom an alert is about; everything is masked.")
class AlertPersonNode:
    """What is shown of a person."""

    name: str | None
    id_number: str | None = mask_field()
    birth_year: int | None
    telephone: str | None
    mask: strawberry.Private[SealedMask | None]


@strawberry.type(name=ALERT, description="Somebody may be in difficulty: what says so, and what came of it.")
class AlertNode(Node):
    """Waits for its desk."""

    rule: str
    family: RuleFamily
    priority: AlertPriority
    need_category: NeedCategory = strawberry.field(description="What a need made of it is about.")
    rules: str = strawberry.field(description="Under which versions of rules it was raised.")
    evidence: list[RiskFact]
    state: AlertState
    raised_at: datetime
    raised_on: date = strawberry.field(description="The day whose windows counted.")
    due_on: date
    escalated_at: datetime | None
    number: int = strawberry.field(description="Counts those of one person by one rule.")
    outcome: AlertOutcome | None
    reason: FalseAlarmReason | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    household_id: strawberry.ID | None
    person: AlertPersonNode
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    region_key: strawberry.Private[str | None]
    station_key: strawberry.Private[str | None]
    escalated_key: strawberry.Private[str | None]
    need_key: strawberry.Private[str | None]
    moved_key: strawberry.Private[str | None]

    @strawberry.field(description="Where the person lives.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)

    @strawberry.field(description="Who handles it.")
    async def station(self, info: Info) -> StationNode | None:
        """Give the station."""
        return await load_station(info, self.station_key)

    @strawberry.field(description="The station above, once it is overdue.")
    async def escalated_to(self, info: Info) -> StationNode | None:
        """Give the station above."""
        return await load_station(info, self.escalated_key)

    @strawberry.field(description="The need by which the person is helped, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="Where somebody who moved lives now, if it is known.")
    async def moved_to(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.moved_key)


def alert(row: AlertRow) -> AlertNode:
    """Give an alert as clients see it."""
    return AlertNode(
        id=encode_id(ALERT, row.id),
        rule=row.rule,
        family=row.family,
        priority=row.priority,
        need_category=row.need_category,
        rules=row.rules_id,
        evidence=facts_of_text(row.evidence),
        state=row.state,
        raised_at=row.raised_at,
        raised_on=row.raised_on,
        due_on=row.due_on,
        escalated_at=row.escalated_at,
        number=row.number,
        outcome=row.outcome,
        reason=row.reason,
        note=row.note,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        household_id=None if row.household_id is None else encode_id(HOUSEHOLD, row.household_id),
        person=AlertPersonNode(
            name=row.person.name,
            mask=row.person.id_number,
            birth_year=row.person.birth_year,
            telephone=row.person.telephone,
        ),
        version=row.version,
        region_key=row.region_id,
        station_key=row.station_id,
        escalated_key=row.escalated_to,
        need_key=row.need_id,
        moved_key=row.moved_to,
    )


async def load_alert(info: Info, key: str | None) -> AlertNode | None:
    """Give the alert of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.alerts, key, alert)


@strawberry.type(name=RISK_MEMBER, description="Somebody in a group at risk, masked.")
class RiskMemberNode:
    """Who, since when, and why."""

    group: str
    since: date
    evidence: list[RiskFact]
    name: str | None
    birth_year: int | None
    household_id: strawberry.ID | None
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where the person lives.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)


def risk_member(row: RiskMemberRow) -> RiskMemberNode:
    """Give a member of a group as clients see it."""
    return RiskMemberNode(
        group=row.group_code,
        since=row.since,
        evidence=facts_of_text(row.evidence),
        name=row.name,
        birth_year=row.birth_year,
        household_id=None if row.household_id is None else encode_id(HOUSEHOLD, row.household_id),
        region_key=row.region_id,
    )


@strawberry.type(name="RiskGroup", description="One of the thirteen slots.")
class RiskGroupNode:
    """Who belongs to it, who says so, and how many are in it."""

    slot: int
    code: str
    title: str
    source: str
    members: int
    newest_on: date | None = strawberry.field(description="Since when the newest member is in it.")
    condition: str = strawberry.field(description="JSON, as in the file of rules.")
    who: str = strawberry.field(description="The condition in words.")


@strawberry.type(description="The slots in force at a place, and the last pass that filled them.")
class RiskGroupTable:
    """Groups that look at children's situations are shown to their roles alone."""

    rules: str
    groups: list[RiskGroupNode]
    checked_on: date | None = strawberry.field(description="The day of the last pass.")
    checked_at: datetime | None


def risk_group(group: RiskGroup, members: int, newest_on: date | None, locale: Locale) -> RiskGroupNode:
    """Give a slot as clients see it."""
    return RiskGroupNode(
        slot=group.slot,
        code=group.code,
        title=group.title(locale),
        source=group.source,
        members=members,
        newest_on=newest_on,
        condition=group.when.model_dump_json(exclude_none=True),
        who=condition_text(group.when, locale),
    )


@strawberry.type(name="AlertRule", description="When an alert is raised.")
class AlertRuleNode:
    """A rule in force."""

    code: str
    title: str
    family: RuleFamily
    priority: AlertPriority
    due_days: int
    quiet_days: int = strawberry.field(description="For how long the same facts are quiet after a decision.")
    need_category: NeedCategory
    source: str
    condition: str = strawberry.field(description="JSON, as in the file of rules.")
    who: str = strawberry.field(description="The condition in words.")


def alert_rule(rule: AlertRule, locale: Locale) -> AlertRuleNode:
    """Give a rule as clients see it."""
    return AlertRuleNode(
        code=rule.code,
        title=rule.title(locale),
        family=rule.family,
        priority=rule.priority,
        due_days=rule.due_days,
        quiet_days=rule.quiet_days,
        need_category=rule.need_category,
        source=rule.source,
        condition=rule.when.model_dump_json(exclude_none=True),
        who=condition_text(rule.when, locale),
    )


@strawberry.type(description="The rules in force at a place on a day.")
class AlertRuleBook:
    """Ids of the versions, and the rules."""

    name: str
    rules: list[AlertRuleNode]


def rule_book(book: RuleBook, locale: Locale) -> AlertRuleBook:
    """Give rules as clients see them."""
    return AlertRuleBook(name=book.id, rules=[alert_rule(rule, locale) for rule in book.rules])


@strawberry.type(description="How often a rule was right.")
class AlertPrecisionCounts:
    """Decided are those found real or false; people who moved, and alerts that wait, say nothing yet."""

    raised: int
    decided: int
    real: int
    moved: int
    waiting: int
    precision: float | None = strawberry.field(description="Real of decided.")
    low: float | None = strawberry.field(description="Lower end of Wilson's 95 % interval.")
    high: float | None = strawberry.field(description="Upper end of Wilson's 95 % interval.")


def precision_counts(counts: Precision) -> AlertPrecisionCounts:
    """Give counts as clients see them."""
    low, high = counts.interval or (None, None)
    return AlertPrecisionCounts(
        raised=counts.raised,
        decided=counts.decided,
        real=counts.real,
        moved=counts.moved,
        waiting=counts.waiting,
        precision=counts.share,
        low=low,
        high=high,
    )


@strawberry.type(description="A rule, in one town or month if asked by it.")
class AlertPrecisionRow:
    """One line of the report."""

    rule: str
    part: str | None = strawberry.field(description="Path of the town, or the month as 2026-03.")
    counts: AlertPrecisionCounts


@strawberry.type(description="How often rules were right, of alerts raised in a period.")
class AlertPrecisionReport:
    """By rule, and everything together."""

    since: date
    until: date
    rows: list[AlertPrecisionRow]
    total: AlertPrecisionCounts


def _precision_row(row: PrecisionRow) -> AlertPrecisionRow:
    return AlertPrecisionRow(rule=row.rule, part=row.part, counts=precision_counts(row.counts))


def precision_report(report: PrecisionReport) -> AlertPrecisionReport:
    """Give a report as clients see it."""
    return AlertPrecisionReport(
        since=report.since,
        until=report.until,
        rows=[_precision_row(row) for row in report.rows],
        total=precision_counts(report.total),
    )


@strawberry.type(name="TriedRule", description="What proposed rules do to one rule.")
class TriedRuleNode:
    """Whom it meets now and then."""

    rule: str
    before: int
    after: int
    newly: int
    no_longer: int
    raised: int = strawberry.field(description="Alerts that a pass would raise of those newly met.")


@strawberry.type(name="TriedPerson", description="Somebody who would newly be alerted of, masked.")
class TriedPersonNode:
    """Who, and by which rule."""

    rule: str
    name: str | None
    birth_year: int | None
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where the person lives.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)


@strawberry.type(name=ALERT_RULES, description="A file of rules that was tried, and what it would do.")
class AlertRulesNode(Node):
    """Adopted, it holds in its region."""

    state: RuleSetState
    region_path: str
    day: date = strawberry.field(description="The day it was tried on.")
    rules: list[TriedRuleNode]
    persons: list[TriedPersonNode] = strawberry.field(description="The first of them, in the reader's scope.")
    tried_by: str
    tried_at: datetime
    adopted_by: str | None
    adopted_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")


def _tried_person(row: TriedPerson) -> TriedPersonNode:
    return TriedPersonNode(rule=row.rule, name=row.name, birth_year=row.birth_year, region_key=row.region_id)


def alert_rules(row: RuleSetRow) -> AlertRulesNode:
    """Give a file of rules as clients see it."""
    return AlertRulesNode(
        id=encode_id(ALERT_RULES, row.id),
        state=row.state,
        region_path=row.region_path,
        day=row.day,
        rules=[
            TriedRuleNode(
                rule=each.rule,
                before=each.before,
                after=each.after,
                newly=each.newly,
                no_longer=each.no_longer,
                raised=each.raised,
            )
            for each in row.rules
        ],
        persons=[_tried_person(each) for each in row.persons],
        tried_by=row.tried_by,
        tried_at=row.tried_at,
        adopted_by=row.adopted_by,
        adopted_at=row.adopted_at,
        version=row.version,
    )


async def load_alert_rules(info: Info, key: str | None) -> AlertRulesNode | None:
    """Give the file of rules of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.alert_rules, key, alert_rules)
