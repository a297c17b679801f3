"""Tours of a day: arrays in, tours out, and a bound that no tours undercut."""
