"""What clients see: connections, mutations with payloads, limits, and the pages beside them."""
