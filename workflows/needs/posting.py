"""Posting needs: typed in at the desk, or as a part of a larger unit of work."""

from dataclasses import replace

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import DuplicateNeedError
from domain.needs import Need, SubjectKind
from graph.households import lock_household, require_household
from graph.needs import create_need
from graph.organisations import require_institution
from graph.reads.needs import NeedRow, need_by_id
from graph.regions import path_of_region
from graph.stations import station_for
from graph.unit_of_work import AuditedTransaction
from workflows.idempotency import once, request_hash
from workflows.needs.desk import ANY_DESK, require_desk_for, require_words
from workflows.needs.drafting import draft_in
from workflows.needs.duplicates import Duplicate, duplicates_in
from workflows.needs.requests import NewNeed, read_request, receipt_of, typed_fields
from workflows.needs.titles import require_title
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(NeedRow)


async def post_need(
    ws: Workspace, actor: Actor, new: NewNeed, *, idempotency_key: str | None = None
) -> Outcome[NeedRow]:
    """
    Record a need and put it up for verification (state POSTED), at the deepest station that serves its place.

    Raises
    ------
    NotPermittedError
        The actor does not work at a station, or not with needs of this category (HC-25).
    InvalidInputError
        Nothing is asked for, consent is not recorded, a danger is not disclosed, or the title leads to a person
        (HC-06, HC-22, HC-24).
    DuplicateNeedError
        Others look like it, and no reason is given for posting it all the same.
    NotFoundError
        The region or the subject lies outside the actor's scope.
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    actor.require(*ANY_DESK)
    require_desk_for(actor, new.category)
    need = read_request(new, actor, need_id=ws.new_id(), receipt=receipt_of(ws.new_id()), at=ws.clock())
    if new.duplicate_reason is not None:
        require_words(new.duplicate_reason, "duplicate_reason")

    async def work(tx: AuditedTransaction) -> NeedRow:
        return await _post(tx, actor, new, need, asks=True)

    request = request_hash("post_need", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def post_in(ws: Workspace, tx: AuditedTransaction, actor: Actor, new: NewNeed) -> NeedRow:
    """
    Record a need as a part of a larger unit of work; it raises what ``post_need`` raises but for duplicates and titles.

    Nobody is there to be asked: what looks like it is recorded with it, and its title is one of ours.
    """
    need = read_request(new, actor, need_id=ws.new_id(), receipt=receipt_of(ws.new_id()), at=tx.at)
    return await _post(tx, actor, new, need, asks=False)


async def _post(tx: AuditedTransaction, actor: Actor, new: NewNeed, need: Need, *, asks: bool) -> NeedRow:
    region_path = await path_of_region(tx, actor, new.region_id)
    typed: int | None = None
    if need.subject_id is not None:
        household = need.subject_kind is SubjectKind.HOUSEHOLD
        await (require_household if household else require_institution)(tx, actor, need.subject_id)
        if household:
            await lock_household(tx, need.subject_id)  # two posts for one household see each other
            draft = await draft_in(tx, actor, need.subject_id, new.category, title="", at=tx.at)
            typed = typed_fields(draft, new)
    if asks:
        await require_title(tx, need.title, need.subject_kind, need.subject_id, about=need.id)
    alike = await duplicates_in(tx, actor, new, region_path, at=tx.at)
    if alike and asks and new.duplicate_reason is None:
        raise _refusal(alike)
    whole = replace(
        need,
        station_id=await station_for(tx, region_path),
        possible_duplicates=tuple(each.need_id for each in alike),
        duplicate_reason=new.duplicate_reason.strip() if alike and new.duplicate_reason else None,
    )
    texts = {item.id: asked.item_text for item, asked in zip(need.items, new.items, strict=True)}
    await create_need(tx, whole, detail=new.detail, region_path=region_path, item_texts=texts, at=tx.at)
    tx.record(
        "need.post",
        need.id,
        detail={
            "category": need.category.value,
            "kind": need.kind.value,
            "typed_fields": typed,
            "alike": len(alike),
        },
    )
    return await need_by_id(tx, actor, need.id)


def _refusal(alike: list[Duplicate]) -> DuplicateNeedError:
    best = alike[0]
    return DuplicateNeedError(
        "needs that look like it are there already", other=best.need_id, score=best.score, needs=len(alike)
    )
