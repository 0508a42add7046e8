"""backbot: back-pain questions answered from reviewed articles, warning signs first."""

__version__ = "0.1.0"
