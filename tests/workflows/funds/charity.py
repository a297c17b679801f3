"""A charity with two officers, an approver, and money."""

from dataclasses import replace
from datetime import date

from domain.actors import Actor, Purpose, Role, Scope
from domain.allocations import ApprovalDecision
from domain.giving import FundType, Restriction
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.needs import NeedCategory
from domain.provenance import Validity
from domain.purposes import Purpose as FundPurpose
from domain.purposes import PurposeState
from graph.ledger.posting import post
from graph.purposes import versions_of
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, World, workspace
from workflows.funds.acting import Decision
from workflows.funds.opening import NewFund, open_fund
from workflows.funds.purposes import decide_purpose

TODAY = date(2026, 3, 2)
EDUCATION = FundPurpose(restriction=Restriction(categories=frozenset({NeedCategory.EDUCATION})))
MEDICAL = FundPurpose(restriction=Restriction(categories=frozenset({NeedCategory.MEDICAL_COST})))


def person(name: str, *roles: Role, organisations: tuple[str, ...] = ("charity",), path: str = CITY) -> Actor:
    return Actor(
        id=name,
        name=name,
        roles=frozenset(roles),
        scope=Scope(region_paths=(path,), organisation_ids=organisations, purpose=Purpose.GIVING),
    )


OFFICER = person("officer", Role.FEDERATION_OFFICER)
APPROVER = person("approver", Role.FEDERATION_APPROVER)
BOTH = person("both", Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER)
STRANGER = person("stranger", Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER, organisations=("other",))
CLOCK = person("clock", Role.CLOCK, organisations=())


def the_world() -> World:
    world = World()
    world.region("NBS:320582000000", path=CITY, level="COUNTY")
    world.region()
    world.organisation("charity", public_raising=True)
    world.organisation("other")
    world.organisation("firm", kind="ENTERPRISE", name="爱心企业")
    world.household("home")
    world.resident("manager", "home")
    world.fund("general", "charity", name="总会基金", received_fen=10_000_000)
    world.fund("theirs", "other", received_fen=10_000_000)
    return world


async def a_charity(store, world: World | None = None):
    await (world or the_world()).write(store)
    return workspace(store)


def a_fund(**values) -> NewFund:
    base = {
        "name": "助学基金",
        "type": FundType.SPECIAL,
        "organisation_id": "charity",
        "purpose": EDUCATION,
        "reference": "协议 2026-1",
        "manager_ids": ("manager",),
    }
    return NewFund(**{**base, **values})


def approve(version: int = 1) -> Decision:
    return Decision(decision=ApprovalDecision.APPROVED, expected_version=version)


def refuse(version: int = 1) -> Decision:
    return Decision(decision=ApprovalDecision.REFUSED, expected_version=version, reason="不合章程")


async def opened(ws, **values) -> str:
    """Open a fund by both people, and give its id."""
    fund = (await open_fund(ws, OFFICER, a_fund(**values))).value
    version = await decide_purpose(ws, APPROVER, f"{fund.id}:0001", approve())
    assert version.state is PurposeState.IN_FORCE
    return fund.id


async def give(
    ws, fund_id: str, amount_fen: int, *, earmark_id: str | None = None, paper: str = "gift"
) -> None:
    """Let a book receive money."""

    async def work(tx) -> None:
        await post(
            tx,
            [
                FundPosting(
                    fund_id=fund_id,
                    earmark_id=earmark_id,
                    kind=FundEntryKind.RECEIVE,
                    amount_fen=amount_fen,
                    source_kind=EntrySource.DONATION,
                    source_id=f"{paper}-{fund_id}-{earmark_id}",
                )
            ],
        )

    await UnitOfWork(ws.store, ws.clock).run(OFFICER, work)


def until(day: date) -> FundPurpose:
    """Education up to a day."""
    return replace(EDUCATION, restriction=replace(EDUCATION.restriction, validity=Validity(valid_to=day)))


async def versions(ws, owner_id: str):
    return await ws.store.read(lambda tx: versions_of(tx, owner_id))
