"""One household, one file, one plan: what departments say side by side, and what is to be done about it."""
