"""Templates of charity programmes."""
