"""Slots: claims, holdings of teams, offers, waiting lists."""
