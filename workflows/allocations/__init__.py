"""Money on its way from a fund to a need: set aside, approved, paid, shown, told of, made public."""
