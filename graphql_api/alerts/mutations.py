"""What people find of alerts, and how rules are changed."""

from datetime import date

import strawberry

from domain.alerts import AlertOutcome, Decision, FalseAlarmReason
from domain.needs import ConsentGiver
from graph.reads.alerts import AlertRow, RuleSetRow
from graphql_api.alerts.types import ALERT, ALERT_RULES, alert, alert_rules
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED
from graphql_api.payloads import mutation
from graphql_api.regions import REGION
from workflows.alerts.deciding import AlertDecision, NeedOfAlert, decide_alert
from workflows.alerts.trying import adopt_rules, try_rules
from workflows.workspace import Outcome


@strawberry.input(description="A need to be made of an alert; the category's template fills the rest.")
class NeedOfAlertInput:
    """What people say, and who agreed."""

    title: str
    consent_given_by: ConsentGiver
    detail: str | None = None
    amount_fen: int = 0
    risk_disclosed: bool = False


@strawberry.input(description="Says how an alert ended.")
class DecideAlertInput:
    """Which alert, as read; with HELPED a need, with FALSE_ALARM a reason, with MOVED where to, if known."""

    alert_id: strawberry.ID
    expected_version: int
    outcome: AlertOutcome
    note: str
    reason: FalseAlarmReason | None = None
    need_id: strawberry.ID | None = None
    new_need: NeedOfAlertInput | None = None
    moved_to_id: strawberry.ID | None = None
    idempotency_key: str


@strawberry.input(description="Tries a file of rules: nothing is raised.")
class TryAlertRulesInput:
    """The file as TOML, and the day whose windows count; without one today."""

    content: str
    day: date | None = None
    idempotency_key: str


@strawberry.input(description="Lets rules hold that were tried.")
class AdoptAlertRulesInput:
    """Which, as read."""

    rules_id: strawberry.ID
    expected_version: int
    idempotency_key: str


def _new_need(asked: NeedOfAlertInput | None) -> NeedOfAlert | None:
    if asked is None:
        return None
    return NeedOfAlert(
        title=asked.title,
        consent_given_by=asked.consent_given_by,
        detail=asked.detail,
        amount_fen=asked.amount_fen,
        risk_disclosed=asked.risk_disclosed,
    )


@strawberry.type
class AlertMutations:
    """Deciding alerts, trying and adopting rules."""

    @mutation(alert, description="Say how an alert ended; a need made of it stands in the same step.")
    async def decide_alert(self, info: Info, input: DecideAlertInput) -> Outcome[AlertRow]:
        """Decide an alert."""
        decision = AlertDecision(
            said=Decision(outcome=input.outcome, note=input.note, reason=input.reason),
            need_id=None if input.need_id is None else key_of(input.need_id, NEED, "needId"),
            new_need=_new_need(input.new_need),
            moved_to=None if input.moved_to_id is None else key_of(input.moved_to_id, REGION, "movedToId"),
        )
        return await decide_alert(
            info.context.workspace,
            info.context.actor,
            key_of(input.alert_id, ALERT, "alertId"),
            decision,
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(alert_rules, description="Try a file of rules over its region: who would newly be alerted of.")
    async def try_alert_rules(self, info: Info, input: TryAlertRulesInput) -> Outcome[RuleSetRow]:
        """Try rules."""
        return await try_rules(
            info.context.workspace,
            info.context.actor,
            input.content,
            day=input.day,
            idempotency_key=input.idempotency_key,
        )

    @mutation(alert_rules, description="Let rules hold in their region from now on; only what was tried can.")
    async def adopt_alert_rules(self, info: Info, input: AdoptAlertRulesInput) -> Outcome[RuleSetRow]:
        """Adopt rules."""
        return await adopt_rules(
            info.context.workspace,
            info.context.actor,
            key_of(input.rules_id, ALERT_RULES, "rulesId"),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )
