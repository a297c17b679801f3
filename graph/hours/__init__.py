"""The ledger of hours: posting, opening, reading back and proving it."""
