"""Identity numbers that must be kept whole: sealed values, blind indexes, and the keys of both."""
