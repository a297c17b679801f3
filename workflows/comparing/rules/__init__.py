"""Which lists show people in difficulty, what covers a household, and what ends a status."""
