"""Tables of the generator's own: labels, templates, name parts, file layouts. TOML only."""
