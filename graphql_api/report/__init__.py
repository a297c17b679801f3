"""The pages people read: a round's report, and where to begin. Rendered here, with no script and no build step."""
