"""Dated rules of stars and points."""
