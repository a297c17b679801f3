"""Records of one registry that are one person's: what is asked of pairs, what was decided, and what follows."""
