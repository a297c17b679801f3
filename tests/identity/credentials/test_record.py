"""A record becomes claims that can be kept back, and reads back as what was shown; impossible hours are none."""

import pytest

from domain.errors import InvalidInputError
from identity.credentials.holder import hold
from identity.credentials.issue import issue
from identity.credentials.record import RECORD_TYPE, ServiceEntry, ShownRecord, VolunteerRecord, read_record
from tests.identity.credentials.worlds import ISSUER, KEYS, LIST, NOW, PLACE


def entry(number: int, **changed: object) -> ServiceEntry:
    start = NOW - 10_000 * number
    found = {
        "id": f"e{number}",
        "start": start,
        "end": start + 3600,
        "minutes": 60,
        "clocked": True,
        "category": "x",
    }
    return ServiceEntry(**{**found, **changed})


RECORD = VolunteerRecord(
    name="王芳",
    birth_date="1988-02-29",
    gender="F",
    id_mask="310***********1234",
    phone="138****0000",
    period_from=NOW - 10**6,
    period_to=NOW - 100,
    clocked_minutes=120,
    manual_minutes=30,
    entries=(entry(2), entry(3)),
    level={"scheme": "MZ-2012-340", "star": 1, "on": "2026-01-01"},
    training=({"code": "first-aid"},),
    skills=({"code": "sign-language"},),
    awards=({"code": "city-2025"},),
)


def issued(record: VolunteerRecord = RECORD) -> dict:
    claims = record.claims(
        issuer=ISSUER,
        credential_id="urn:1",
        issued_at=NOW,
        expires_at=NOW + 99,
        schemes={"level": "MZ-2012-340"},
    )
    text = issue(claims, key=KEYS["issuer"], key_id="k1", holder=KEYS["holder"].public, status=(LIST, PLACE))
    return dict(hold(text).payload)


def test_a_record_reads_back_as_it_was_certified():
    found = read_record(issued(), NOW)
    assert isinstance(found, ShownRecord)
    assert (found.name, found.minutes, found.entries) == ("王芳", (120, 30), RECORD.entries)
    assert (found.level, found.training, found.skills) == (RECORD.level, RECORD.training, RECORD.skills)
    assert found.period == (NOW - 10**6, NOW - 100)
    assert issued()["vct"] == RECORD_TYPE


def test_what_was_kept_back_is_none():
    found = read_record({"iss": ISSUER}, NOW)
    assert isinstance(found, ShownRecord)
    assert (found.name, found.minutes, found.period, found.entries, found.level) == (
        None,
        None,
        None,
        (),
        None,
    )


def test_only_ids_of_schemes_and_the_frame_stay_clear():
    claims = RECORD.claims(issuer=ISSUER, credential_id="x", issued_at=0, expires_at=1, schemes={})
    clear = {name for name, value in claims.items() if isinstance(value, str | int | dict)}
    assert clear == {"iss", "vct", "jti", "iat", "nbf", "exp", "schemes"}


@pytest.mark.parametrize(
    "changed",
    [
        {"minutes": {"clocked": -1, "manual": 0}},
        {"minutes": {"clocked": 1.5, "manual": 0}},
        {"minutes": {"clocked": True, "manual": 0}},
        {"minutes": {"clocked": 10**6, "manual": 0}},
        {"minutes": 600},
        {"period_to": NOW + 1},
        {"period_from": NOW},
        {"entries": [entry(2).document(), entry(2).document()]},
        {"entries": [{**entry(2).document(), "minutes": 61}]},
        {"entries": [{**entry(2).document(), "minutes": -5}]},
        {"entries": [{**entry(2).document(), "end": NOW + 100}]},
        {"entries": [{**entry(2).document(), "end": NOW - 20_000}]},
        {"entries": [{**entry(20).document(), "end": NOW - 1, "minutes": 1500}]},
        {"entries": [{**entry(2).document(), "clocked": "yes"}]},
        {"entries": ["e1"]},
        {"name": ""},
        {"name": 7},
        {"level": []},
    ],
)
def test_what_cannot_be_is_named(changed):
    assert isinstance(read_record({**issued(), **changed}, NOW), str)


def test_an_entry_grants_no_more_than_its_time():
    with pytest.raises(InvalidInputError):
        entry(1, minutes=61)
    with pytest.raises(InvalidInputError):
        entry(1, minutes=-1)
    with pytest.raises(InvalidInputError):
        entry(1, end=0)
