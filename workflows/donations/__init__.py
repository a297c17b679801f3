"""Gifts: pledged, received, receipted, posted; refunds, changes of purpose, charity shops, reconciliation."""
