"""
The hard rules, one module each, in the order in which they are applied and counted.

Adding one: ``docs/en/how-to/add-rule.md``.
"""

from matching.rules import (
    age_bands,
    charitable_trust,
    charity_year,
    child_protection,
    consent,
    cost_classes,
    earmarked,
    insurance,
    left_over,
    licence,
    minor_contact,
    no_overlap,
    older_volunteers,
    purpose_wall,
    related_party,
    separation,
    special_fund,
    subject_ceiling,
    subsidiarity,
    suitability,
    two_adults,
    verification,
    voluntary,
    workload,
)
from matching.rules.base import Rule

ALL_RULES: tuple[Rule, ...] = (
    child_protection.RULE,
    verification.RULE,
    consent.RULE,
    suitability.RULE,
    voluntary.RULE,
    separation.RULE,
    cost_classes.RULE,
    licence.RULE,
    insurance.RULE,
    older_volunteers.RULE,
    age_bands.RULE,
    minor_contact.RULE,
    two_adults.RULE,
    no_overlap.RULE,
    workload.RULE,
    purpose_wall.RULE,
    left_over.RULE,
    special_fund.RULE,
    charitable_trust.RULE,
    related_party.RULE,
    earmarked.RULE,
    charity_year.RULE,
    subject_ceiling.RULE,
    subsidiarity.RULE,
)
"""Cheap masks first: what one removes, no later one sees."""
