"""Visits to elders: plans, logs, alarms."""
