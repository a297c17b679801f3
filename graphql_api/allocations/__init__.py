"""Money on its way from a fund to a need, and what is made public of it."""
