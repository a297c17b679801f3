"""Visits as they take place: work orders, checking in and out, review, and paid hours."""
