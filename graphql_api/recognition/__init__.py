"""Volunteers of other regions, and records that ours take along."""
