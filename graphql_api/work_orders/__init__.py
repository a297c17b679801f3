"""Work orders: checking in and out, reviews, paid care."""
