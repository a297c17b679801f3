"""Needs: posted, verified, led through their states."""
