"""
The one declaration of node and relationship types.

DDL, constraints and indexes of both engines, the columns of bulk loads, export files and the ER picture in the
docs are derived from here. Property keys are English; their labels stand in ``locales``.
"""

from dataclasses import dataclass
from enum import StrEnum


class PropertyType(StrEnum):
    """What a property holds. Times are aware UTC, money is INT64 fen, lists are ordered."""

    STRING = "STRING"
    INT64 = "INT64"
    DOUBLE = "DOUBLE"
    BOOL = "BOOL"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    STRING_LIST = "STRING_LIST"


@dataclass(frozen=True, slots=True)
class Property:
    """One property. ``required`` ones are never null; ``indexed`` ones get an index where the engine has one."""

    name: str
    type: PropertyType = PropertyType.STRING
    required: bool = False
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class NodeType:
    """A label. Its key is always ``id``, unique within the label; it is the first property."""

    label: str
    properties: tuple[Property, ...]

    def __post_init__(self) -> None:
        names = [p.name for p in self.properties]
        if names[0] != "id" or len(set(names)) != len(names):
            raise ValueError(f"{self.label}: the first property is id and names are unique")

    @property
    def scoped(self) -> bool:
        """Whether rows belong to a region subtree, so that reads are scoped by ``region_path``."""
        return any(p.name == "region_path" for p in self.properties)


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """
    A relationship type between one or more pairs of labels.

    At most one relationship of a type stands between two nodes: it is keyed by its ends.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...] = ()


_T = PropertyType


def _key() -> Property:
    return Property("id", required=True)


_SOURCED = (
    Property("source_id", required=True),
    Property("source_row", _T.INT64, required=True),
    Property("recorded_at", _T.TIMESTAMP, required=True),
)
_SCOPED = (
    Property("region_id"),
    Property("region_path", required=True, indexed=True),
)
_PLACED = (
    Property("longitude_deg", _T.DOUBLE),
    Property("latitude_deg", _T.DOUBLE),
    Property("place_made_up", _T.BOOL),
)
_VALID = (Property("valid_from", _T.DATE), Property("valid_to", _T.DATE))
_VERSIONED = (Property("version", _T.INT64, required=True),)
_EDGE = (*_VALID, Property("source_id", required=True), Property("confidence", _T.DOUBLE))


def _strings(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name) for name in names)


def _integers(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, _T.INT64) for name in names)


def _flags(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, _T.BOOL) for name in names)


def _lists(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, _T.STRING_LIST) for name in names)


_ID_NUMBER = (Property("id_number_hash", indexed=True), Property("id_number_mask"))

# One line a group of properties, as a table: one property a line would be 200 lines longer.
# fmt: off
_REGIONS_AND_PEOPLE = (
    NodeType(
        "Region",
        (
            _key(), *_strings("system", "code", "name", "level"), Property("region_path", required=True, indexed=True),
            *_VALID, *_PLACED, *_SOURCED,
        ),
    ),
    NodeType(
        "Household",
        (_key(), *_strings("file_number"), *_SCOPED, *_PLACED, *_lists("situations"), *_integers("members"),
         *_VERSIONED, *_SOURCED),
    ),
    NodeType(
        "Resident",
        (_key(), Property("household_id", indexed=True), *_strings("name"), *_ID_NUMBER,
         Property("birth_date", _T.DATE), *_strings("sex"), *_SCOPED, *_lists("situations"), *_SOURCED),
    ),
    NodeType(
        "Volunteer",
        (_key(), *_strings("name", "volunteer_number", "resident_id", "team_id"), *_ID_NUMBER,
         Property("birth_date", _T.DATE), *_strings("sex"), *_SCOPED, *_PLACED,
         Property("status", required=True, indexed=True),
         *_lists("skills", "availability", "declined_categories", "preferred_categories"),
         *_integers("radius_m", "weekly_minutes", "most_visits", "verified_minutes"),
         *_flags("physical_limit", "guardian_consent"), *_VERSIONED, *_SOURCED),
    ),
    NodeType(
        "Qualification",
        (_key(), Property("volunteer_id", required=True, indexed=True), *_strings("licence"), *_VALID, *_SOURCED),
    ),
    NodeType(
        "InsuranceCover",
        (_key(), Property("volunteer_id", required=True, indexed=True), *_VALID, *_lists("region_paths"),
         *_integers("min_age_y", "max_age_y"), *_SOURCED),
    ),
    NodeType(
        "SocialWorker",
        (_key(), *_strings("name", "station_id", "level"), *_SCOPED, *_SOURCED),
    ),
    # A line of a department's list on a resident: an allowance paid, a bill, arrears, a visit.
    NodeType(
        "DepartmentRecord",
        (_key(), *_strings("department", "event", "number"), Property("resident_id", indexed=True),
         Property("id_number_hash", indexed=True), *_integers("amount_fen"), Property("occurred_on", _T.DATE),
         *_SCOPED, *_SOURCED),
    ),
)

_ORGANISATIONS = (
    NodeType(
        "Organisation",
        (_key(), Property("kind", required=True, indexed=True), Property("name", required=True),
         *_strings("credit_code", "address", "contact"), *_lists("aliases"), *_flags("public_raising"),
         *_SCOPED, *_PLACED, *_SOURCED),
    ),
    NodeType(
        "Station",
        (_key(), *_strings("kind", "name", "parent_id"), *_SCOPED, *_PLACED, *_SOURCED),
    ),
    NodeType(
        "ServicePoint",
        (_key(), *_strings("name", "organisation_id", "address", "contact"), *_lists("services"),
         *_integers("capacity"), *_SCOPED, *_PLACED, *_SOURCED),
    ),
)

_NEEDS = (
    NodeType(
        "Need",
        (_key(), *_strings("kind", "category", "title", "detail"), Property("state", required=True, indexed=True),
         Property("urgency", required=True), *_SCOPED, *_PLACED,
         *_strings("subject_kind"), Property("subject_id", indexed=True), *_strings("receipt"),
         *_lists("situations"),
         Property("window_starts", _T.STRING_LIST), Property("window_ends", _T.STRING_LIST),  # ISO 8601 UTC
         *_integers("duration_min", "amount_fen", "policy_aid_fen", "insurance_fen"),
         *_flags("partial_allowed", "with_child", "home_visit", "demanding", "consent_recorded"),
         *_strings("risk", "posted_by", "verified_by"), Property("posted_at", _T.TIMESTAMP),
         *_strings("round_id", "trust"), *_VERSIONED, *_SOURCED),
    ),
    NodeType(
        "NeedSlot",
        (_key(), Property("need_id", required=True, indexed=True), *_integers("position"),
         *_strings("skill", "licence"), Property("region_path", required=True)),
    ),
    NodeType(
        "NeedItem",
        (_key(), Property("need_id", required=True, indexed=True), *_strings("item", "item_text", "unit"),
         *_integers("quantity"), Property("region_path", required=True), *_SOURCED),
    ),
    # One row while somebody holds the slot. Its key is the slot's id, so both engines refuse a second one.
    NodeType(
        "SlotHold",
        (_key(), *_strings("claim_id", "volunteer_id")),
    ),
    NodeType(
        "Claim",
        (_key(), *_strings("need_id", "slot_id"), Property("volunteer_id", required=True, indexed=True),
         Property("state", required=True), Property("window_start", _T.TIMESTAMP),
         Property("window_end", _T.TIMESTAMP), Property("claimed_at", _T.TIMESTAMP, required=True),
         *_strings("claimed_by"), Property("region_path", required=True), *_VERSIONED),
    ),
    NodeType(
        "NeedTransition",
        (_key(), Property("need_id", required=True, indexed=True), *_strings("before", "after", "actor_id", "reason"),
         *_strings("round_id"), Property("at", _T.TIMESTAMP, required=True), Property("region_path", required=True)),
    ),
)

_GIVING = (
    NodeType(
        "Fund",
        (_key(), Property("name", required=True), *_strings("type"), Property("organisation_id", required=True,
         indexed=True), *_SCOPED, *_lists("categories", "situations", "restricted_regions", "manager_ids"), *_VALID,
         *_integers("received_fen", "reserved_fen", "spent_fen", "case_cap_fen"), *_VERSIONED, *_SOURCED),
    ),
    NodeType(
        "Donation",
        (_key(), *_strings("kind", "state", "donor_name", "donor_kind", "donor_id"),
         Property("fund_id", indexed=True), *_integers("amount_fen"), Property("given_on", _T.DATE),
         *_strings("restriction_text", "passed_on_for", "note"), *_SCOPED, *_SOURCED),
    ),
    NodeType(
        "InKindOffer",
        (_key(), Property("item", required=True, indexed=True), *_strings("item_text", "specification", "unit"),
         *_integers("quantity", "reserved_quantity"),
         *_strings("owner_id", "donation_id", "restricted_to"), Property("expires", _T.DATE), *_SCOPED, *_PLACED,
         *_VERSIONED, *_SOURCED),
    ),
    NodeType(
        "ServiceOffer",
        (_key(), *_strings("kind", "title", "detail", "provider_id", "unit", "contact"), *_integers("capacity"),
         *_lists("openings"), *_SCOPED, *_SOURCED),
    ),
    # What people really handed out, as published: the yardstick a plan is compared with.
    NodeType(
        "GoodsIssue",
        (_key(), *_strings("receiver_id", "receiver_name", "donor_name", "item", "item_text", "specification",
         "unit"), *_integers("quantity", "value_fen"), Property("issued_on", _T.DATE), *_SCOPED, *_SOURCED),
    ),
    # A line of a published statement of account: a figure that somebody printed, never added to a fund.
    NodeType(
        "StatementLine",
        (_key(), *_strings("organisation_id", "title", "period", "measure"), *_integers("amount_fen"), *_SCOPED,
         *_SOURCED),
    ),
)

_ROUNDS = (
    NodeType(
        "Round",
        (_key(), Property("state", required=True), *_SCOPED, Property("as_of", _T.TIMESTAMP, required=True),
         *_strings("policy_id", "snapshot_digest", "plan_digest", "status"),
         *_integers("seed", "needs", "fulfilled", "amount_allocated_fen", "value", "bound"),
         Property("gap", _T.DOUBLE), *_strings("summary"), *_strings("created_by", "published_by"),
         Property("created_at", _T.TIMESTAMP, required=True), Property("published_at", _T.TIMESTAMP), *_VERSIONED),
    ),
    NodeType(
        "Proposal",
        (_key(), Property("round_id", required=True, indexed=True), *_strings("kind"),
         Property("state", required=True), Property("need_id", required=True, indexed=True),
         *_strings("slot_id", "volunteer_id", "fund_id", "offer_id", "need_item_id"),
         *_integers("amount_fen", "quantity"),
         Property("window_start", _T.TIMESTAMP), Property("window_end", _T.TIMESTAMP),
         *_integers("distance_m"), *_strings("reason_code", "reason_parameters"),
         Property("region_path", required=True), *_VERSIONED,
         *_strings("accepted_by", "accepted_by_participant")),  # account, and whom it stands for
    ),
    NodeType(
        "NeedOutcome",
        (_key(), Property("round_id", required=True, indexed=True), Property("need_id", required=True),
         *_flags("fulfilled"), *_strings("reason_code", "reason_parameters"), *_integers("need_version"),
         Property("region_path", required=True)),
    ),
    NodeType(
        "VolunteerOutcome",
        (_key(), Property("round_id", required=True, indexed=True), Property("volunteer_id", required=True),
         *_strings("reason_code", "reason_parameters"), Property("region_path", required=True)),
    ),
)

_BOOKKEEPING = (
    NodeType(
        "ImportBatch",
        (_key(), *_strings("mapping", "actor_id", "state", "report"), Property("started_at", _T.TIMESTAMP),
         Property("finished_at", _T.TIMESTAMP)),
    ),
    NodeType(
        "SourceTable",
        (_key(), *_strings("batch_id", "file_name", "file_digest", "sheet", "mapping", "columns"),
         *_integers("header_row"), Property("recorded_at", _T.TIMESTAMP)),
    ),
    NodeType(
        "IdempotencyRecord",
        (_key(), *_strings("request_hash", "response"), Property("recorded_at", _T.TIMESTAMP, required=True)),
    ),
    NodeType(
        "AuditHead",
        (_key(), *_integers("sequence"), *_strings("hash", "locked_by")),
    ),
    NodeType(
        "AuditEntry",
        (_key(), *_strings("chain"), Property("sequence", _T.INT64, required=True, indexed=True),
         Property("at", _T.TIMESTAMP, required=True), *_strings("actor_id", "operation", "object_id", "object_hash",
         "detail", "previous_hash", "hash")),
    ),
    NodeType(
        "SchemaMigration",
        (_key(), *_strings("name", "checksum"), Property("applied_at", _T.TIMESTAMP)),
    ),
    NodeType(
        "Lease",
        (_key(), *_strings("holder", "wanted_by"), Property("until", _T.TIMESTAMP), *_integers("token")),
    ),
)

NODE_TYPES: tuple[NodeType, ...] = (
    *_REGIONS_AND_PEOPLE, *_ORGANISATIONS, *_NEEDS, *_GIVING, *_ROUNDS, *_BOOKKEEPING
)

RELATIONSHIP_TYPES: tuple[RelationshipType, ...] = (
    RelationshipType("PART_OF", (("Region", "Region"), ("Station", "Station"), ("Station", "Organisation")), _EDGE),
    RelationshipType(
        "LOCATED_IN",
        tuple(
            (label, "Region")
            for label in ("Household", "Volunteer", "Station", "Organisation", "ServicePoint", "Need")
        ),
        _EDGE,
    ),
    RelationshipType(
        "MEMBER_OF",
        (("Resident", "Household"), ("Volunteer", "Organisation"), ("Organisation", "Organisation")), _EDGE,
    ),
    RelationshipType("RELATED_TO", (("Resident", "Resident"),), (*_EDGE, Property("kinship"))),
    RelationshipType("SAME_PERSON", (("Volunteer", "Resident"),), _EDGE),
    RelationshipType("EMPLOYS", (("Organisation", "Resident"), ("Station", "SocialWorker")), _EDGE),
    RelationshipType(
        "MANAGES", (("Resident", "Organisation"), ("Resident", "Fund"), ("Organisation", "Fund")), _EDGE
    ),
    RelationshipType("SERVES", (("Station", "Region"),), _EDGE),
    RelationshipType("QUALIFIED_FOR", (("Volunteer", "Qualification"),), _EDGE),
    RelationshipType("COVERED_BY", (("Volunteer", "InsuranceCover"),), _EDGE),
    RelationshipType("HAS_NEED", (("Household", "Need"), ("Organisation", "Need")), _EDGE),
    RelationshipType("HAS_SLOT", (("Need", "NeedSlot"),), _EDGE),
    RelationshipType("ASKS_FOR", (("Need", "NeedItem"),), _EDGE),
    RelationshipType("GAVE", (("Organisation", "Donation"),), _EDGE),
    RelationshipType("DONATED_TO", (("Donation", "Fund"),), _EDGE),
    RelationshipType("CAME_FROM", (("InKindOffer", "Donation"),), _EDGE),
    RelationshipType("STOCKS", (("Organisation", "InKindOffer"),), _EDGE),
    RelationshipType(
        "PROVIDES", (("Organisation", "ServiceOffer"), ("Organisation", "ServicePoint")), _EDGE
    ),
    RelationshipType("ISSUED_TO", (("GoodsIssue", "Organisation"),), _EDGE),
    RelationshipType("ASSIGNED_TO", (("Volunteer", "Need"),), (*_EDGE, Property("round_id"), Property("claim_id"))),
    RelationshipType(
        "FUNDED_BY", (("Need", "Fund"),), (*_EDGE, Property("amount_fen", _T.INT64), Property("round_id"))
    ),
    RelationshipType(
        "SUPPLIED_BY", (("Need", "InKindOffer"),), (*_EDGE, Property("quantity", _T.INT64), Property("round_id"))
    ),
    RelationshipType("PROPOSES", (("Round", "Proposal"),), _EDGE),
)

# The store's own accounts, not the city's: other stores of the same graph keep theirs differently.
STORE_LABELS = frozenset({"SchemaMigration", "Lease"})

# fmt: on
NODE_TYPE_BY_LABEL = {node.label: node for node in NODE_TYPES}
RELATIONSHIP_TYPE_BY_NAME = {relationship.name: relationship for relationship in RELATIONSHIP_TYPES}
