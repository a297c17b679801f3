"""
The hard rules, one module each, in the order in which they are applied and counted.

Adding one: ``docs/en/how-to/add-rule.md``.
"""

from matching.rules import (
    age_bands,
    child_protection,
    consent,
    earmarked,
    insurance,
    licence,
    minor_contact,
    no_overlap,
    purpose_wall,
    related_party,
    separation,
    subject_ceiling,
    subsidiarity,
    suitability,
    two_adults,
    voluntary,
    workload,
)
from matching.rules.base import Rule

ALL_RULES: tuple[Rule, ...] = (
    child_protection.RULE,
    consent.RULE,
    suitability.RULE,
    voluntary.RULE,
    separation.RULE,
    licence.RULE,
    insurance.RULE,
    age_bands.RULE,
    minor_contact.RULE,
    two_adults.RULE,
    no_overlap.RULE,
    workload.RULE,
    purpose_wall.RULE,
    related_party.RULE,
    earmarked.RULE,
    subject_ceiling.RULE,
    subsidiarity.RULE,
)
"""Cheap masks first: what one removes, no later one sees."""
