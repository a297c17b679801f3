"""The tree of stations: opening, naming, moving and closing them, and who handles what."""
