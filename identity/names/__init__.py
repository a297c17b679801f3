"""Names of people as they are written: folded, read aloud, and compared."""
