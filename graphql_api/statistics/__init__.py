"""Counted needs."""
