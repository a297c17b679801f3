"""Whom to believe: regions, registries, keys and agreements, in a signed bundle that works offline."""
