"""The money that rounds propose, and what stands beside it now: needs, households and what they were given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.allocations import LIVE_ALLOCATIONS, AllocationState
from domain.needs import NeedState, SubjectKind
from domain.rounds import ProposalState
from graph.columns import integer, integer_or_none, moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.proposals import VISIBLE, visible_to
from graph.scope import listed

_LINES = Statement(
    "MATCH (n:Proposal) WHERE n.round_id IN $ids AND n.kind = 'MONEY' AND "
    + VISIBLE
    + " RETURN n.id AS id, n.round_id AS round_id, n.state AS state, n.need_id AS need_id,"
    " n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.amount_fen AS amount_fen, n.version AS version"
    " ORDER BY id",
    Access.READ,
)
_NEEDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) RETURN n.id AS id, n.state AS state,"
    " n.version AS version, n.kind AS kind, n.subject_kind AS subject_kind, n.subject_id AS subject_id,"
    " n.region_path AS region_path, n.amount_fen AS amount_fen, n.policy_aid_fen AS policy_aid_fen,"
    " n.insurance_fen AS insurance_fen ORDER BY id",
    Access.READ,
)
_SEEN = Statement(
    "MATCH (o:NeedOutcome) WHERE o.round_id = $round_id AND o.need_id IN $ids"
    " RETURN o.need_id AS need_id, o.need_version AS version",
    Access.READ,
)
_LIVE: LiteralString = (
    " AND n.state IN $states MATCH (d:Need {id: n.need_id}) RETURN n.id AS id, n.need_id AS need_id,"
    " n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.amount_fen AS amount_fen, n.state AS state,"
    " n.reserved_at AS reserved_at, d.kind AS kind, d.subject_id AS subject_id ORDER BY id"
)
_TO_NEEDS = Statement("MATCH (n:Allocation) WHERE n.need_id IN $ids" + _LIVE, Access.READ)
_TO_SUBJECTS = Statement(
    "MATCH (n:Allocation) WHERE n.subject_id IN $ids AND n.reserved_at >= $since" + _LIVE, Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """Fen of one book for one need, as a round proposed them."""

    id: str
    round_id: str
    state: ProposalState
    need_id: str
    fund_id: str
    earmark_id: str | None
    amount_fen: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedNow:
    """A need as it is now, for figures alone: ``subject_id`` is shown to nobody."""

    id: str
    state: NeedState
    version: int
    kind: str
    subject_kind: SubjectKind
    subject_id: str | None
    region_path: str
    gap_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenNow:
    """One sum that is set aside or paid; its id is that of its proposal."""

    id: str
    need_id: str
    fund_id: str
    earmark_id: str | None
    amount_fen: int
    state: AllocationState
    reserved_at: datetime
    kind: str
    subject_id: str | None


async def money_of_rounds(
    tx: ReadTransaction, actor: Actor, round_ids: Sequence[str]
) -> dict[str, list[MoneyLine]]:
    """Give the money that rounds propose, by round, as far as the actor may see; a round without any is left out."""
    found: dict[str, list[MoneyLine]] = {}
    for record in await tx.run(_LINES, **visible_to(actor), ids=listed(list(set(round_ids)))):
        line = MoneyLine(
            id=text(record, "id"),
            round_id=text(record, "round_id"),
            state=ProposalState(text(record, "state")),
            need_id=text(record, "need_id"),
            fund_id=text(record, "fund_id"),
            earmark_id=text_or_none(record, "earmark_id"),
            amount_fen=integer(record, "amount_fen"),
            version=integer(record, "version"),
        )
        found.setdefault(line.round_id, []).append(line)
    return found


async def needs_now(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, NeedNow]:
    """Give the needs of lines that the caller may see."""
    return {text(record, "id"): _need(record) for record in await tx.run(_NEEDS, ids=listed(list(set(ids))))}


def _need(record: Record) -> NeedNow:
    asked, aid, insurance = (
        integer_or_none(record, name) or 0 for name in ("amount_fen", "policy_aid_fen", "insurance_fen")
    )
    return NeedNow(
        id=text(record, "id"),
        state=NeedState(text(record, "state")),
        version=integer(record, "version"),
        kind=text(record, "kind"),
        subject_kind=SubjectKind(text(record, "subject_kind")),
        subject_id=text_or_none(record, "subject_id"),
        region_path=text(record, "region_path"),
        gap_fen=max(0, asked - aid - insurance),
    )


async def versions_seen(tx: ReadTransaction, round_id: str, need_ids: Sequence[str]) -> dict[str, int | None]:
    """Give the version in which a round saw each need."""
    records = await tx.run(_SEEN, round_id=round_id, ids=listed(list(set(need_ids))))
    return {text(record, "need_id"): integer_or_none(record, "version") for record in records}


async def given_to_needs(tx: ReadTransaction, need_ids: Sequence[str]) -> list[GivenNow]:
    """Give what is set aside or paid for needs, from whatever fund."""
    return [
        _given(record)
        for record in await tx.run(_TO_NEEDS, ids=listed(list(set(need_ids))), states=_live_states())
    ]


async def given_to_subjects(
    tx: ReadTransaction, subject_ids: Sequence[str], *, since: datetime
) -> list[GivenNow]:
    """Give what subjects were given since a moment, over all their needs and all funds (HC-19)."""
    records = await tx.run(
        _TO_SUBJECTS, ids=listed(list(set(subject_ids))), since=since, states=_live_states()
    )
    return [_given(record) for record in records]


def _live_states() -> list[str]:
    return sorted(state.value for state in LIVE_ALLOCATIONS)


def _given(record: Record) -> GivenNow:
    return GivenNow(
        id=text(record, "id"),
        need_id=text(record, "need_id"),
        fund_id=text(record, "fund_id"),
        earmark_id=text_or_none(record, "earmark_id"),
        amount_fen=integer(record, "amount_fen"),
        state=AllocationState(text(record, "state")),
        reserved_at=moment(record, "reserved_at"),
        kind=text(record, "kind"),
        subject_id=text_or_none(record, "subject_id"),
    )
