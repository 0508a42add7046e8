"""Text → escalation: the rules, and what reads them. Stands alone."""
