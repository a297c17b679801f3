"""Dated tiers and periods of allocations, one TOML file a region."""
