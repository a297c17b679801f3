"""
The columns that a round starts from.

Every statement is read as a frame. Supply is what lies in the round's region or in a division that holds
it (a city's fund serves its towns), always inside the actor's scope.
"""

from typing import LiteralString

from graph.ports import Access, Statement
from graph.scope import IN_SCOPE

_DEMAND: LiteralString = IN_SCOPE + " AND n.region_path STARTS WITH $region_path"
_SUPPLY: LiteralString = (
    IN_SCOPE + " AND (n.region_path STARTS WITH $region_path OR $region_path STARTS WITH n.region_path)"
)

_NEED_COLUMNS: LiteralString = """
RETURN n.id AS need_id, n.state AS state, n.version AS version, n.kind AS kind, n.category AS category,
  n.urgency AS urgency, n.region_path AS region_path, n.subject_id AS subject_id,
  n.subject_kind AS subject_kind, n.situations AS situations, n.longitude_deg AS longitude_deg,
  n.latitude_deg AS latitude_deg, n.window_starts AS window_starts, n.window_ends AS window_ends,
  n.duration_min AS duration_min, n.amount_fen AS amount_fen, n.policy_aid_fen AS policy_aid_fen,
  n.insurance_fen AS insurance_fen, n.partial_allowed AS partial_allowed, n.risk AS risk,
  n.with_child AS with_child, n.home_visit AS home_visit, n.demanding AS demanding,
  n.consent_recorded AS consent_recorded, n.cost_class AS cost_class, n.posted_by AS posted_by,
  n.verified_by AS verified_by,
  coalesce(n.posted_at, n.recorded_at) AS waiting_since
"""
NEEDS = Statement(
    "MATCH (n:Need) WHERE "
    + _DEMAND
    + " AND n.state IN $states AND n.category <> 'CHILD_PROTECT'"
    + _NEED_COLUMNS,
    Access.READ,
)
NEEDS_OF = Statement("UNWIND $ids AS wanted MATCH (n:Need {id: wanted})" + _NEED_COLUMNS, Access.READ)

SLOTS = Statement(
    "MATCH (n:NeedSlot) WHERE "
    + _DEMAND
    + """
    OPTIONAL MATCH (h:SlotHold {id: n.id})
    OPTIONAL MATCH (c:Claim {id: h.claim_id})
    RETURN n.id AS slot_id, n.need_id AS need_id, n.skill AS skill, n.licence AS licence, h.id AS held,
      c.window_start AS window_start, c.window_end AS window_end
    """,
    Access.READ,
)
SLOTS_OF = Statement(
    "UNWIND $ids AS wanted MATCH (n:NeedSlot {id: wanted})"
    " RETURN n.id AS slot_id, n.need_id AS need_id, n.skill AS skill, n.licence AS licence",
    Access.READ,
)
ITEMS = Statement(
    "MATCH (n:NeedItem) WHERE "
    + _DEMAND
    + " RETURN n.id AS need_item_id, n.need_id AS need_id, n.item AS item, n.unit AS unit,"
    " n.quantity AS quantity",
    Access.READ,
)
PROMISED = Statement(
    "MATCH (n:Proposal) WHERE "
    + _DEMAND
    + """ AND n.kind IN ['MONEY', 'GOODS'] AND n.state IN ['OFFERED', 'ACCEPTED', 'CONFIRMED']
    RETURN n.need_id AS need_id, n.need_item_id AS need_item_id, n.amount_fen AS amount_fen,
      n.quantity AS quantity, n.fund_id AS fund_id, n.earmark_id AS earmark_id,
      n.offer_id AS offer_id, n.state AS state
    """,
    Access.READ,
)
PROMISED_TO = Statement(
    "MATCH (n:Proposal) WHERE n.need_id = $need_id AND n.kind = 'MONEY' AND n.id <> $without"
    " AND n.state IN ['OFFERED', 'ACCEPTED', 'CONFIRMED']"
    " RETURN n.need_id AS need_id, n.need_item_id AS need_item_id, n.amount_fen AS amount_fen",
    Access.READ,
)
# Visits that were offered by a published round and wait for an answer.
PUBLISHED = Statement(
    "MATCH (n:Proposal) WHERE "
    + _DEMAND
    + """ AND n.kind = 'VOLUNTEER' AND n.state = 'OFFERED'
    RETURN n.need_id AS need_id, n.slot_id AS slot_id, n.volunteer_id AS volunteer_id,
      n.window_start AS window_start
    """,
    Access.READ,
)
_PAID_COLUMNS: LiteralString = """
 AND n.state IN ['RESERVED', 'APPROVED', 'DISBURSED', 'EVIDENCED', 'FEEDBACK_SENT', 'DISCLOSED']
MATCH (d:Need {id: n.need_id})
RETURN d.id AS need_id, d.subject_id AS subject_id, d.kind AS kind, n.amount_fen AS paid_fen
"""
PAID = Statement(
    "MATCH (n:Allocation) WHERE " + IN_SCOPE + " AND n.reserved_at >= $paid_since" + _PAID_COLUMNS,
    Access.READ,
)
PAID_TO = Statement(
    "MATCH (n:Allocation) WHERE n.subject_id = $subject_id AND n.reserved_at >= $paid_since"
    " AND n.id <> $without" + _PAID_COLUMNS,
    Access.READ,
)
# A wish is under way by its state, or because something promised to it is still to come.
LIVE_WISHES = Statement(
    "MATCH (n:Need) WHERE "
    + IN_SCOPE
    + """ AND n.kind = 'WISH' AND n.subject_kind = 'HOUSEHOLD' AND n.state IN $live_states
    RETURN n.id AS need_id, n.subject_id AS subject_id
    """,
    Access.READ,
)
PROMISED_WISHES = Statement(
    "MATCH (n:Proposal) WHERE "
    + IN_SCOPE
    + """ AND n.state IN ['OFFERED', 'ACCEPTED']
    MATCH (d:Need {id: n.need_id}) WHERE d.kind = 'WISH' AND d.subject_kind = 'HOUSEHOLD'
      AND NOT d.state IN $over_states
    RETURN d.id AS need_id, d.subject_id AS subject_id
    """,
    Access.READ,
)
WISHES_OF = Statement(
    """
    MATCH (d:Need) WHERE d.subject_id = $subject_id AND d.kind = 'WISH' AND d.subject_kind = 'HOUSEHOLD'
      AND NOT d.state IN $over_states
      AND (d.state IN $live_states
        OR EXISTS { MATCH (p:Proposal) WHERE p.need_id = d.id AND p.state IN ['OFFERED', 'ACCEPTED'] })
    RETURN d.id AS need_id, d.subject_id AS subject_id
    """,
    Access.READ,
)
HOUSEHOLDS = Statement(
    "MATCH (n:Household) WHERE "
    + _DEMAND
    + """
    RETURN n.id AS subject_id, n.longitude_deg AS subject_longitude, n.latitude_deg AS subject_latitude,
      n.situations AS subject_situations
    """,
    Access.READ,
)
HOUSEHOLDS_OF = Statement(
    "UNWIND $ids AS wanted MATCH (n:Household {id: wanted})"
    " RETURN n.id AS subject_id, n.longitude_deg AS subject_longitude, n.latitude_deg AS subject_latitude,"
    " n.situations AS subject_situations",
    Access.READ,
)
INSTITUTIONS = Statement(
    "MATCH (n:Organisation) WHERE "
    + _DEMAND
    + """ AND n.kind = 'INSTITUTION'
    RETURN n.id AS subject_id, n.longitude_deg AS subject_longitude, n.latitude_deg AS subject_latitude
    """,
    Access.READ,
)
CHILDREN = Statement(
    "MATCH (n:Resident) WHERE "
    + _DEMAND
    + " AND n.birth_date > $adult_since RETURN n.household_id AS subject_id, n.birth_date AS birth_date",
    Access.READ,
)
CHILDREN_OF = Statement(
    "MATCH (n:Resident) WHERE n.household_id IN $ids AND n.birth_date > $adult_since"
    " RETURN n.household_id AS subject_id, n.birth_date AS birth_date",
    Access.READ,
)

VOLUNTEER_COLUMNS: LiteralString = """
RETURN n.id AS volunteer_id, n.region_path AS region_path, n.longitude_deg AS longitude_deg,
  n.latitude_deg AS latitude_deg, n.radius_m AS radius_m, n.birth_date AS birth_date, n.skills AS skills,
  n.recognised_skills AS recognised_skills,
  n.weekly_minutes AS weekly_minutes, n.physical_limit AS physical_limit,
  n.guardian_consent AS guardian_consent, n.declined_categories AS declined_categories,
  n.preferred_categories AS preferred_categories, n.most_visits AS most_visits, n.status AS status,
  n.resident_id AS resident_id, n.team_id AS team_id, n.availability AS availability
"""
_QUALIFICATION_COLUMNS: LiteralString = """
MATCH (q:Qualification) WHERE q.volunteer_id = n.id
RETURN n.id AS volunteer_id, q.licence AS licence, q.valid_from AS valid_from, q.valid_to AS valid_to
"""
_COVER_COLUMNS: LiteralString = """
MATCH (c:InsuranceCover) WHERE c.volunteer_id = n.id
RETURN n.id AS volunteer_id, c.valid_from AS valid_from, c.valid_to AS valid_to, c.min_age_y AS min_age_y,
  c.max_age_y AS max_age_y, c.region_paths AS region_paths
"""
_CLAIM_COLUMNS: LiteralString = """
MATCH (c:Claim) WHERE c.volunteer_id = n.id AND c.state IN ['ACTIVE', 'DONE'] AND c.window_end > $busy_since
MATCH (d:Need {id: c.need_id})
RETURN d.id AS need_id, n.id AS volunteer_id, c.window_start AS window_start, c.window_end AS window_end,
  d.longitude_deg AS longitude_deg, d.latitude_deg AS latitude_deg, d.demanding AS demanding
"""
_OFFER_COLUMNS: LiteralString = """
MATCH (c:Proposal) WHERE c.volunteer_id = n.id AND c.state = 'OFFERED' AND c.window_end > $busy_since
MATCH (d:Need {id: c.need_id})
RETURN d.id AS need_id, n.id AS volunteer_id, c.window_start AS window_start, c.window_end AS window_end,
  d.longitude_deg AS longitude_deg, d.latitude_deg AS latitude_deg, d.demanding AS demanding
"""
_PAST_COLUMNS: LiteralString = """
MATCH (c:Claim) WHERE c.volunteer_id = n.id AND c.state = 'DONE'
MATCH (d:Need {id: c.need_id}) WHERE d.subject_id IS NOT NULL
RETURN n.id AS volunteer_id, d.subject_id AS subject_id
"""
_RESIDENT_COLUMNS: LiteralString = """
MATCH (n)-[:SAME_PERSON]->(r:Resident)
RETURN n.id AS volunteer_id, r.id AS person_id
"""
# Only a volunteer's own account claims for them.
_ACCOUNT_COLUMNS: LiteralString = """
MATCH (c:Claim) WHERE c.volunteer_id = n.id AND c.claimed_by IS NOT NULL
RETURN DISTINCT n.id AS volunteer_id, c.claimed_by AS person_id
"""
# Who has not yet said themselves that they volunteer is nobody that a plan could name (HC-30); of several records of
# one person the one that stands for all is named alone.
_VOLUNTEERS: LiteralString = (
    "MATCH (n:Volunteer) WHERE "
    + _SUPPLY
    + " AND coalesce(n.status, '') <> 'DRAFT' AND n.merged_into IS NULL"
)
_EACH_VOLUNTEER: LiteralString = "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted})"

VOLUNTEERS = Statement(_VOLUNTEERS + VOLUNTEER_COLUMNS, Access.READ)
# Who asked not to be asked unbidden.
UNASKED = Statement(
    _VOLUNTEERS + " MATCH (p:ContactPreference {id: n.id}) WHERE p.accepts_offers = false"
    " RETURN n.id AS volunteer_id",
    Access.READ,
)
QUALIFICATIONS = Statement(_VOLUNTEERS + _QUALIFICATION_COLUMNS, Access.READ)
COVERS = Statement(_VOLUNTEERS + _COVER_COLUMNS, Access.READ)
RESIDENTS = Statement(_VOLUNTEERS + _RESIDENT_COLUMNS, Access.READ)
ACCOUNTS = Statement(_VOLUNTEERS + _ACCOUNT_COLUMNS, Access.READ)
CLAIMS = Statement(_VOLUNTEERS + _CLAIM_COLUMNS, Access.READ)
OFFERS = Statement(_VOLUNTEERS + _OFFER_COLUMNS, Access.READ)
PAST_VISITS = Statement(_VOLUNTEERS + _PAST_COLUMNS, Access.READ)

# What a claim asks about: whatever stands under the ids that are given.
VOLUNTEERS_OF = Statement(_EACH_VOLUNTEER + VOLUNTEER_COLUMNS, Access.READ)
QUALIFICATIONS_OF = Statement(_EACH_VOLUNTEER + _QUALIFICATION_COLUMNS, Access.READ)
COVERS_OF = Statement(_EACH_VOLUNTEER + _COVER_COLUMNS, Access.READ)
CLAIMS_OF = Statement(_EACH_VOLUNTEER + _CLAIM_COLUMNS, Access.READ)
OFFERS_OF = Statement(_EACH_VOLUNTEER + _OFFER_COLUMNS, Access.READ)

_PAID_WORK: LiteralString = """
MATCH (o:WorkOrder) WHERE o.need_id = n.id AND o.paid_by IS NOT NULL AND o.worker_id IS NOT NULL
  AND NOT o.state IN ['CANCELLED', 'REFUSED']
RETURN DISTINCT n.id AS need_id, o.worker_id AS person_id
"""
PAID_WORK = Statement("MATCH (n:Need) WHERE " + _DEMAND + " AND n.state IN $states" + _PAID_WORK, Access.READ)
PAID_WORK_OF = Statement("UNWIND $ids AS wanted MATCH (n:Need {id: wanted})" + _PAID_WORK, Access.READ)

STOCK = Statement(
    "MATCH (n:InKindOffer) WHERE "
    + _SUPPLY
    + """
    RETURN n.id AS offer_id, n.item AS item, n.unit AS unit, n.quantity AS quantity,
      n.reserved_quantity AS reserved_quantity, n.region_path AS region_path, n.expires AS expires,
      n.restricted_to AS restricted_to, n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg
    """,
    Access.READ,
)
