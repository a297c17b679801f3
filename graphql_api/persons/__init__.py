"""Two records of one volunteer: pairs that wait, what people decide, and what followed."""
