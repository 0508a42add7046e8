"""Question → ranked passages of one generation."""
