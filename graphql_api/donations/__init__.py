"""Gifts: taking them down, following them, charity shops."""
