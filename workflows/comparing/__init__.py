"""Lists of departments compared with the lists before them, and what follows from it."""
