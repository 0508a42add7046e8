"""Articles: read, checked and cut into passages."""
