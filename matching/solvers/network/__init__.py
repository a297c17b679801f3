"""Pure parts: exact optimum of assignments and laminar slots by shortest paths, with integer prices."""
