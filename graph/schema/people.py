"""Regions, households and people."""

from graph.schema.shared import (
    FOLLOWED,
    ID_NUMBER,
    PLACED,
    SCOPED,
    SOURCED,
    VALID,
    VERSIONED,
    T,
    flags,
    integers,
    key,
    lists,
    strings,
)
from graph.schema.types import NodeType, Property

# One line a group of properties, as a table: one property a line would be many lines longer.
# fmt: off
PEOPLE = (
    NodeType(
        "Region",
        (
            key(), *strings("system", "code", "name", "level"), Property("region_path", required=True, indexed=True),
            *VALID, *PLACED, *SOURCED,
        ),
    ),
    NodeType(
        "Household",
        (key(), *strings("file_number"), *SCOPED, *PLACED, *lists("situations"), *integers("members"),
         *VERSIONED, *SOURCED, *strings("phone_hash", "phone_mask")),
    ),
    NodeType(
        "Resident",
        (key(), Property("household_id", indexed=True), *strings("name"), *ID_NUMBER,
         Property("birth_date", T.DATE), *strings("sex"), *SCOPED, *lists("situations"), *SOURCED,
         # valid numbers one slip from one that fails its check; what it is in the household's own words
         *lists("id_number_near"), *strings("phone_hash", "phone_mask", "household_role"),
         # known from departments' lists alone: no register names this person
         *flags("unregistered")),
    ),
    NodeType(
        "Volunteer",
        (key(), *strings("name", "volunteer_number", "resident_id", "team_id"), *ID_NUMBER,
         Property("birth_date", T.DATE), *strings("sex"), *SCOPED, *PLACED,
         Property("status", required=True, indexed=True),
         *lists("skills", "availability", "declined_categories", "preferred_categories", "recognised_skills"),
         *integers("radius_m", "weekly_minutes", "most_visits", "verified_minutes"), *strings("star"),
         *flags("physical_limit", "guardian_consent"), *VERSIONED, *SOURCED,
         # on what the record rests, a code of ``ConsentBasis``; when all that names the person was deleted
         *strings("consent_basis"), Property("erased_at", T.TIMESTAMP),
         # whose record this one was merged into, and where it stood and which star it had by itself
         Property("merged_into", indexed=True), *strings("own_status", "own_star")),
    ),
    NodeType(
        "Qualification",
        (key(), Property("volunteer_id", required=True, indexed=True), *strings("licence"), *VALID, *SOURCED,
         *FOLLOWED),
    ),
    NodeType(
        "InsuranceCover",
        (key(), Property("volunteer_id", required=True, indexed=True), *VALID, *lists("region_paths"),
         *integers("min_age_y", "max_age_y"), *SOURCED, *FOLLOWED),
    ),
    NodeType(
        "SocialWorker",
        (key(), *strings("name", "station_id", "level"), *SCOPED, *SOURCED),
    ),
    # A line of a department's list on a resident: an allowance paid, a bill, arrears, a visit.
    NodeType(
        "DepartmentRecord",
        (key(), *strings("department", "event", "number"), Property("resident_id", indexed=True),
         Property("id_number_hash", indexed=True), *integers("amount_fen"), Property("occurred_on", T.DATE),
         *SCOPED, *SOURCED, *strings("name", "id_number_mask"), *lists("id_number_near"),
         Property("birth_date", T.DATE), Property("birth_stated", T.DATE), *strings("sex", "phone_hash", "phone_mask"),
         # by which rule ``resident_id`` was found; null: the list itself states it, or nobody is known yet
         Property("link_rule", indexed=True)),
    ),
)
