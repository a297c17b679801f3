"""Pairs that wait for a person, and what people decide."""
