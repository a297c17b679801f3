"""Visits of a day: who is called on by whom, in which order; pure, from travel minutes to a checked plan."""
