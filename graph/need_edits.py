"""Changes of a locked need that are no step of its state: checks, a part taken, words mended."""

from dataclasses import replace
from datetime import datetime

from domain.actors import Actor
from domain.needs import NeedState
from domain.time import Window, aware_utc
from graph.needs import CREATE_TRANSITION, transition_id
from graph.ports import Access, Statement, WriteTransaction
from graph.reads.needs import NeedRow

CHECK = Statement("MATCH (n:Need {id: $id}) SET n.checked_by = $actor_id", Access.WRITE)
ACCEPT_PART = Statement("MATCH (n:Need {id: $id}) SET n.accepted_in_part = true", Access.WRITE)
REWRITE = Statement(
    """
    MATCH (n:Need {id: $id}) SET n.title = $title, n.detail = $detail, n.window_starts = $window_starts,
      n.window_ends = $window_ends, n.posted_by = $posted_by, n.verified_by = null, n.checked_by = null
    """,
    Access.WRITE,
)


async def record_check(
    tx: WriteTransaction, actor: Actor, need: NeedRow, *, evidence: str, at: datetime
) -> None:
    """Take down the first of two checks, in the history too; the need stays POSTED."""
    await tx.run(CHECK, id=need.id, actor_id=actor.id)
    await tx.run(
        CREATE_TRANSITION,
        id=transition_id(need.id, need.version, NeedState.POSTED),
        need_id=need.id,
        before=NeedState.POSTED.value,
        after=NeedState.POSTED.value,
        actor_id=actor.id,
        reason=evidence,
        round_id=None,
        at=at,
        region_path=need.region_path,
    )


async def accept_part(tx: WriteTransaction, need_id: str) -> None:
    """Mark a need as taken in part for the whole."""
    await tx.run(ACCEPT_PART, id=need_id)


async def rewrite_need(
    tx: WriteTransaction,
    actor: Actor,
    need: NeedRow,
    *,
    title: str,
    detail: str | None,
    windows: tuple[Window, ...],
) -> NeedRow:
    """Mend the words and windows of a need that is put up again; who does so posts it, and nobody verified it."""
    await tx.run(
        REWRITE,
        id=need.id,
        title=title,
        detail=detail,
        window_starts=[aware_utc(window.start).isoformat() for window in windows],
        window_ends=[aware_utc(window.end).isoformat() for window in windows],
        posted_by=actor.id,
    )
    return replace(
        need,
        title=title,
        detail=detail,
        windows=windows,
        posted_by=actor.id,
        verified_by=None,
        checked_by=None,
    )
