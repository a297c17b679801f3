"""One household, one file, one plan."""
