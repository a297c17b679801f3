"""
Whether a fund may give to a need by an act of people, outside any round.

The rules are those of a round: the audit side of each is asked about a plan of one gift, so what they are called
and what they say is the same. A need that asks for more than the gift stays open for the rest.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from domain.errors import ConflictError, InsufficientFundsError, NotFoundError
from domain.ledger import FundAccount
from domain.money import MOST_FEN
from domain.needs import OVER, UNDER_WAY
from domain.time import civil_date, epoch_minute
from graph.allocations import given_to
from graph.analytics import related_parties
from graph.ledger.balances import book_balances
from graph.ports import ReadTransaction, Statement, Value
from graph.reads import giving
from graph.reads import snapshot as columns
from graph.reads.needs import NeedRow
from graph.scope import listed
from matching.plan import MoneyAllocation, Plan, PlanStatus
from matching.policy import policy_on
from matching.problem import Problem, problem_of
from matching.rules import ALL_RULES
from matching.rules.view import Violation, view_of
from workflows.rounds.books import charity_years, shape_books
from workflows.rounds.snapshot import ADULT_Y, shape_needs, typed, years_before

PAID_WITHIN = timedelta(days=365)
"""Period of the ceilings over all funds (HC-19)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """Fen of one book of a fund for one need; ``earmark_id`` None is the fund's own money."""

    need_id: str
    fund_id: str
    earmark_id: str | None
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """The first rule that a gift would break; ``path`` joins giver and receiver where the rule is HC-13."""

    rule: str
    detail: str
    path: str | None = None


async def require_fit(
    tx: ReadTransaction, need: NeedRow, gift: Gift, *, at: datetime, but: Collection[str] = ()
) -> None:
    """
    Go on only if every hard rule lets the book give so much to the need.

    Parameters
    ----------
    need
        The need, whole and locked; its household is locked too.
    but
        Rules that are not asked: what is paid first is verified after.

    Raises
    ------
    InsufficientFundsError
        The book has less free money (HC-12).
    ConflictError
        Another rule forbids it; ``context`` names rule, fund and need, and for HC-13 the path.
    NotFoundError
        There is no such fund, or the earmark is not one of it.
    """
    free_fen = await _free_fen(tx, gift)
    shown = {"fund": gift.fund_id, "need": gift.need_id, "earmark": gift.earmark_id}
    if gift.amount_fen > free_fen:
        raise InsufficientFundsError(
            "the fund has less free money",
            **shown,
            rule="HC-12",
            asked_fen=gift.amount_fen,
            free_fen=free_fen,
        )
    breach = await first_breach(tx, need, gift, at=at, but=but)
    if breach is not None:
        raise ConflictError(
            f"{breach.rule}: {breach.detail}",
            **shown,
            rule=breach.rule,
            detail=breach.detail,
            path=breach.path,
        )


async def first_breach(
    tx: ReadTransaction,
    need: NeedRow,
    gift: Gift,
    *,
    at: datetime,
    but: Collection[str] = (),
    without: str = "",
) -> Breach | None:
    """
    Give the first rule in the order of the rules that a gift would break, or None; balances aside.

    Parameters
    ----------
    without
        An allocation that is judged anew: the rules look as if it were not made.
    """
    policy = policy_on(civil_date(at))
    tables = await _tables(tx, need, at, without=without)
    for wall in await _walls(tx, gift, without=without):
        related = await related_parties(
            tx,
            funds=wall.select("fund_id", "organisation_id", "type"),
            needs=tables["needs"],
            day=civil_date(at),
        )
        moment = epoch_minute(at)
        problem = problem_of(
            as_of_min=moment,
            horizon_start_min=moment,
            horizon_end_min=moment,
            tables={
                **tables,
                "funds": wall,
                "related_parties": related,
                "charity_years": await charity_years(tx, wall, at),
            },
        )
        view = view_of(problem, policy, _plan(problem, policy.id, gift))
        for rule in ALL_RULES:
            violation = None if rule.id in but else next(rule.audit(view), None)
            if violation is not None:
                return _breach(problem, violation)
    return None


def _breach(problem: Problem, violation: Violation) -> Breach:
    paths = problem.related_parties["path"].to_list()
    path = str(paths[0]) if violation.rule == "HC-13" and paths else None
    return Breach(rule=violation.rule, detail=violation.detail, path=path)


async def _free_fen(tx: ReadTransaction, gift: Gift) -> int:
    held = await book_balances(tx, [gift.fund_id])
    book = held.get((gift.fund_id, gift.earmark_id))
    return 0 if book is None else book[FundAccount.AVAILABLE]


async def _walls(tx: ReadTransaction, gift: Gift, *, without: str) -> list[pl.DataFrame]:
    """
    Give the fund as a row of the problem, and the earmark that pays as another: both walls hold.

    Their budgets are out of the way, since what the book holds was asked before; of a cap for one case the gifts
    that the need keeps are off.
    """
    asked = [(giving.FUNDS_OF, gift.fund_id)]
    if gift.earmark_id is not None:
        asked.append((giving.EARMARKS_OF, gift.earmark_id))
    given = await given_to(tx, gift.need_id, gift.fund_id, without=without)
    taken = (sum(given.values()), given.get(gift.earmark_id, 0))
    walls: list[pl.DataFrame] = []
    for (statement, key), given_fen in zip(asked, taken, strict=False):
        raw = typed(await tx.frame(statement, ids=[key])).filter(pl.col("fund_id") == gift.fund_id)
        if raw.is_empty():
            raise NotFoundError("no such fund or earmark of it", kind="fund", id=key)
        walls.append(
            shape_books(raw).with_columns(
                budget_fen=pl.lit(MOST_FEN), case_cap_fen=(pl.col("case_cap_fen") - given_fen).clip(0)
            )
        )
    return walls


async def _tables(
    tx: ReadTransaction, need: NeedRow, at: datetime, *, without: str
) -> dict[str, pl.DataFrame]:
    """Give the tables of a round that speak of one need and its household."""

    async def read(statement: Statement, **parameters: Value) -> pl.DataFrame:
        return typed(await tx.frame(statement, **parameters))

    subjects = listed([need.subject_id] if need.subject_id is not None else [])
    needs = shape_needs(
        await read(columns.NEEDS_OF, ids=[need.id]),
        subjects=await read(columns.HOUSEHOLDS_OF, ids=subjects),
        children=await read(
            columns.CHILDREN_OF, ids=subjects, adult_since=years_before(civil_date(at), ADULT_Y)
        ),
        promised=await read(columns.PROMISED_TO, need_id=need.id, without=without),
        as_of=at,
    )
    paid = await read(columns.PAID_TO, subject_id=subjects[0], paid_since=at - PAID_WITHIN, without=without)
    live = await read(
        columns.WISHES_OF,
        subject_id=subjects[0],
        live_states=sorted(state.value for state in UNDER_WAY),
        over_states=sorted(state.value for state in OVER),
    )
    return {
        "needs": needs,
        "subjects_paid": paid.group_by("subject_id", "kind").agg(pl.col("paid_fen").sum()),
        "live_wishes": live,
    }


def _plan(problem: Problem, policy_id: str, gift: Gift) -> Plan:
    return Plan(
        problem_digest=problem.digest,
        policy_id=policy_id,
        seed=0,
        status=PlanStatus.STOPPED,
        assignments=(),
        money=(MoneyAllocation(need_id=gift.need_id, fund_id=gift.fund_id, amount_fen=gift.amount_fen),),
        goods=(),
        fulfilled=frozenset(),
        value=0,
        bound=0,
        reasons={},
    )
