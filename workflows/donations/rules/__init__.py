"""Rules of gifts, by region and day."""
