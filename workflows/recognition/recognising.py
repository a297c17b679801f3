"""
From a presentation to a case: check it, know the holder, rule on every claim, write what counts.

All of a case is one unit of work, with the nonce in it: a presentation that was sent twice, or a process that died in
between, leaves one case or none.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError, NotPermittedError
from domain.notices import NewNotice, NoticeCode
from domain.recognition import CaseState, RecognitionCase
from domain.time import civil_date
from graph.recognition.cases import (
    cases_of_credential,
    create_case,
)
from graph.recognition.holders import (
    VolunteerFacts,
    bind_holder,
    facts_of_volunteer,
    spend_nonce,
    volunteer_of_holder,
)
from graph.unit_of_work import AuditedTransaction
from graph.volunteers import lock_volunteer
from identity.credentials.facts import Format
from identity.credentials.policy import STRICT, Policy
from identity.credentials.status import StatusLists
from identity.credentials.verdict import Verdict
from identity.credentials.verify import verify
from identity.recognition.claims import SourceClaims, read_claims
from identity.recognition.deciding import decide
from identity.recognition.likeness import HolderField, holder_fields
from identity.recognition.reasons import Outcome as Ruled
from identity.recognition.reasons import Ruling
from identity.recognition.terms import Terms, read_terms
from identity.trust.bundle import TrustBundle
from identity.verdicts import VerdictCode
from workflows.hours.records import DESK
from workflows.idempotency import once, request_hash
from workflows.notices.telling import notify
from workflows.protection.masks import sealed_mask, shown_mask, shown_masks_in
from workflows.recognition.applying import Applying, history_of, rule
from workflows.workspace import Outcome, Workspace

_CLAIMS = TypeAdapter(dict[str, Any])
_FIELDS = TypeAdapter(tuple[HolderField, ...])
_PERSONAL = frozenset({"name", "birthdate", "gender", "phone", "id_mask", "address"})
_SEPARATORS = re.compile(r"[\s\u00b7\u2022\u2027\u30fb\uff0e.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """
    What a verifier believes at a moment.

    Parameters
    ----------
    audience
        How presentations have to name us.
    """

    bundle: TrustBundle
    statuses: StatusLists
    audience: str
    policy: Policy = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """
    What a holder sent, and for whom.

    Parameters
    ----------
    volunteer_id
        Whose record here it is joined to; None for the acting volunteer, or for whoever the holder's key is known
        to be.
    """

    presentation: str
    nonce: str
    volunteer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What came of a presentation: the check's verdict, and the case if the check held."""

    verdict: VerdictCode
    detail: str
    case_id: str | None
    state: CaseState | None
    rulings: tuple[Ruling, ...] = ()


ANSWERS = TypeAdapter(Recognition)


async def recognise(
    ws: Workspace,
    actor: Actor,
    trusted: Trusted,
    presented: Presented,
    *,
    idempotency_key: str | None = None,
) -> Outcome[Recognition]:
    """
    Recognise what a volunteer brings from another region.

    A presentation that does not hold is an answer, with its reason, and changes nothing but the audit log. What
    holds becomes a case: accepted claims count at once, doubtful ones wait for a person.

    Raises
    ------
    NotPermittedError
        Nobody says which volunteer the holder is, or it is not the acting one.
    ConflictError
        The holder's key is another volunteer's; the same credential was ruled on already.
    """
    actor.require(Role.VOLUNTEER, *DESK)
    case_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> Recognition:
        verdict = verify(
            presented.presentation,
            trusted.bundle,
            audience=trusted.audience,
            nonce=presented.nonce,
            now=tx.at,
            statuses=trusted.statuses,
            policy=trusted.policy,
        )
        if verdict.accepted and not await spend_nonce(
            tx, presented.nonce, audience=trusted.audience, now=tx.at
        ):
            verdict = replace(verdict, code=VerdictCode.REPLAYED, claims=None)
        if verdict.accepted and verdict.agreement is None:
            verdict = replace(verdict, code=VerdictCode.AGREEMENT_MISSING, claims=None)
        if not verdict.accepted:
            tx.record("recognition.refuse", verdict.issuer or "unknown", detail={"code": verdict.code.value})
            return Recognition(verdict=verdict.code, detail=verdict.detail, case_id=None, state=None)
        return await _open_case(ws, tx, actor, presented, verdict, case_id)

    request = request_hash("recognise", presented)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ANSWERS, work=work)


async def _open_case(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    presented: Presented,
    verdict: Verdict,
    case_id: str,
) -> Recognition:
    holder, issuer, payload = verdict.holder, verdict.issuer, verdict.claims
    if holder is None or issuer is None or payload is None or verdict.agreement is None:
        raise InvalidInputError(
            "an accepted presentation names holder, issuer and agreement", field="presentation"
        )
    volunteer_id, is_known = await _who(tx, actor, presented, holder)
    await lock_volunteer(tx, volunteer_id)
    facts = await facts_of_volunteer(tx, actor, volunteer_id)
    credential_id = str(payload.get("jti", ""))
    for earlier in await cases_of_credential(tx, issuer, credential_id):
        if earlier.volunteer_id != volunteer_id:
            raise ConflictError("the credential was another volunteer's", id=earlier.id)
    claims, terms = read_claims(payload), read_terms(verdict.agreement_rules or {})
    doubtful = not is_known and not like(payload, facts)
    history = await history_of(tx, issuer, verdict.agreement[0], (volunteer_id,), claims)
    made = decide(claims, terms, history, tx.at, holder_doubtful=doubtful)
    case = RecognitionCase(
        id=case_id,
        volunteer_id=volunteer_id,
        state=state_of(made.outcome),
        issuer=issuer,
        credential_id=credential_id,
        from_region=verdict.region or "",
        agreement_id=verdict.agreement[0],
        agreement_version=verdict.agreement[1],
        holder=holder,
        claims=_CLAIMS.dump_json(
            {
                "claims": _without_person(payload),
                "terms": terms.model_dump(mode="json"),
                "format": verdict.format,
                "holder": _FIELDS.dump_python(_kept(ws, case_id, _fields(ws, payload, facts)), mode="json"),
            }
        ).decode(),
        holder_doubtful=doubtful,
        opened_by=actor.id,
        opened_at=tx.at,
        due_on=_due(made.outcome, tx.at, terms),
        region_path=facts.region_path,
    )
    await create_case(tx, case)
    if not is_known and not doubtful:
        await bind_holder(
            tx, holder, volunteer_id=volunteer_id, case_id=case_id, at=tx.at, region_path=facts.region_path
        )
    applying = Applying(
        tx=tx,
        case=case,
        claims=claims,
        terms=terms,
        valid_until=made.valid_until,
        before_min=dict(history.recognised_min),
    )
    await rule(applying, made.rulings, made.rulings, number=1, by=None, reason=None)
    tx.record(
        "recognition.open",
        case_id,
        detail={"volunteer": volunteer_id, "issuer": issuer, "state": case.state.value},
    )
    await tell(ws, tx, case, NoticeCode.RECOGNITION_DECIDED)
    return Recognition(
        verdict=verdict.code, detail="", case_id=case_id, state=case.state, rulings=made.rulings
    )


async def _who(tx: AuditedTransaction, actor: Actor, presented: Presented, holder: str) -> tuple[str, bool]:
    """Give which volunteer a holder is, and whether their key says so already."""
    own = actor.participant_id if Role.VOLUNTEER in actor.roles else None
    asked = presented.volunteer_id or own
    known = await volunteer_of_holder(tx, holder)
    if own is not None and asked != own:
        raise NotPermittedError("a volunteer presents their own record", actor=actor.id)
    if known is not None and asked not in {None, known}:
        raise ConflictError("the key is another volunteer's", holder=holder)
    volunteer_id = known or asked
    if volunteer_id is None:
        raise NotPermittedError("say which volunteer the holder is", field="volunteer_id")
    return volunteer_id, known is not None


def material_of(case: RecognitionCase) -> tuple[SourceClaims, Terms]:
    """Give what a case was ruled on: the claims and the terms of its time."""
    kept = _CLAIMS.validate_json(case.claims)
    return read_claims(kept["claims"]), read_terms(kept["terms"])


def _without_person(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out who the holder is: that was held against the record, and is not needed again."""
    return {name: value for name, value in payload.items() if name not in _PERSONAL}


def _fields(ws: Workspace, payload: Mapping[str, Any], facts: VolunteerFacts) -> tuple[HolderField, ...]:
    record = {
        "name": facts.name,
        "birth_date": None if facts.birth_date is None else facts.birth_date.isoformat(),
        "sex": facts.sex,
        "id_mask": shown_mask(ws, facts.id_mask),
    }
    return holder_fields(payload, record)


def _kept(ws: Workspace, case_id: str, fields: tuple[HolderField, ...]) -> tuple[HolderField, ...]:
    """Give the fields as a case keeps them: what a number shows is sealed."""

    def sealed(side: str) -> str:
        return sealed_mask(ws, side, record=case_id).stored if side else side

    return tuple(
        replace(each, told=sealed(each.told), known=sealed(each.known)) if each.field == "id_mask" else each
        for each in fields
    )


def holder_of(ws: Workspace, case: RecognitionCase) -> tuple[HolderField, ...]:
    """Give how what was shown of the holder compared with the record here, masked; none of an older case."""
    kept = _FIELDS.validate_python(_CLAIMS.validate_json(case.claims).get("holder", ()))
    return tuple(
        replace(each, told=shown_masks_in(ws, each.told), known=shown_masks_in(ws, each.known))
        if each.field == "id_mask"
        else each
        for each in kept
    )


def payload_of(case: RecognitionCase) -> tuple[Format, dict[str, Any]]:
    """Give the credential's kind and what it disclosed."""
    kept = _CLAIMS.validate_json(case.claims)
    return Format(kept["format"]), kept["claims"]


def like(payload: Mapping[str, Any], facts: VolunteerFacts) -> bool:
    """
    Whether what a credential shows of its holder is what is known of a volunteer.

    Name and day of birth both have to be shown and to agree; neither is enough alone, since one person in four
    shares their full name with somebody.
    """
    name, birth = payload.get("name"), payload.get("birthdate")
    return (
        isinstance(name, str)
        and isinstance(birth, str)
        and facts.birth_date is not None
        and _plain(name) == _plain(facts.name) != ""
        and birth == facts.birth_date.isoformat()
    )


def _plain(name: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", name)).casefold()


def state_of(outcome: Ruled) -> CaseState:
    """Give where a case of an outcome stands."""
    return {
        Ruled.ACCEPTED: CaseState.DECIDED,
        Ruled.REVIEW: CaseState.REVIEW,
        Ruled.REFUSED: CaseState.REFUSED,
    }[outcome]


def _due(outcome: Ruled, at: datetime, terms: Terms) -> date | None:
    return civil_date(at) + timedelta(days=terms.review_days) if outcome is Ruled.REVIEW else None


async def tell(ws: Workspace, tx: AuditedTransaction, case: RecognitionCase, code: NoticeCode) -> None:
    """Tell the volunteer that something was decided of their case."""
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=case.volunteer_id,
            code=code,
            subject_id=case.id,
            region_path=case.region_path,
            parameters={"region": case.from_region, "state": case.state.value},
        ),
    )
