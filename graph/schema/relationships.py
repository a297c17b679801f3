"""Relationship types."""

from graph.schema.shared import EDGE, T
from graph.schema.types import Property, RelationshipType

# fmt: off
RELATIONSHIP_TYPES: tuple[RelationshipType, ...] = (
    RelationshipType("PART_OF", (("Region", "Region"), ("Station", "Station"), ("Station", "Organisation")), EDGE),
    RelationshipType(
        "LOCATED_IN",
        tuple(
            (label, "Region")
            for label in ("Household", "Volunteer", "Station", "Organisation", "ServicePoint", "Need")
        ),
        EDGE,
    ),
    RelationshipType(
        "MEMBER_OF",
        (("Resident", "Household"), ("Volunteer", "Organisation"), ("Organisation", "Organisation")), EDGE,
    ),
    RelationshipType("RELATED_TO", (("Resident", "Resident"),), (*EDGE, Property("kinship"))),
    RelationshipType("SAME_PERSON", (("Volunteer", "Resident"),), EDGE),
    RelationshipType("EMPLOYS", (("Organisation", "Resident"), ("Station", "SocialWorker")), EDGE),
    RelationshipType(
        "MANAGES", (("Resident", "Organisation"), ("Resident", "Fund"), ("Organisation", "Fund")), EDGE
    ),
    RelationshipType("SERVES", (("Station", "Region"),), EDGE),
    RelationshipType("QUALIFIED_FOR", (("Volunteer", "Qualification"),), EDGE),
    RelationshipType("COVERED_BY", (("Volunteer", "InsuranceCover"),), EDGE),
    RelationshipType("HAS_NEED", (("Household", "Need"), ("Organisation", "Need")), EDGE),
    RelationshipType("HAS_SLOT", (("Need", "NeedSlot"),), EDGE),
    RelationshipType("ASKS_FOR", (("Need", "NeedItem"),), EDGE),
    RelationshipType("GAVE", (("Organisation", "Donation"),), EDGE),
    RelationshipType("DONATED_TO", (("Donation", "Fund"),), EDGE),
    RelationshipType("CAME_FROM", (("InKindOffer", "Donation"),), EDGE),
    RelationshipType("STOCKS", (("Organisation", "InKindOffer"),), EDGE),
    RelationshipType(
        "PROVIDES", (("Organisation", "ServiceOffer"), ("Organisation", "ServicePoint")), EDGE
    ),
    RelationshipType("ISSUED_TO", (("GoodsIssue", "Organisation"),), EDGE),
    RelationshipType("ASSIGNED_TO", (("Volunteer", "Need"),), (*EDGE, Property("round_id"), Property("claim_id"))),
    RelationshipType(
        "FUNDED_BY", (("Need", "Fund"),), (*EDGE, Property("amount_fen", T.INT64), Property("round_id"))
    ),
    RelationshipType(
        "SUPPLIED_BY", (("Need", "InKindOffer"),), (*EDGE, Property("quantity", T.INT64), Property("round_id"))
    ),
    RelationshipType("PROPOSES", (("Round", "Proposal"),), EDGE),
)
