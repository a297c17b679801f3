"""Generalised assignment: every place filled at most once, people with hours; Lagrangian bounds, branching."""
