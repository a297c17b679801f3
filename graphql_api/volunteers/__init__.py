"""Volunteers, and how one becomes one."""
