"""
Every restriction on money, refused three times: by the round's optimiser, by its audit, and by the act of a person.

HC-18 forbids nothing and makes duties (``tests/workflows/allocations``); HC-21 stands at the door where gifts come in
(``tests/workflows/donations``): neither is asked about a gift from a fund to a need.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from domain.errors import ConflictError, NotPermittedError
from domain.funds import CostClass
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.time import civil_date
from graph.ledger.posting import post
from graph.unit_of_work import UnitOfWork
from matching.audit import audit
from matching.plan import MoneyAllocation, Plan, PlanStatus, Reason
from matching.policy import policy_on
from matching.problem import Problem
from matching.solve import Limits, solve
from tests.builders import CITY, NOW, TOWN, World, officer, worker, workspace
from tests.workflows.allocations.gifts import ASKER, given, town
from workflows.rounds.snapshot import build_problem

GIFT_FEN = 30_000
POLICY = policy_on(civil_date(NOW))


async def _by_hand(ws, case: "Case") -> None:
    await given(ws, case.amount_fen, fund_id=case.fund, earmark_id=case.earmark)


async def _by_hand_of_another_charity(ws, case: "Case") -> None:
    await given(ws, case.amount_fen, fund_id=case.fund, actor=officer("charity", actor_id="x"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    One gift that a rule forbids.

    ``most_fen`` is what the rule leaves of it; ``blind`` takes from the problem what no graph would hold.
    """

    rule: str
    fund: str = "fund"
    earmark: str | None = None
    amount_fen: int = GIFT_FEN
    need: dict[str, object] = field(default_factory=dict[str, object])
    most_fen: int = 0
    more: Callable[[World], None] | None = None
    blind: Callable[[Problem], Problem] | None = None
    act: Callable[..., Coroutine[Any, Any, None]] = _by_hand

    def __str__(self) -> str:
        told = [self.rule, self.fund, *([self.earmark] if self.earmark else []), *self.need]
        return "-".join(str(part) for part in told)


def _earmarks(world: World) -> None:
    for key, values in (
        ("schools", {"categories": ["EDUCATION"]}),
        ("wards", {"beneficiary_scope": "INSTITUTIONS"}),
        ("meals", {"categories": ["LIVING_AID"]}),
        ("little", {"case_cap_fen": 20_000}),
    ):
        empty: dict[str, object] = {"categories": [], "situations": [], "restricted_regions": []}
        world.add("Earmark", id=key, fund_id="fund", kind="DONOR", name=key, region_path=TOWN, version=1,
                  **{**empty, **values})  # fmt: skip


def _year(world: World) -> None:
    world.add("CharityYear", id="charity:2026", organisation_id="charity", year=2026, payout_floor_fen=1_000_000,
              management_ceiling_fen=50_000, region_path=CITY, version=1)  # fmt: skip
    world.add("Expense", id="rent", organisation_id="charity", fund_id="fund", cost_class="MANAGEMENT",
              amount_fen=30_000, spent_on=date(2026, 1, 9), state="POSTED", region_path=CITY, version=1)  # fmt: skip


def _earlier_wish(world: World) -> None:
    world.need("earlier", kind="WISH", subject_id="home", amount_fen=10_000, state="IN_PROGRESS")


def _nobody_answers(problem: Problem) -> Problem:
    return replace(problem, funds=problem.funds.with_columns(organisation_id=pl.lit(None, dtype=pl.String)))


_OWN = {"cost_class": CostClass.MANAGEMENT.value, "subject_kind": "INSTITUTION", "subject_id": "charity"}

CASES = [
    Case(rule="HC-04", need={"cost_class": "WAGES"}),
    Case(rule="HC-04", need={"cost_class": CostClass.VOLUNTEER_INSURANCE.value}),
    Case(rule="HC-04", need=_OWN, earmark="meals"),
    Case(rule="HC-11", fund="schools"),
    Case(rule="HC-11", fund="orphans"),
    Case(rule="HC-11", fund="abroad"),
    Case(
        rule="HC-11",
        fund="later",
        more=lambda world: world.fund("later", "charity", valid_from=date(2027, 1, 1)),
    ),
    Case(rule="HC-11", earmark="schools"),
    Case(rule="HC-11", earmark="wards"),
    Case(rule="HC-12", fund="poor"),
    Case(rule="HC-12", fund="capped"),
    Case(rule="HC-12", earmark="little"),
    Case(rule="HC-13", fund="managed"),
    Case(rule="HC-14", fund="over"),
    Case(
        rule="HC-15",
        fund="unheld",
        more=lambda world: world.fund("unheld", "nobody", type="SPECIAL"),
        blind=_nobody_answers,
        act=_by_hand_of_another_charity,
    ),
    Case(rule="HC-16", fund="trust"),
    Case(rule="HC-17", need=_OWN, more=_year),
    Case(rule="HC-19", need={"kind": "WISH", "amount_fen": 60_000}, amount_fen=60_000),
    Case(rule="HC-19", need={"amount_fen": 4_000_000}, amount_fen=4_000_000),
    Case(rule="HC-19", need={"kind": "WISH"}, more=_earlier_wish),
    Case(rule="HC-20", need={"policy_aid_fen": 15_000, "insurance_fen": 5_000}, most_fen=10_000),
    Case(rule="HC-20", need={"insurance_fen": 30_000}),
]


async def _opened(store, case: Case):
    world = town(**case.need)
    _earmarks(world)
    if case.more is not None:
        case.more(world)
    await world.write(store)
    ws = workspace(store)
    gifts = [
        FundPosting(
            fund_id="fund",
            earmark_id=key,
            kind=FundEntryKind.RECEIVE,
            amount_fen=100_000,
            source_kind=EntrySource.DONATION,
            source_id=key,
        )
        for key in ("schools", "wards", "meals", "little")
    ]
    await UnitOfWork(ws.store, ws.clock).run(ASKER, lambda tx: post(tx, gifts))
    return ws


async def _problem(ws, case: Case) -> Problem:
    """Read the round, with the one book alone."""
    snapshot = await ws.store.read(
        lambda tx: build_problem(tx, worker(), region_path=CITY, as_of=NOW, horizon_days=7)
    )
    problem = snapshot.problem
    mine = (pl.col("fund_id") == case.fund) & pl.col("earmark_id").eq_missing(pl.lit(case.earmark))
    problem = replace(problem, funds=problem.funds.filter(mine))
    assert problem.funds.height == 1
    return problem if case.blind is None else case.blind(problem)


def _forced(problem: Problem, case: Case) -> Plan:
    gift = MoneyAllocation(
        need_id="need", fund_id=case.fund, earmark_id=case.earmark, amount_fen=case.amount_fen
    )
    return Plan(
        problem_digest=problem.digest,
        policy_id=POLICY.id,
        seed=0,
        status=PlanStatus.STOPPED,
        assignments=(),
        money=(gift,),
        goods=(),
        fulfilled=frozenset({"need"}),
        value=0,
        bound=0,
        reasons={need_id: Reason(code="MATCHED") for need_id in problem.needs["need_id"].to_list()},
    )


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_round_gives_no_such_gift_and_its_audit_would_find_one(memory_store, case: Case):
    problem = await _problem(await _opened(memory_store, case), case)
    plan = solve(problem, POLICY, limits=Limits(time_s=20.0, gap=0.0))
    given_fen = sum(gift.amount_fen for gift in plan.money if gift.need_id == "need")
    assert given_fen == case.most_fen
    if "need" not in plan.fulfilled:
        assert plan.reasons["need"].rule == case.rule
    assert case.rule in {violation.rule for violation in audit(problem, POLICY, _forced(problem, case))}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_nobody_makes_such_a_gift_by_hand(memory_store, case: Case):
    ws = await _opened(memory_store, case)
    with pytest.raises((ConflictError, NotPermittedError)) as refused:
        await case.act(ws, case)
    assert refused.value.context["rule"] == case.rule
    if case.rule == "HC-13":
        assert refused.value.context["path"] == "aunt>member"


async def test_the_one_gift_that_all_three_allow_is_planned_sound_and_made(store):
    case = Case(rule="", earmark="meals")
    ws = await _opened(store, case)
    problem = await _problem(ws, case)
    plan = solve(problem, POLICY, limits=Limits(time_s=20.0, gap=0.0))
    assert [(gift.book_id, gift.amount_fen) for gift in plan.money] == [("fund#meals", GIFT_FEN)]
    assert not audit(problem, POLICY, plan)
    assert (await given(ws, GIFT_FEN, earmark_id="meals")).earmark_id == "meals"
