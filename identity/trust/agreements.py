"""
Agreements between two regions on recognising volunteers' records.

A version is a document that both sides sign in its canonical bytes; every later step is signed by who takes it. The
state is never stored: it follows from signatures, steps and the day. An agreement covers its own two regions and
nothing beyond them: trust is not handed on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from domain.errors import InvalidInputError, NotPermittedError, TransitionError
from identity.documents import Members
from identity.jose.encoding import Json, JsonObject, canonical
from identity.jose.jwk import Signer
from identity.jose.jws import check_detached, sign_detached
from identity.trust.keys import TrustedKey
from identity.verdicts import Refused, VerdictCode

SIGNATURE_TYPE = "agreement+jws"
STEP_TYPE = "agreement-step+jws"

RegionKeys = Mapping[str, Mapping[str, TrustedKey]]


class AgreementState(StrEnum):
    """Where a version of an agreement stands."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"


class StepKind(StrEnum):
    """What a side may do with a version after signing it."""

    ACTIVATE = "ACTIVATE"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    TERMINATE = "TERMINATE"


STEPS: Mapping[tuple[AgreementState, StepKind], AgreementState] = {
    (AgreementState.SIGNED, StepKind.ACTIVATE): AgreementState.ACTIVE,
    (AgreementState.ACTIVE, StepKind.SUSPEND): AgreementState.SUSPENDED,
    (AgreementState.SUSPENDED, StepKind.RESUME): AgreementState.ACTIVE,
    (AgreementState.DRAFT, StepKind.TERMINATE): AgreementState.TERMINATED,
    (AgreementState.SIGNED, StepKind.TERMINATE): AgreementState.TERMINATED,
    (AgreementState.ACTIVE, StepKind.TERMINATE): AgreementState.TERMINATED,
    (AgreementState.SUSPENDED, StepKind.TERMINATE): AgreementState.TERMINATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One side's signature of the document, detached."""

    region: str
    kid: str
    at: int
    jws: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a side, signed by it."""

    kind: StepKind
    region: str
    kid: str
    at: int
    reason: str
    jws: str

    def content(self, agreement: "Agreement") -> bytes:
        """Give the bytes that its signature covers: the step and the whole document it is about."""
        return canonical(
            {
                "kind": self.kind.value,
                "region": self.region,
                "at": self.at,
                "reason": self.reason,
                "document": agreement.document,
            }
        )


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """
    One version of an agreement.

    Parameters
    ----------
    document
        What both sides sign. ``from`` is the region whose records are recognised, ``to`` the one that recognises them;
        ``both_ways`` makes it mutual. ``rules`` says how: the verifier reads ``status_max_age_s`` and ``types``,
        recognition the rest.
    stated
        The state that an operator wrote into a file of their own, in place of signatures and steps; never in a signed
        bundle.
    """

    document: JsonObject
    signatures: tuple[Signature, ...] = ()
    steps: tuple[Step, ...] = ()
    stated: AgreementState | None = None

    @cached_property
    def _members(self) -> Members:
        return Members(self.document, "agreement", VerdictCode.BUNDLE_UNREADABLE)

    @cached_property
    def id(self) -> str:
        """Its name, the same over all versions."""
        return self._members.text("id")

    @cached_property
    def version(self) -> int:
        """Number of the version, from 1."""
        return self._members.integer("version", least=1)

    @cached_property
    def regions(self) -> tuple[str, str]:
        """The issuing and the recognising region."""
        return self._members.text("from"), self._members.text("to")

    @cached_property
    def both_ways(self) -> bool:
        """Whether each side recognises the other."""
        return self._members.flag("both_ways")

    @cached_property
    def term(self) -> tuple[int, int]:
        """First second, and the first one after."""
        return self._members.moment("valid_from"), self._members.moment("valid_until")

    @cached_property
    def rules(self) -> JsonObject:
        """How records are recognised."""
        return self._members.object_or_empty("rules")

    @cached_property
    def content(self) -> bytes:
        """The bytes that both sides sign."""
        return canonical(self.document)

    def covers(self, issuing: str, recognising: str) -> bool:
        """Whether it is between these two, in this direction."""
        pair = (issuing, recognising)
        return self.regions == pair or (self.both_ways and self.regions == pair[::-1])

    def state_at(self, now: int) -> AgreementState:
        """Give its state at a second; time alone ends it."""
        state = self._stepped
        ended = state in {AgreementState.TERMINATED, AgreementState.DRAFT}
        return AgreementState.EXPIRED if not ended and now >= self.term[1] else state

    def held_within(self, since: int, until: int) -> bool:
        """Whether records were recognised under it at any time of a half-open span, for how short a while ever."""
        begins, ends = self.term
        if self.stated is not None:
            activated = self.stated not in {AgreementState.DRAFT, AgreementState.SIGNED}
        else:
            activated = any(each.kind is StepKind.ACTIVATE and each.at < until for each in self.steps)
            over = [each.at for each in self.steps if each.kind is StepKind.TERMINATE]
            ends = min([ends, *over])
        return activated and begins < until and since < ends

    @cached_property
    def _stepped(self) -> AgreementState:
        if self.stated is not None:
            return self.stated
        signed = {each.region for each in self.signatures} >= set(self.regions)
        state = AgreementState.SIGNED if signed else AgreementState.DRAFT
        for step in self.steps:
            state = STEPS.get((state, step.kind), state)
        return state


def read_agreement(value: Members) -> Agreement:
    """Read a version with its signatures and steps; nothing is proven yet."""
    document = value.object_or_empty("document")
    agreement = Agreement(
        document=document,
        signatures=tuple(
            Signature(
                region=each.text("region"), kid=each.text("kid"), at=each.moment("at"), jws=each.text("jws")
            )
            for each in value.inner("signatures")
        ),
        steps=tuple(
            Step(
                kind=_kind(each),
                region=each.text("region"),
                kid=each.text("kid"),
                at=each.moment("at"),
                reason=each.text_or("reason", "-"),
                jws=each.text("jws"),
            )
            for each in value.inner("steps")
        ),
        stated=_stated(value),
    )
    issuing, recognising = agreement.regions
    since, until = agreement.term
    if not agreement.id or not agreement.version or issuing == recognising or since >= until:
        raise value.wrong("document")
    _ = agreement.both_ways, agreement.rules
    return agreement


def _stated(value: Members) -> AgreementState | None:
    if "state" not in value.value:
        return None
    state = value.text("state").upper()
    if state not in set(AgreementState):
        raise value.wrong("state")
    return AgreementState(state)


def _kind(step: Members) -> StepKind:
    kind = step.text("kind")
    if kind not in set(StepKind):
        raise step.wrong("kind")
    return StepKind(kind)


def written(agreement: Agreement) -> JsonObject:
    """Write a version as it stands in a bundle and in a book."""
    signatures: list[Json] = [
        {"region": each.region, "kid": each.kid, "at": each.at, "jws": each.jws}
        for each in agreement.signatures
    ]
    steps: list[Json] = [
        {
            "kind": each.kind.value,
            "region": each.region,
            "kid": each.kid,
            "at": each.at,
            "reason": each.reason,
            "jws": each.jws,
        }
        for each in agreement.steps
    ]
    found: JsonObject = {"document": agreement.document, "signatures": signatures, "steps": steps}
    if agreement.stated is not None:
        found["state"] = agreement.stated.value
    return found


def proven(agreement: Agreement, keys: RegionKeys) -> bool:
    """Whether every signature and step holds, was made by one of the two sides, and follows from the one before."""
    sides = set(agreement.regions)

    def holds(region: str, kid: str, at: int, jws: str, content: bytes, type_: str) -> bool:
        trusted = keys.get(region, {}).get(kid)
        if region not in sides or trusted is None:
            return False
        try:
            trusted.check(at)
        except Refused:
            return False
        return check_detached(jws, content, trusted.key, type_=type_, key_id=kid)

    signed = all(
        holds(each.region, each.kid, each.at, each.jws, agreement.content, SIGNATURE_TYPE)
        for each in agreement.signatures
    )
    stepped = all(
        holds(each.region, each.kid, each.at, each.jws, each.content(agreement), STEP_TYPE)
        for each in agreement.steps
    )
    return agreement.stated is None and signed and stepped and _in_order(agreement)


def _in_order(agreement: Agreement) -> bool:
    passed = replace(agreement, steps=())
    for step in agreement.steps:
        if _objection(passed, step.kind, step.region, step.at) is not None:
            return False
        passed = replace(passed, steps=(*passed.steps, step))
    return True


def propose(document: JsonObject) -> Agreement:
    """
    Make a version that nobody has signed yet.

    Raises
    ------
    InvalidInputError
        A member is missing or of another kind, both sides are one region, or the term is empty.
    """
    try:
        agreement = read_agreement(
            Members({"document": document}, "agreement", VerdictCode.BUNDLE_UNREADABLE)
        )
        canonical(document)
    except Refused as refusal:
        raise InvalidInputError("not an agreement", reason=refusal.detail) from None
    except ValueError:
        raise InvalidInputError("a fraction is written as two whole numbers", reason="rules") from None
    return agreement


def sign(agreement: Agreement, *, region: str, kid: str, key: Signer, at: int) -> Agreement:
    """
    Sign for one side; a second signature of the same side takes the place of its first.

    Raises
    ------
    NotPermittedError
        The region is not a side of it.
    TransitionError
        It has gone beyond signing.
    """
    if region not in agreement.regions:
        raise NotPermittedError("the region is no side of the agreement", region=region)
    state = agreement.state_at(at)
    if agreement.steps or state not in {AgreementState.DRAFT, AgreementState.SIGNED}:
        raise TransitionError("signed by both already", before=state.value, after=AgreementState.SIGNED.value)
    jws = sign_detached(agreement.content, key, type_=SIGNATURE_TYPE, key_id=kid)
    others = tuple(each for each in agreement.signatures if each.region != region)
    return replace(agreement, signatures=(*others, Signature(region=region, kid=kid, at=at, jws=jws)))


def take_step(
    agreement: Agreement,
    kind: StepKind,
    *,
    region: str,
    kid: str,
    key: Signer,
    at: int,
    reason: str = "-",
) -> Agreement:
    """
    Activate, suspend, resume or terminate for one side.

    The side that recognises activates. Either may suspend or terminate; only the one that suspended may resume.

    Raises
    ------
    NotPermittedError
        The step is not this region's.
    TransitionError
        The state has no such step.
    """
    objection = _objection(agreement, kind, region, at)
    if objection is not None:
        raise objection
    step = Step(kind=kind, region=region, kid=kid, at=at, reason=reason, jws="")
    jws = sign_detached(step.content(agreement), key, type_=STEP_TYPE, key_id=kid)
    return replace(agreement, steps=(*agreement.steps, replace(step, jws=jws)))


def _objection(
    agreement: Agreement, kind: StepKind, region: str, at: int
) -> NotPermittedError | TransitionError | None:
    if region not in agreement.regions:
        return NotPermittedError("the region is no side of the agreement", region=region)
    state = agreement.state_at(at)
    if (state, kind) not in STEPS or (agreement.steps and at < agreement.steps[-1].at):
        return TransitionError("the agreement cannot take this step", before=state.value, after=kind.value)
    if kind is StepKind.ACTIVATE and not agreement.both_ways and region != agreement.regions[1]:
        return NotPermittedError("the recognising side activates", region=region)
    suspended_by = next(
        (each.region for each in reversed(agreement.steps) if each.kind is StepKind.SUSPEND), region
    )
    if kind is StepKind.RESUME and region != suspended_by:
        return NotPermittedError("the side that suspended it resumes it", region=region)
    return None
