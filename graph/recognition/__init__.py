"""Volunteers who are known in another region: one module an aggregate."""
