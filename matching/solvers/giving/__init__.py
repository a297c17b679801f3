"""Money and goods dealt out to needs that have been chosen, by OR-Tools flows."""
