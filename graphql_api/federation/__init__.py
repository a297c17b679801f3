"""What federations look at and decide by: overviews, plans against what stands, what went without."""
