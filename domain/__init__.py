"""
What exists: people, organisations, needs, offers, money, and the rules each keeps on its own.

Pure types on the standard library alone. Nothing here knows how a thing is stored, matched or shown.
"""
