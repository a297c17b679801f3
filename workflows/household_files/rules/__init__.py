"""Which department counts for what, dated: see ``workflows/dated.py``."""
