"""The ledger of funds: posting, opening, reading back and proving it. Nothing else writes what a fund holds."""
