"""Which months are settled with whom follows from agreements and registries alone."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import InvalidInputError
from identity.jose.jwk import SigningKey
from identity.recognition.reconciling import StatementKind, month, month_before, sides_of
from identity.trust.agreements import Agreement, AgreementState, StepKind, propose, sign, take_step
from identity.trust.bundle import Registry, TrustBundle

HERE, THERE, OTHER = "320582", "310109", "330100"
KEYS = {region: SigningKey.generate() for region in (HERE, THERE)}
MARCH = "2026-03"
START, END = (int(moment.timestamp()) for moment in month(MARCH))
DAY = 86_400


def draft(**changed: object) -> Agreement:
    told = {"id": "a", "version": 1, "from": THERE, "to": HERE, "rules": {}}
    term = {"valid_from": START - 90 * DAY, "valid_until": END + 90 * DAY}
    return propose({**told, **term, **changed})


def active(at: int = START - 80 * DAY, **changed: object) -> Agreement:
    agreement = draft(**changed)
    for region, key in KEYS.items():
        agreement = sign(agreement, region=region, kid="k", key=key, at=at)
    return step(agreement, StepKind.ACTIVATE, at)


def step(agreement: Agreement, kind: StepKind, at: int) -> Agreement:
    return take_step(agreement, kind, region=HERE, kid="k", key=KEYS[HERE], at=at)


def book(*agreements: Agreement, home: str = HERE) -> TrustBundle:
    registries = {
        issuer: Registry(issuer=issuer, region=region)
        for issuer, region in (("ours", HERE), ("beside", HERE), ("t1", THERE), ("t2", THERE), ("o", OTHER))
    }
    return TrustBundle(
        home=home, version=1, issued_at=0, expires_at=1, registries=registries, agreements=agreements
    )


def sides(*agreements: Agreement, home: str = HERE, own: str = "ours") -> set[tuple[str, str, StatementKind]]:
    found = sides_of(book(*agreements, home=home), MARCH, own=own)
    assert {each.month for each in found} <= {MARCH}
    assert len({each.id for each in found}) == len(found)
    return {(each.partner, each.issuer, each.kind) for each in found}


COUNTED = {(THERE, issuer, StatementKind.RECOGNISED) for issuer in ("t1", "t2")}
GIVEN = {(THERE, "ours", StatementKind.ISSUED)}


def test_who_recognises_states_what_it_counted_of_each_registry_and_who_issues_of_its_own():
    assert sides(active()) == COUNTED
    assert sides(active(both_ways=True)) == COUNTED | GIVEN
    assert sides(active(**{"from": HERE, "to": THERE}, both_ways=True)) == COUNTED | GIVEN
    assert sides(active(), home=THERE, own="t1") == {(HERE, "t1", StatementKind.ISSUED)}
    assert sides(active(both_ways=True), own="nobody") == COUNTED
    assert sides(active(both_ways=True), own="o") == COUNTED
    assert sides(active(), home=OTHER) == set()
    assert sides(active(), active(version=2)) == COUNTED


@pytest.mark.parametrize(
    ("agreement", "settled"),
    [
        (draft(), False),
        (active(at=END - 1), True),
        (active(at=END, valid_from=START), False),
        (step(active(), StepKind.SUSPEND, START - DAY), True),
        (step(active(), StepKind.TERMINATE, START + 1), True),
        (step(active(), StepKind.TERMINATE, START), False),
        (active(valid_until=START + 1), True),
        (active(valid_until=START), False),
        (active(valid_from=END), False),
        (replace(draft(), stated=AgreementState.TERMINATED), True),
        (replace(draft(), stated=AgreementState.SIGNED), False),
    ],
)
def test_a_month_is_settled_if_the_agreement_held_in_it(agreement: Agreement, settled: bool):
    assert bool(sides(agreement)) is settled


def test_the_month_before_is_the_civil_one():
    assert [month_before(date(2026, each, 1)) for each in (1, 3)] == ["2025-12", "2026-02"]
    with pytest.raises(InvalidInputError):
        sides_of(book(active()), "2026-3", own="ours")
