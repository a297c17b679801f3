"""Hours of service and the stars that they come to."""
