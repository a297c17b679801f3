"""Claims: who takes a slot, whether they may, and giving it back."""
