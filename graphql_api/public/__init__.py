"""What is open to everybody: the wall of needs, and how a need stands by its receipt."""
