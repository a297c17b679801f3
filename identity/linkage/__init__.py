"""Records of people beside each other: which are one person's, which may be, and which are not."""
