"""Everything a plan can say about itself, put onto it."""

from dataclasses import dataclass, replace

from matching.explain.funds import fund_statements
from matching.explain.help import Trials, with_helps
from matching.explain.needs import findings_of
from matching.explain.prices import Pricer
from matching.explain.resolve import Beside
from matching.explain.volunteers import volunteer_reasons
from matching.formulation.build import Formulation
from matching.optimise import Solution
from matching.plan import Plan
from matching.policy import Policy
from matching.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """
    How far a plan is studied.

    Parameters
    ----------
    trials
        Small problems that may be solved to find what helps; changes beyond are told untried.
    prices
        Shadow prices that are confirmed by solving again.
    """

    trials: int = 150
    prices: int = 10


def studied(
    problem: Problem, policy: Policy, made: Formulation, solution: Solution, plan: Plan, study: Study
) -> Plan:
    """Give the plan with reasons for needs, volunteers and funds, what would help, and shadow prices."""
    draft = solution.draft
    findings = findings_of(made, draft, plan)
    plan = replace(plan, reasons=findings.reasons)
    beside = Beside(problem, policy, made, plan)
    return replace(
        plan,
        reasons=with_helps(beside, findings, draft, Trials(left=study.trials), made.model.worth.complete),
        volunteers=volunteer_reasons(made, draft, plan, findings.reasons),
        funds=fund_statements(made, draft, findings.reasons),
        prices=Pricer(beside, solution, Trials(left=study.prices)).prices(study.prices),
    )
