"""Evidence that people bring, and what givers are told: the steps after a payment."""

from domain.actors import Actor, Role
from domain.allocations import EvidenceKind
from domain.errors import NotPermittedError
from domain.needs import SubjectKind
from graph.allocations import hands_in, mark_told
from graph.publications import names_of_household
from graph.reads.allocations import AllocationRow, allocation_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.approving import ALLOCATIONS, FEDERATION, require_holder, take
from workflows.allocations.evidencing import may_show, require_digest, show_arrival
from workflows.allocations.notices import tell_givers
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.public.wording import require_clean
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace


async def record_evidence(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    kind: EvidenceKind,
    reference: str,
    sha256: str | None = None,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Bring what shows that paid money became help: where it is kept, and the digest of its file.

    Raises
    ------
    NotPermittedError
        Neither the desk of the place nor the organisation that holds the fund; that help arrived (ACCEPTANCE) is
        the desk's to say.
    SeparationOfDutiesError
        Who approved or paid says that it arrived (HC-29).
    TransitionError
        The money has not been paid, or has come back.
    InvalidInputError
        No reference, or no digest of a file.
    """
    said = require_words(reference, "reference")
    require_digest(sha256)

    async def work(tx: AuditedTransaction) -> AllocationRow:
        actor.require(*FEDERATION, Role.STATION_WORKER, Role.STATION_LEAD)
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=False)
        if not may_show(actor, taken.allocation, kind):
            raise NotPermittedError(
                f"{actor.id} brings no {kind.value} for this gift", id=allocation_id, rule="HC-29"
            )
        if kind is EvidenceKind.ACCEPTANCE:
            await require_other_person(
                tx,
                actor,
                await hands_in(tx, taken.need.id),
                "who approved or paid does not say that it arrived",
                about=allocation_id,
            )
        await show_arrival(tx, taken.allocation, kind=kind, reference=said, by=actor.id, sha256=sha256)
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("record_evidence", allocation_id, expected_version, kind.value, said, sha256)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def send_feedback(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    words: str,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Tell the givers what became of their money, without a word that would lead to a person (HC-24).

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund.
    InvalidInputError
        There are no words, or they hold a name, a number or an address.
    TransitionError
        It is not shown yet that the help arrived, or givers were told already.
    """
    said = require_words(words, "words")

    async def work(tx: AuditedTransaction) -> AllocationRow:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=False)
        require_holder(actor, taken.allocation)
        need = taken.need
        household = need.subject_id if need.subject_kind is SubjectKind.HOUSEHOLD else None
        names = [] if household is None else await names_of_household(tx, household)
        require_clean(
            {"words": said},
            known=names,
            institution=need.subject_kind is SubjectKind.INSTITUTION,
            about=allocation_id,
        )
        await mark_told(tx, taken.allocation, at=tx.at, words=said)
        await tell_givers(ws, tx, taken.allocation, said)
        tx.record("allocation.feedback", allocation_id, detail={"words_length": len(said)})
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("send_feedback", allocation_id, expected_version, said)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)
