"""Needs: what they are, lists, posting and leading them, conferences, series, drafts."""
