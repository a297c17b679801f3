"""Proposing how an unknown sheet is to be read; a person confirms, and next month it is known again."""
