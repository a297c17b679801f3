"""
Every restriction on money, refused three times: by the round's optimiser, by its audit, and by the act of a person.

Two rules are not asked about a gift from a fund to a need: HC-18 makes duties of a payment, HC-21 stands at the door
where gifts come in. ``ELSEWHERE`` says who holds them, and why no other does.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from domain.costs import CostClass
from domain.errors import ConflictError, NotPermittedError
from domain.giving import DonationSource
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.time import civil_date
from graph.ledger.posting import post
from graph.ledger.proof import BookBreak, prove
from graph.ports import Access, Statement
from graph.unit_of_work import UnitOfWork
from matching.audit import audit
from matching.plan import MoneyAllocation, Plan, PlanStatus, Reason
from matching.policy import policy_on
from matching.problem import Problem
from matching.solve import Limits, solve
from tests.builders import CITY, NOW, TOWN, World, officer, worker, workspace
from tests.workflows.allocations.gifts import ASKER, FIRST, approved, duties_seen, given, paid, town
from workflows.allocations.disclosing import publish_disclosure
from workflows.donations.recording import NewGift, pledge_donation, record_donation
from workflows.rounds.snapshot import build_problem

GIFT_FEN = 30_000
POLICY = policy_on(civil_date(NOW))
_LOSE_DUTY = Statement("MATCH (d:Disclosure {id: $id}) DETACH DELETE d", Access.WRITE)


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


OPTIMISER, AUDIT, MUTATION = "optimiser", "audit", "mutation"

ELSEWHERE = {
    ("HC-18", OPTIMISER): "forbids no gift: what is owed arises with the payment, which no round makes",
    ("HC-18", AUDIT): "the proof of the ledger, since what is owed is asked of payments and not of plans",
    ("HC-18", MUTATION): "a duty is fulfilled by the step that discloses the gift, and by no other",
    ("HC-21", OPTIMISER): "money that may not be raised never comes to a book that a round could use",
    (
        "HC-21",
        AUDIT,
    ): "that a charity may raise has no dates: what it raised while it might is no breach today",
    ("HC-21", MUTATION): "a form for the public is opened for qualified charities alone",
}
"""What holds a rule that is not asked about a gift from a fund to a need, by rule and enforcer, or why nothing does."""


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


@pytest.mark.parametrize("rule", ["HC-04", *(f"HC-{number}" for number in range(11, 22))])
def test_every_rule_of_money_has_its_row_or_says_who_holds_it(rule: str):
    in_table = {case.rule for case in CASES}
    elsewhere = {enforcer for held, enforcer in ELSEWHERE if held == rule}
    assert elsewhere == (set() if rule in in_table else {OPTIMISER, AUDIT, MUTATION})


async def test_the_optimiser_is_not_asked_what_is_owed_and_a_payment_owes_it_at_once(store):
    """HC-18: a gift between related parties that a second person looks at is planned, made and owed."""
    ws = await _opened(store, Case(rule=""))
    gift = await paid(ws, await approved(ws, await given(ws, GIFT_FEN)))
    (owed,) = await duties_seen(ws, officer("charity"))
    with pytest.raises(ConflictError) as refused:
        await publish_disclosure(ws, FIRST, owed.id, expected_version=owed.version)
    assert refused.value.context["rule"] == "HC-18"
    assert (await prove(ws.store)).holds
    await ws.store.write(lambda tx: tx.run(_LOSE_DUTY, id=owed.id))
    assert [(found.broken, found.object_id) for found in (await prove(ws.store)).findings] == [
        (BookBreak.DUTY, f"{gift.id}:PROJECT")
    ]


async def test_a_form_for_the_public_is_not_opened_and_a_round_has_nothing_of_it(memory_store):
    """HC-21: a charity without the qualification is refused the gift, so its fund stays empty for a round."""
    case = Case(rule="", fund="raised", more=lambda world: world.fund("raised", "charity", received_fen=0))
    ws = await _opened(memory_store, case)
    asked = NewGift(
        fund_id="raised", donor=None, amount_fen=GIFT_FEN, channel=DonationSource.ONLINE, given_on=None
    )
    for take_down in (pledge_donation, record_donation):
        with pytest.raises(NotPermittedError) as refused:
            await take_down(ws, officer("charity"), asked)
        assert refused.value.context["rule"] == "HC-21"
    plan = solve(await _problem(ws, case), POLICY, limits=Limits(time_s=20.0, gap=0.0))
    assert not plan.money
