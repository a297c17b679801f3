"""Visits to elders: who is due, plans of a day, what a visit came to, alarms."""
