"""Private keys of registries and regions, and where they are kept."""
