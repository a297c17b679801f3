"""What one region's record of a volunteer counts for in another: terms, claims, minutes counted once, outcomes."""
