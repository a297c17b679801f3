"""Linkage between two regions that show each other no raw identifiers."""
