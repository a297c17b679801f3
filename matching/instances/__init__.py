"""Seeded instances of the sizes that the optimiser is measured on; equal arguments give equal arrays."""
