"""Notices: written with the change they tell of, sent afterwards."""
