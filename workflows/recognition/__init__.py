"""Volunteers of other regions: presentations, cases, what counts here, appeals, and what ends."""
