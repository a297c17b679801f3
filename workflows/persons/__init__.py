"""One person under two records of a registry: proposals, decisions of people, and what follows from them."""
