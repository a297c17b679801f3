"""
Models, problems and plans on disk: one ``.npz`` each, which numpy alone can read.

``docs/en/reference/files.md`` tells every member, its type, its unit and its meaning.
"""
