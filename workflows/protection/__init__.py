"""Consent, identity numbers that are kept, and what a person may ask of the registry about themselves."""
