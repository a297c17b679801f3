"""
The one declaration of node and relationship types.

DDL, constraints and indexes of both engines, the columns of bulk loads, export files and the ER picture in the
docs are derived from here. Property keys are English; their labels stand in ``locales``.
"""

from graph.schema.alerts import ALERTS
from graph.schema.bookkeeping import BOOKKEEPING
from graph.schema.comparing import COMPARING
from graph.schema.engagement import ENGAGEMENT
from graph.schema.giving import GIVING
from graph.schema.hours import HOURS
from graph.schema.ledger import LEDGER
from graph.schema.linking import LINKING
from graph.schema.needs import NEEDS
from graph.schema.organisations import ORGANISATIONS
from graph.schema.people import PEOPLE
from graph.schema.persons import PERSONS
from graph.schema.protection import PROTECTION
from graph.schema.public import PUBLIC
from graph.schema.recognition import RECOGNITION
from graph.schema.relationships import RELATIONSHIP_TYPES
from graph.schema.rounds import ROUNDS
from graph.schema.service import SERVICE
from graph.schema.types import NodeType, Property, PropertyType, RelationshipType
from graph.schema.visits import VISITS

__all__ = [
    "NODE_TYPES",
    "NODE_TYPE_BY_LABEL",
    "RELATIONSHIP_TYPES",
    "RELATIONSHIP_TYPE_BY_NAME",
    "STORE_LABELS",
    "NodeType",
    "Property",
    "PropertyType",
    "RelationshipType",
]

NODE_TYPES: tuple[NodeType, ...] = (
    *PEOPLE,
    *ORGANISATIONS,
    *NEEDS,
    *ENGAGEMENT,
    *GIVING,
    *LEDGER,
    *ROUNDS,
    *SERVICE,
    *HOURS,
    *VISITS,
    *PUBLIC,
    *LINKING,
    *COMPARING,
    *RECOGNITION,
    *PROTECTION,
    *PERSONS,
    *ALERTS,
    *BOOKKEEPING,
)

# The store's own accounts, not the city's: other stores of the same graph keep theirs differently.
STORE_LABELS = frozenset({"SchemaMigration", "Lease"})

NODE_TYPE_BY_LABEL = {node.label: node for node in NODE_TYPES}
RELATIONSHIP_TYPE_BY_NAME = {relationship.name: relationship for relationship in RELATIONSHIP_TYPES}
