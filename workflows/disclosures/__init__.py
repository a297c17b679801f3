"""What a charity publishes of a month or a year, made of its ledger and provable against it."""
