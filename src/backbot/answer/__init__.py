"""Hits → verbatim sentences with citations, or an honest "nothing on that"."""
