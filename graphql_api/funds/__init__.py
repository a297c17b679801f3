"""Funds and their parts: purposes, programmes, transfers, expenses, years and stock."""
