"""Foreign libraries behind the ports."""
