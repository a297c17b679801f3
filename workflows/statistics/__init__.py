"""Statistics of needs: what was asked, what was given, what was not and why."""
