"""Record certificates and their public check."""
