"""Rounds: a snapshot solved, audited, proposed, answered, published."""
