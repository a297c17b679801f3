"""Matching rounds: snapshot, solve, audit, propose, publish, and what people answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from graph.reads.proposals import ProposalRow
from graph.reads.rounds import RoundRow
from matching.plan import Plan
from matching.problem import Problem
from workflows.workspace import Outcome, Workspace

Progress = Callable[[str, float], None]
"""Called with the phase (``snapshot``, ``solve``, ``audit``, ``store``) and the fraction done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRequest:
    """
    What a round is a function of, besides the graph.

    Parameters
    ----------
    region_path
        Subtree whose open needs take part; inside the actor's scope.
    policy_id
        Policy to match by; None is the default one.
    seed
        For the solver's random choices.
    time_limit_s
        Wall-clock seconds for solving.
    gap
        Stop at this proven fraction from the best.
    as_of
        Moment the snapshot shows; None is now.
    horizon_days
        Visits are planned inside this many days from ``as_of``.
    """

    region_path: str
    policy_id: str | None = None
    seed: int = 0
    time_limit_s: float = 60.0
    gap: float = 0.005
    as_of: datetime | None = None
    horizon_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOutcome:
    """A stored round with what it was computed from and how long each phase took, in seconds."""

    round: RoundRow
    plan: Plan
    problem: Problem
    phases_s: dict[str, float]


async def run_round(
    ws: Workspace, actor: Actor, request: RoundRequest, *, progress: Progress | None = None
) -> RoundOutcome:
    """
    Compute a plan for the open needs of a region and store it as proposals. Nothing is promised yet.

    Raises
    ------
    NotPermittedError
        The actor neither runs rounds nor leads a station.
    NotFoundError
        The region lies outside the actor's scope.
    AuditFailedError
        The independent audit found a violation; nothing is stored.
    SolverUnavailableError
        No solver answered within the limit.
    """
    raise NotImplementedError


async def publish_round(
    ws: Workspace, actor: Actor, round_id: str, *, expected_version: int, idempotency_key: str | None = None
) -> Outcome[RoundRow]:
    """
    Offer a round's proposals to people and reserve its money and goods, whole or not at all.

    Raises
    ------
    StaleVersionError
        The round, or a need in it, changed since the snapshot.
    TransitionError
        The round is published already.
    InsufficientFundsError
        A fund has less free money than the plan reserves.
    ConflictError
        A stock line has less than the plan takes.
    """
    raise NotImplementedError


async def discard_round(ws: Workspace, actor: Actor, round_id: str, *, expected_version: int) -> RoundRow:
    """Drop a round that was not published: its proposals are withdrawn."""
    raise NotImplementedError


async def accept_proposal(
    ws: Workspace,
    actor: Actor,
    proposal_id: str,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[ProposalRow]:
    """
    Say yes: a volunteer to their visit, an officer of the charity to its money or goods.

    The need is ACCEPTED when all its proposals are, PARTIAL before.

    Raises
    ------
    NotPermittedError
        The proposal asks somebody else.
    SeparationOfDutiesError
        The officer posted or verified the need (HC-29).
    SlotTakenError
        The slot was claimed meanwhile.
    """
    raise NotImplementedError


async def decline_proposal(
    ws: Workspace, actor: Actor, proposal_id: str, *, expected_version: int, reason: str = ""
) -> ProposalRow:
    """
    Say no, without penalty (HC-05).

    A need that must be served whole goes back to MATCHING with all its reservations released and its other
    proposals withdrawn; one that may be served in part only loses this part.
    """
    raise NotImplementedError
