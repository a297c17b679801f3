"""Linking inside a city: rows of many departments, one person, one household; what people decide of doubtful pairs."""
