"""Record certificates: signed, printed, verified without asking anybody, and revoked."""
