"""The engines behind ``graph.ports``; wired in ``app/container.py`` alone."""
