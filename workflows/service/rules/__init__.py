"""Dated rules of check-ins."""
