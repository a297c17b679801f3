"""Who is who: credentials and trust between regions, and records of one person. Never sees a database."""
