"""The graph keeps what the domain says exists: each field of a domain type has its place in the schema."""

from dataclasses import fields

import pytest

from domain.certificates import ServiceCertificate
from domain.donations import CharityShop, Donation, PurposeChange, ShopSale
from domain.giving import Fund
from domain.hours import HoursRecord
from domain.needs import Need, NeedItem, NeedSlot
from domain.offers import InKindOffer, ServiceOffer
from domain.organisations import Organisation, ServicePoint, Station
from domain.people import Household, InsuranceCover, Qualification, Resident, SocialWorker, Volunteer
from domain.regions import Region
from domain.service import CheckEvent
from domain.stars import StarNotice
from domain.visits import VisitCare, Visitor
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPES

TYPES = [
    CharityShop,
    CheckEvent,
    Donation,
    Fund,
    HoursRecord,
    Household,
    InKindOffer,
    InsuranceCover,
    Need,
    NeedItem,
    NeedSlot,
    Organisation,
    PurposeChange,
    Qualification,
    Region,
    Resident,
    ServiceCertificate,
    ServiceOffer,
    ServicePoint,
    ShopSale,
    SocialWorker,
    StarNotice,
    Station,
    VisitCare,
    Visitor,
    Volunteer,
]

PLACE = {"longitude_deg", "latitude_deg", "place_made_up"}
VALIDITY = {"valid_from", "valid_to"}
SPREAD = {
    "centre": PLACE,
    "alarm_consent": {"alarm_consent_by", "alarm_consent_at", "alarm_consent_taken_by"},
    "consent": {"consent_given_by", "consent_at", "consent_purpose", "consent_taken_by"},
    "code": {"system", "code", "level", "region_path"},
    "place": PLACE,
    "provenance": {"source_id", "source_row", "recorded_at"},
    "region": {"region_id", "region_path"},
    "restriction": {"categories", "situations", "restricted_regions", *VALIDITY},
    "validity": VALIDITY,
    "windows": {"window_starts", "window_ends"},
}
"""Fields that several properties keep."""

PARTS = {
    "covers": "InsuranceCover",
    "items": "NeedItem",
    "qualifications": "Qualification",
    "slots": "NeedSlot",
}
"""Fields that are nodes of their own, joined to their owner."""


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_each_field_of_a_domain_type_has_its_place(kind):
    kept = {p.name for p in NODE_TYPE_BY_LABEL[kind.__name__].properties}
    wanted: set[str] = set()
    for field in fields(kind):
        if field.name not in PARTS:
            wanted |= SPREAD.get(field.name, {field.name})
    assert wanted - kept == set()


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_parts_are_joined_to_their_owner(kind):
    pairs = {pair for relationship in RELATIONSHIP_TYPES for pair in relationship.pairs}
    for field in fields(kind):
        if field.name in PARTS:
            assert (kind.__name__, PARTS[field.name]) in pairs


def test_ends_of_relationships_and_labels_are_declared_once():
    labels = list(NODE_TYPE_BY_LABEL)
    ends = {label for relationship in RELATIONSHIP_TYPES for pair in relationship.pairs for label in pair}
    names = [relationship.name for relationship in RELATIONSHIP_TYPES]
    assert ends <= set(labels)
    assert len(set(names)) == len(names)
