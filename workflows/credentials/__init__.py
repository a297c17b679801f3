"""What a verifier remembers between presentations."""
