"""
What an approver said, signed over exactly what they were shown, and held against what stands there later.

The signed text stands in the audit chain beside the decision, so neither is changed without the other showing it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

from domain.actors import Actor, Role
from domain.allocations import ApprovalDecision
from domain.errors import NotPermittedError
from graph.approvals import ChainEntry, decisions_in_chain
from graph.ports import ReadTransaction
from graph.reads.allocations import (
    AllocationRow,
    ApprovalRow,
    allocation_by_id,
    approvals_of_allocations,
)
from graph.reads.needs import NeedRow
from workflows.certificates.signing import PublicKeys, Signer, VerdictCode, key_text, read_signed
from workflows.workspace import Workspace

KIND = "ZLA1"
SECRET = "approval"  # noqa: S105 (the name of a secret)
_CHECKERS = (
    Role.FEDERATION_OFFICER,
    Role.FEDERATION_APPROVER,
    Role.AUDITOR,
    Role.PLATFORM_ADMIN,
)


class SignatureCheck(StrEnum):
    """What became of a signature."""

    VALID = "VALID"
    UNSIGNED = "UNSIGNED"  # decided before decisions were signed
    UNKNOWN_KEY = "UNKNOWN_KEY"
    ALTERED = "ALTERED"
    DIFFERS = "DIFFERS"  # another sum, need, book or proposal was approved than stands here


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """
    What is signed: the sum, from which book, for which need, as which versions of them were read.

    Parameters
    ----------
    allocation_version, proposal_version, need_version
        As they stood when the decision was made.
    number
        Which decision on the allocation it is, from 1.
    """

    allocation_id: str
    allocation_version: int
    proposal_id: str
    proposal_version: int
    round_id: str | None
    need_id: str
    need_version: int
    fund_id: str
    earmark_id: str | None
    amount_fen: int
    decision: str
    number: int
    approver_id: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed statement and its SHA-256, which the audit chain keeps as the hash of the object."""

    text: str

    @property
    def digest(self) -> str:
        """Give the SHA-256 of the signed text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


Seal = Callable[[Statement], Signed]


def seal_of(ws: Workspace) -> Seal:
    """Give what signs for an installation."""
    signer = Signer(ws.secret(SECRET))
    return lambda statement: Signed(text=signer.sign(KIND, list(asdict(statement).values())))


def statement_of(
    actor: Actor,
    allocation: AllocationRow,
    need: NeedRow,
    *,
    proposal_version: int,
    decision: ApprovalDecision,
    number: int,
    at: datetime,
) -> Statement:
    """Give what is signed of a decision on a locked allocation."""
    return Statement(
        allocation_id=allocation.id,
        allocation_version=allocation.version,
        proposal_id=allocation.proposal_id,
        proposal_version=proposal_version,
        round_id=allocation.round_id,
        need_id=need.id,
        need_version=need.version,
        fund_id=allocation.fund_id,
        earmark_id=allocation.earmark_id,
        amount_fen=allocation.amount_fen,
        decision=decision.value,
        number=number,
        approver_id=actor.id,
        at=at.astimezone(UTC).isoformat(timespec="microseconds"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedApproval:
    """One decision, its signature and what became of it."""

    decision: ApprovalDecision
    at: datetime
    approver_id: str
    signed: str | None
    check: SignatureCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAllocation:
    """Every decision on an allocation, checked, and the public key that they are checked with."""

    allocation: AllocationRow
    approvals: tuple[CheckedApproval, ...]
    public_key: str

    @property
    def holds(self) -> bool:
        """Whether every decision is signed and says what stands there."""
        return all(each.check is SignatureCheck.VALID for each in self.approvals)


async def check_approvals(ws: Workspace, actor: Actor, allocation_id: str) -> CheckedAllocation:
    """
    Hold every decision on an allocation against what was signed, and that against what stands there now.

    Raises
    ------
    NotPermittedError
        Neither of the organisation that holds the fund nor an auditor: who decided is named.
    NotFoundError
        Not theirs to see.
    """
    actor.require(*_CHECKERS)
    signer = Signer(ws.secret(SECRET))
    keys: PublicKeys = {signer.key_id: signer.public_key}

    async def read(tx: ReadTransaction) -> CheckedAllocation:
        allocation = await allocation_by_id(tx, actor, allocation_id)
        office = actor.roles & {Role.AUDITOR, Role.PLATFORM_ADMIN}
        if not office and allocation.organisation_id not in actor.scope.organisation_ids:
            raise NotPermittedError("the fund is another organisation's", id=allocation_id, rule="HC-15")
        rows = (await approvals_of_allocations(tx, actor, [allocation_id])).get(allocation_id, ())
        told = await decisions_in_chain(tx, allocation_id)
        return CheckedAllocation(
            allocation=allocation,
            approvals=tuple(
                _checked(allocation, row, number, told, keys) for number, row in enumerate(rows, start=1)
            ),
            public_key=key_text(signer.public_key),
        )

    return await ws.store.read(read)


def _checked(
    allocation: AllocationRow, row: ApprovalRow, number: int, told: Sequence[ChainEntry], keys: PublicKeys
) -> CheckedApproval:
    signed = told[number - 1].signed if number <= len(told) else None
    if signed is None:
        check = SignatureCheck.UNSIGNED
    elif Signed(text=signed).digest != told[number - 1].object_hash:
        check = SignatureCheck.ALTERED
    else:
        check = _judged(allocation, row, number, signed, keys)
    return CheckedApproval(
        decision=row.decision, at=row.at, approver_id=row.approver_id, signed=signed, check=check
    )


def _judged(
    allocation: AllocationRow, row: ApprovalRow, number: int, signed: str, keys: PublicKeys
) -> SignatureCheck:
    body = read_signed(signed, KIND, keys)
    if isinstance(body, VerdictCode):
        return SignatureCheck.UNKNOWN_KEY if body is VerdictCode.UNKNOWN_KEY else SignatureCheck.ALTERED
    names = list(Statement.__dataclass_fields__)
    if len(body) != len(names):
        return SignatureCheck.ALTERED
    said = dict(zip(names, body, strict=True))
    stands = {
        "allocation_id": allocation.id,
        "proposal_id": allocation.proposal_id,
        "round_id": allocation.round_id,
        "need_id": allocation.need_id,
        "fund_id": allocation.fund_id,
        "earmark_id": allocation.earmark_id,
        "amount_fen": allocation.amount_fen,
        "decision": row.decision.value,
        "number": number,
        "approver_id": row.approver_id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    fits = all(said[name] == value for name, value in stands.items())
    return SignatureCheck.VALID if fits else SignatureCheck.DIFFERS
