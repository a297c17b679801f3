"""Sealed identity numbers and their keys, acts of consent, readings, and what people ask about themselves."""
