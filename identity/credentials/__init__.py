"""Volunteers' records as credentials: issued, held, presented, verified offline."""
