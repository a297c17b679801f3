"""Groups of people at risk and rules of alerts, dated: see ``workflows/alerts/rules_in_force.py``."""
