"""The commands of ``zhulian``, one module a kind of work."""
