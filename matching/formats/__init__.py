"""Readers of public instance files: each gives a model, and what its value is told in."""
