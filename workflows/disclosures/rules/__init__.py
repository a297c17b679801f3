"""Dated rules of what charities publish."""
