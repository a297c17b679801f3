"""Funds as charities run them: opening, purposes, programmes, imprests, costs, years and stock."""
