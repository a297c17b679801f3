"""Dated rules of funds."""
