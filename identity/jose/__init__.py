"""Signed JSON, strictly: one spelling of base64url, one parse, closed sets of algorithms and keys."""
