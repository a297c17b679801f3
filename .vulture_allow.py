"""Names that a framework, a protocol or somebody outside the packages calls; one group a reason."""
