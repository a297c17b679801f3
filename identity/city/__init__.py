"""Rows of one city's departments become persons: by keyed numbers first, then by what corroborates them."""
