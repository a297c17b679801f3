"""Scalars and small value types that the aggregates share."""

from typing import NewType

import strawberry
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
