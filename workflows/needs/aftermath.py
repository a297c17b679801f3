"""What happens to needs that did not go straight: taken in part, mended, disputed, opened again."""

from datetime import timedelta

from domain.actors import Actor
from domain.errors import ConflictError, InvalidInputError, TransitionError
from domain.needs import NeedState
from domain.time import Window, civil_date
from graph.claims import release_holds
from graph.need_edits import accept_part, rewrite_need
from graph.needs import move_need
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction
from workflows.needs.desk import require_words
from workflows.needs.lifecycle import at_desk, confirm_in, drop_promises, step_to
from workflows.needs.policy import need_policy_on
from workflows.needs.titles import require_title
from workflows.rounds.promises import move_by_promises, state_by_promises
from workflows.workspace import Workspace


async def accept_partial(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, reason: str
) -> NeedRow:
    """
    Take the part that is promised for the whole: PARTIAL to ACCEPTED, what is missing is no longer asked for.

    Raises
    ------
    TransitionError
        The need is not PARTIAL.
    InvalidInputError
        No reason is given.
    """
    said = require_words(reason, "reason")

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        if need.state is not NeedState.PARTIAL:
            raise TransitionError("only a need met in part is taken so", id=need_id, before=need.state.value)
        await accept_part(tx, need.id)
        await move_need(tx, actor, need, NeedState.ACCEPTED, at=tx.at, reason=said)

    return await at_desk(ws, actor, need_id, expected_version, "need.accept_partial", step)


async def resubmit_need(
    ws: Workspace,
    actor: Actor,
    need_id: str,
    *,
    expected_version: int,
    reason: str,
    title: str | None = None,
    detail: str | None = None,
    windows: tuple[Window, ...] | None = None,
) -> NeedRow:
    """
    Put a rejected or expired need up again, with what was wanting mended; it is verified anew.

    Raises
    ------
    TransitionError
        It is neither REJECTED nor EXPIRED.
    InvalidInputError
        No reason is given, none of the new windows is as long as the service, or the title leads to a person.
    """
    said = require_words(reason, "reason")

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        if windows and max(window.duration_min for window in windows) < need.duration_min:
            raise InvalidInputError("no window is as long as the service", need=need_id, field="windows")
        headed = need.title if title is None else require_words(title, "title")
        await require_title(tx, headed, need.subject_kind, need.subject_id, about=need_id)
        again = await rewrite_need(
            tx,
            actor,
            need,
            title=headed,
            detail=need.detail if detail is None else detail,
            windows=need.windows if windows is None else windows,
        )
        await move_need(tx, actor, again, NeedState.POSTED, at=tx.at, reason=said)

    return await at_desk(ws, actor, need_id, expected_version, "need.resubmit", step)


async def dispute_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, reason: str
) -> NeedRow:
    """
    Record that the subject or the helper sees it otherwise: DONE to DISPUTED, nothing is settled.

    Raises
    ------
    InvalidInputError
        No reason is given.
    """
    return await step_to(
        ws, actor, need_id, expected_version=expected_version, after=NeedState.DISPUTED, reason=reason
    )


async def resolve_dispute(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, fulfilled: bool, reason: str
) -> NeedRow:
    """
    Settle a dispute at the desk: the help counts (CONFIRMED), or it is asked for again (MATCHING).

    Raises
    ------
    SeparationOfDutiesError
        The actor is one who served, or who approved what was given (HC-29).
    TransitionError
        The need is not DISPUTED.
    ConflictError
        It is to be asked for again, but gifts have arrived.
    """
    said = require_words(reason, "reason")

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        if need.state is not NeedState.DISPUTED:
            raise TransitionError("there is no dispute to settle", id=need_id, before=need.state.value)
        if fulfilled:
            await confirm_in(tx, actor, need, reason=said)
            return
        await drop_promises(tx, need_id)
        await move_need(tx, actor, need, NeedState.MATCHING, at=tx.at, reason=said)

    return await at_desk(ws, actor, need_id, expected_version, "need.resolve_dispute", step)


async def reopen_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, reason: str
) -> NeedRow:
    """
    Open a closed need again within the days that policy gives: its places are free, its gifts stay given.

    Raises
    ------
    ConflictError
        The days are over, or nothing is left to ask for: what is new is a need of its own.
    TransitionError
        The need is not CLOSED.
    InvalidInputError
        No reason is given.
    """
    said = require_words(reason, "reason")

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        if need.state is not NeedState.CLOSED:
            raise TransitionError("only a closed need is opened again", id=need_id, before=need.state.value)
        days = need_policy_on(need.region_path, civil_date(tx.at)).reopening.days.value
        if need.state_since is None or tx.at - need.state_since > timedelta(days=days):
            raise ConflictError("the time to open it again is over", id=need_id, days=days)
        await release_holds(tx, need_id)
        again = await move_need(tx, actor, need, NeedState.MATCHING, at=tx.at, reason=said)
        if await state_by_promises(tx, again) is NeedState.ACCEPTED:
            raise ConflictError("nothing is left to ask for: post a need of its own", id=need_id)
        await move_by_promises(tx, actor, again, reason=said)

    return await at_desk(ws, actor, need_id, expected_version, "need.reopen", step)
