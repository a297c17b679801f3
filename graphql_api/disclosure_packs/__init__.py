"""Packs that charities publish, who is named in them, and the files that everybody may read."""
