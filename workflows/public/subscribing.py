"""Who wants to hear of new needs, and telling them."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import InvalidInputError
from domain.needs import NeedCategory, NeedKind
from domain.notices import NewNotice, NoticeCode
from domain.publication import NEVER_SHOWN
from graph.publications import (
    Untold,
    create_subscription,
    delete_subscription,
    mark_told,
    subscribers_of,
    untold_publications,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.notices.telling import notify
from workflows.workspace import Workspace

_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """Needs somebody wants to hear of; empty lists mean any. ``region_path`` may lie outside their scope."""

    categories: tuple[NeedCategory, ...] = ()
    kinds: tuple[NeedKind, ...] = ()
    region_path: str = "/"


async def subscribe(ws: Workspace, actor: Actor, new: NewSubscription) -> str:
    """
    Ask to be told of needs that are put on the wall; gives the subscription's id.

    Raises
    ------
    InvalidInputError
        A category that is never shown, or not a region path.
    """
    if NEVER_SHOWN & set(new.categories):
        raise InvalidInputError("needs of this category are never shown", field="categories", rule="HC-25")
    if not (new.region_path.startswith("/") and new.region_path.endswith("/")):
        raise InvalidInputError("a region path starts and ends with a slash", field="region_path")
    subscription_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> str:
        await create_subscription(
            tx,
            subscription_id,
            subscriber_id=actor.participant_id or actor.id,
            categories=new.categories,
            kinds=new.kinds,
            region_path=new.region_path,
            at=tx.at,
        )
        tx.record("subscription.create", subscription_id)
        return subscription_id

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def unsubscribe(ws: Workspace, actor: Actor, subscription_id: str) -> str:
    """
    Hear no more; gives the id.

    Raises
    ------
    NotFoundError
        No such subscription of the actor's.
    """

    async def work(tx: AuditedTransaction) -> str:
        await delete_subscription(tx, subscription_id, subscriber_id=actor.participant_id or actor.id)
        tx.record("subscription.delete", subscription_id)
        return subscription_id

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def tell_subscribers(ws: Workspace, actor: Actor) -> int:
    """
    Write a notice to each subscriber of each need that is new on the wall; gives how many were written.

    A publication and its notices are one unit: run again, or killed midway, nobody is told twice or left out.
    """
    written = 0
    while waiting := await ws.store.read(lambda tx: untold_publications(tx, limit=_BATCH)):
        for publication in waiting:
            written += await _tell(ws, actor, publication)
    return written


async def _tell(ws: Workspace, actor: Actor, publication: Untold) -> int:
    async def work(tx: AuditedTransaction) -> int:
        if not await mark_told(tx, publication.id, at=tx.at):
            return 0
        subscribers = await subscribers_of(tx, publication)
        for subscriber in subscribers:
            await notify(
                ws,
                tx,
                NewNotice(
                    recipient_id=subscriber,
                    code=NoticeCode.NEED_OPEN,
                    subject_id=publication.id,
                    region_path=publication.shown_path,
                    parameters={"title": publication.title, "category": publication.category},
                ),
            )
        tx.record("publication.tell", publication.id, detail={"subscribers": len(subscribers)})
        return len(subscribers)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
