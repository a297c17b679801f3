"""Packs as use cases: made by one person of the charity, published by another, and never changed after."""

from collections.abc import Awaitable

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.allocations import DisclosureKind
from domain.disclosure_packs import DisclosurePack, PackState, Period, check_publication
from domain.errors import ConflictError, InvalidInputError, NotFoundError, PlatformError
from domain.time import civil_date
from graph.disclosure_packs import (
    create_pack,
    find_pack,
    fulfil_duties,
    latest_published,
    lock_pack,
    publish_pack,
)
from graph.expenses import lock_organisation
from graph.ports import ReadTransaction
from graph.reads.disclosure_packs import disclosure_pack_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.disclosures.checking import check_pack
from workflows.disclosures.making import make_pack
from workflows.disclosures.pack import Correction, Pack, written
from workflows.donations.steps import said
from workflows.funds.acting import require_acting_for, require_second_person
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

PACKS = TypeAdapter(DisclosurePack)
TOLD_WITH_A_PACK = (DisclosureKind.RELATED_PARTY, DisclosureKind.MAJOR_ITEM, DisclosureKind.LEFT_OVER)
"""Duties whose item a pack lists one by one: with it they are public."""


async def generate_pack(
    ws: Workspace,
    actor: Actor,
    organisation_id: str,
    period: Period,
    *,
    corrects_id: str | None = None,
    reason: str | None = None,
    idempotency_key: str | None = None,
) -> Outcome[DisclosurePack]:
    """
    Make a draft of a charity's period out of its ledger.

    Parameters
    ----------
    corrects_id, reason
        The published pack of the period that it is to take the place of, and why; None where there is none.

    Raises
    ------
    NotPermittedError, NotFoundError
        The actor is no officer of the organisation.
    InvalidInputError
        The period has not begun, or a correction has no reason.
    ConflictError
        The period has a published pack that this one does not name, or the books do not prove.
    """
    require_acting_for(actor, organisation_id)
    now = ws.clock()
    if civil_date(now) < period.start:
        raise InvalidInputError("the period has not begun", field="period", value=period.name)
    why = None if corrects_id is None else said(reason, "reason")
    pack_id = ws.new_id()
    request = request_hash("generate_pack", organisation_id, period.name, corrects_id, why)

    async def look(tx: ReadTransaction) -> DisclosurePack:
        await _require_latest(tx, organisation_id, period, corrects_id)
        made = await make_pack(
            tx,
            organisation_id,
            period,
            pack_id=pack_id,
            read_at=now,
            corrects=None if corrects_id is None else await _correction(tx, corrects_id, why or ""),
        )
        content, digest = written(made.pack)
        return DisclosurePack(
            id=pack_id,
            organisation_id=organisation_id,
            period=period,
            state=PackState.DRAFT,
            content=content,
            digest=digest,
            heads=made.heads,
            entries=made.pack.ledger.entries,
            corrects_id=corrects_id,
            reason=why,
            generated_by=actor.id,
            generated_at=now,
            region_path=made.region_path,
        )

    # The ledger is read before the unit of work: nobody who posts waits for it. A call that was answered before is
    # answered again, whatever is published by now, so a refusal waits until the unit has looked.
    draft = await _outcome(ws.store.read(look))

    async def work(tx: AuditedTransaction) -> DisclosurePack:
        if isinstance(draft, PlatformError):
            raise draft
        await lock_organisation(tx, organisation_id)
        await _require_latest(tx, organisation_id, period, corrects_id)
        await create_pack(tx, draft)
        detail = {"organisation": organisation_id, "period": period.name, "entries": draft.entries}
        tx.record("disclosure_pack.generate", draft.id, object_hash=draft.digest, detail=detail)
        return draft

    return await once(ws, actor, key=idempotency_key, request=request, answers=PACKS, work=work)


async def _outcome(work: Awaitable[DisclosurePack]) -> DisclosurePack | PlatformError:
    try:
        return await work
    except PlatformError as refusal:
        return refusal


async def publish_disclosure_pack(
    ws: Workspace,
    actor: Actor,
    pack_id: str,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[DisclosurePack]:
    """
    Make a draft public, as somebody else than who made it; what it lists as open is public with it.

    Raises
    ------
    NotFoundError, NotPermittedError
        The actor may not see it, or approves nothing for its organisation.
    SeparationOfDutiesError
        The actor made it.
    StaleVersionError, TransitionError
        It has changed since it was read, or is public already.
    ConflictError
        The ledger has moved since it was made, another pack of the period was published meanwhile, or a donor that it
        names agrees no longer.
    """

    async def work(tx: AuditedTransaction) -> DisclosurePack:
        seen = await disclosure_pack_by_id(tx, actor, pack_id)
        require_acting_for(actor, seen.organisation_id)
        await require_second_person(tx, actor, seen.generated_by, about=pack_id)
        await lock_organisation(tx, seen.organisation_id)
        pack = await lock_pack(tx, pack_id, expected_version=expected_version)
        check_publication(pack.state)
        await _require_latest(tx, pack.organisation_id, pack.period, pack.corrects_id)
        await _require_true(tx, pack)
        await publish_pack(tx, pack_id, by=actor.id, at=tx.at)
        told = await fulfil_duties(
            tx,
            pack.organisation_id,
            [kind.value for kind in TOLD_WITH_A_PACK],
            end_day=pack.period.end,
            by=actor.id,
            at=tx.at,
        )
        for duty in told:
            tx.record("disclosure.publish", duty, detail={"pack": pack_id})
        detail = {"organisation": pack.organisation_id, "period": pack.period.name, "duties": len(told)}
        tx.record("disclosure_pack.publish", pack_id, object_hash=pack.digest, detail=detail)
        return await disclosure_pack_by_id(tx, actor, pack_id)

    request = request_hash("publish_disclosure_pack", pack_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=PACKS, work=work)


async def _require_latest(
    tx: ReadTransaction, organisation_id: str, period: Period, corrects_id: str | None
) -> None:
    latest = await latest_published(tx, organisation_id, period)
    if latest != corrects_id:
        raise ConflictError(
            "the period has a published pack: a new one names it and says why"
            if latest is not None
            else "there is no such published pack to correct",
            period=period.name,
            published=latest or "",
            corrects=corrects_id or "",
        )


async def _correction(tx: ReadTransaction, pack_id: str, reason: str) -> Correction:
    earlier = await find_pack(tx, pack_id)
    if earlier is None:
        raise NotFoundError("no such pack", kind="disclosure_pack", id=pack_id)
    return Correction(pack_id=pack_id, digest=earlier.digest, reason=reason)


async def _require_true(tx: ReadTransaction, pack: DisclosurePack) -> None:
    """Go on only while a draft still is what the ledger says, and every donor that it names still agrees."""
    checked = await check_pack(tx, pack.content, drafts=True)
    if not checked.holds:
        first = checked.findings[0]
        raise ConflictError(
            "the ledger says something else than the pack: make it anew",
            id=pack.id,
            where=first.where,
            said=first.said,
            found=first.found,
        )
    names = [_names(each) for each in (checked.pack, checked.fresh)]
    if names[0] != names[1]:
        raise ConflictError("a donor that the pack names agrees no longer: make it anew", id=pack.id)


def _names(pack: Pack) -> tuple[object, ...]:
    """Give the names that donors agreed to."""
    return (pack.income.named, *(book.earmark_name for book in pack.books))
