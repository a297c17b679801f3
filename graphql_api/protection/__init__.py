"""Consent, identity numbers that are kept, and what people ask about themselves."""
